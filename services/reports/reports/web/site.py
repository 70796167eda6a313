"""The web site: one page, its style and its health, with headers that let nothing else in."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from chassis.errors import Unavailable
from chassis.transaction import Transaction
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from psycopg import OperationalError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from reports.beside import Beside
from reports.facts import store as facts
from reports.figures import store
from reports.web import charts
from reports.web.board import Board, NothingKnown, NotThere, read_board
from reports.web.formats import Formats, language_of
from reports.words import LANGUAGES

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_NAMES = {"sw": "Kiswahili", "en": "English", "id": "Bahasa Indonesia", "vi": "Tiếng Việt"}
_KEPT_PAGES = 64

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# What the page shows, in its order: for the definitions at its foot.
SHOWN = (
    "fund_set_aside",
    "loans_disbursed",
    "loans_disbursed_amount",
    "loans_repaid_amount",
    "loans_outstanding",
    "groups_registered",
    "groups_verified",
    "organisations",
    "organisations_registered",
    "complaints_received",
    "complaints_acknowledged",
    "complaints_answered",
    "complaints_overdue",
    "cases_opened",
    "cases_open",
    "collaborators",
)


class Site:
    """A WSGI application over a database that it only reads."""

    def __init__(self, beside: Beside, *, commit: str = "unknown") -> None:
        self._beside = beside
        self._commit = commit
        self._assets = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir() if path.is_file()}
        self._marks = {name: sha256(content).hexdigest()[:12] for name, content in self._assets.items()}
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()
        self._urls = Map(
            [
                Rule("/", endpoint="board", methods=["GET"]),
                Rule("/static/<name>", endpoint="asset", methods=["GET"]),
                Rule("/healthz", endpoint="health", methods=["GET"]),
            ]
        )
        self._jinja = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(spark=charts.spark, static=self._static, languages=list(_NAMES.items()))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ, populate_request=False)
        response = self._respond(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response(environ, start_response)

    def ready(self) -> bool:
        """Whether the figures can be read now."""
        with self._beside.read() as tx:
            store.live(tx)
        return True

    def _respond(self, request: Request) -> Response:
        language = language_of(request.args.get("lang"), [code for code, _ in request.accept_languages])
        try:
            endpoint, values = self._urls.bind_to_environ(request.environ).match()
            return getattr(self, f"_{endpoint}")(request, language, **values)  # type: ignore[no-any-return]
        except (NotThere, NotFound):
            return self._problem(language, "not_found", 404)
        except NothingKnown:
            return self._problem(language, "no_country", 503)
        except (OperationalError, Unavailable) as error:
            _log.warning("figures cannot be read: %s", type(error).__name__)
            return self._problem(language, "busy", 503)
        except HTTPException as error:
            return Response(f"{error.code}\n", status=error.code or 500, mimetype="text/plain")
        except Exception as error:
            _log.error("fault in the page: %s", type(error).__name__, exc_info=error)
            return self._problem(language, "busy", 500)

    # -- What there is to see

    def _health(self, request: Request, language: str) -> Response:
        try:
            self.ready()
        except Exception:
            return Response('{"ready": false}\n', status=503, mimetype="application/json", headers={"Cache-Control": "no-store"})
        return Response('{"ready": true}\n', mimetype="application/json", headers={"Cache-Control": "no-store"})

    def _asset(self, request: Request, language: str, name: str) -> Response:
        content = self._assets.get(name)
        if content is None:
            raise NotFound
        kind = {"css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        fresh = request.args.get("v") == self._marks[name]
        response = Response(content, mimetype=kind)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "public, max-age=300"
        return response

    def _board(self, request: Request, language: str) -> Response:
        area, quarter = request.args.get("area", "")[:100], request.args.get("quarter", "")[:20]
        with self._beside.read() as tx:
            tag = self._tag(tx, area, quarter, language)
            response = Response(mimetype="text/html")
            response.set_etag(tag, weak=True)
            # Kept by whoever likes to, but asked for again each time: an unchanged page costs one short query.
            response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
            response.headers["Vary"] = "Accept-Language"
            response.headers["Content-Language"] = language
            if request.if_none_match.contains_weak(tag):
                response.status_code = 304
                return response
            page = self._kept(tag) or self._render(read_board(tx, area or None, quarter or None), language, request.args)
        self._keep(tag, page)
        response.data = page
        return response

    def _tag(self, tx: Transaction, area: str, quarter: str, language: str) -> str:
        """What the page depends on: how far each source is, which figures answer, the day, and what was asked."""
        at = [(row["source"], str(row["log"]), row["position"]) for row in facts.positions(tx)]
        days = [str(tx.today(row["country"])) for row in store.countries(tx)]
        told = (self._commit, sorted(self._marks.items()), store.live(tx)["version"], at, days, area, quarter, language)
        return sha256(repr(told).encode()).hexdigest()[:24]

    def _kept(self, tag: str) -> bytes | None:
        with self._lock:
            return self._pages.get(tag)

    def _keep(self, tag: str, page: bytes) -> None:
        with self._lock:
            self._pages[tag] = page
            self._pages.move_to_end(tag)
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)

    def _problem(self, language: str, problem: str, status: int) -> Response:
        template = self._jinja.get_template("problem.html")
        page = template.render(f=Formats(language), problem=problem, link=_links({"lang": language}))
        headers = {"Cache-Control": "no-store", "Content-Language": language}
        return Response(page, status=status, mimetype="text/html", headers=headers)

    def _static(self, name: str) -> str:
        return f"/static/{name}?v={self._marks[name]}"

    # -- The page

    def _render(self, board: Board, language: str, args: Mapping[str, str]) -> bytes:
        country = board.country
        f = Formats(language, country["currency"], country["time_zone"])
        asked = {name: args[name] for name in ("area", "quarter") if args.get(name)}
        people = board.people
        series = [
            board.total(name).flow for name in ("fund_set_aside", "loans_disbursed_amount", "loans_repaid_amount")
        ]
        kinds = sorted({kind for kind, _ in board.organisations}, key=lambda kind: -_sum(board, kind=kind))
        levels = sorted({level for _, level in board.organisations}, key=lambda level: -_sum(board, level=level))
        most = max(board.organisations.values(), default=0)
        owed = [row.ever.get("loans_outstanding", 0) for row in board.rows]
        opened = [people.value("cases_opened", row=row) or 0 for row, _ in people.rows] if people else []
        template = self._jinja.get_template("board.html")
        page = template.render(
            b=board,
            f=f,
            link=_links({**asked, "lang": language}),
            positions={row["source"]: row for row in board.positions},
            fund_chart=charts.columns(series),
            roster_chart=charts.steps(board.roster, min(board.today, board.quarter.period.last)) if board.roster else None,
            unit=lambda size: f"{f.currency} {f.size_named(size)}".strip(),
            most_owed=max(owed, default=0),
            most_opened=max(opened, default=0),
            labels=[f.quarter_short(quarter) for quarter in board.quarters],
            pot_parts=lambda name, mode: _pots(board, name, mode),
            answers_series=lambda name: [people.value(name, nth=nth) for nth in range(len(people.quarters))] if people else [],
            organisation_kinds=kinds,
            organisation_levels=levels,
            organisation_sum=lambda kind=None, level=None: _sum(board, kind=kind, level=level),
            heat=lambda value: 0 if not value else min(4, 1 + value * 4 // (most + 1)),
            level_name=lambda level: _level_name(country, level, language),
            shown=SHOWN,
        )
        return page.encode()


def _links(standing: Mapping[str, str]) -> Any:
    """Makes addresses that keep what was chosen, except for what is given."""

    def link(**changed: str) -> str:
        args = {**standing, **changed}
        return "/?" + urlencode({name: args[name] for name in ("area", "quarter", "lang") if args.get(name)})

    return link


def _pots(board: Board, indicator: str, mode: str) -> list[int]:
    found = []
    for pot in ("women", "youth", "pwd"):
        series = board.total(indicator, [pot])
        found.append(max(0, series.stock[-1] if mode == "stock" else series.flow[-1]))
    return found


def _sum(board: Board, kind: str | None = None, level: str | None = None) -> int:
    return sum(
        value
        for (its_kind, its_level), value in board.organisations.items()
        if kind in (None, its_kind) and level in (None, its_level)
    )


def _level_name(country: Mapping[str, Any], level: str, language: str) -> str:
    names = country["level_names"]
    for each in (language, *LANGUAGES):
        if level in names.get(each, {}):
            return str(names[each][level])
    return level
