"""The web site: one page, its style and its health, with headers that let nothing else in."""

import gzip
import logging
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any

from psycopg import OperationalError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from chassis.errors import Unavailable
from chassis.transaction import Transaction
from reports import metrics
from reports.areas import store as areas
from reports.beside import Beside
from reports.facts import store as facts
from reports.versions import store as versions
from reports.web.board import NothingKnown, NotThere, read_board
from reports.web.formats import language_of
from reports.web.pages import Pages

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent
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


class Site:
    """A WSGI application over a database that it only reads."""

    def __init__(self, beside: Beside, *, commit: str = "unknown") -> None:
        self._beside = beside
        self._commit = commit
        self._assets = {
            path.name: path.read_bytes() for path in (_HERE / "static").iterdir() if path.is_file()
        }
        self._marks = {name: sha256(content).hexdigest()[:12] for name, content in self._assets.items()}
        self._pages: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()  # plain and compressed, by tag
        self._lock = Lock()
        self._urls = Map(
            [
                Rule("/", endpoint="board", methods=["GET"]),
                Rule("/static/<name>", endpoint="asset", methods=["GET"]),
                Rule("/healthz", endpoint="health", methods=["GET"]),
            ]
        )
        self._templates = Pages(self._static)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started = perf_counter()
        response = self._respond(Request(environ, populate_request=False))
        metrics.PAGES.labels(str(response.status_code)).observe(perf_counter() - started)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response(environ, start_response)

    def ready(self) -> bool:
        """Whether the figures can be read now."""
        with self._beside.read() as tx:
            versions.live(tx)
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
            return Response(
                '{"ready": false}\n',
                status=503,
                mimetype="application/json",
                headers={"Cache-Control": "no-store"},
            )
        return Response(
            '{"ready": true}\n', mimetype="application/json", headers={"Cache-Control": "no-store"}
        )

    def _asset(self, request: Request, language: str, name: str) -> Response:
        content = self._assets.get(name)
        if content is None:
            raise NotFound
        kind = {"css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        fresh = request.args.get("v") == self._marks[name]
        response = Response(content, mimetype=kind)
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if fresh else "public, max-age=300"
        )
        return response

    def _board(self, request: Request, language: str) -> Response:
        area, quarter = request.args.get("area", "")[:100], request.args.get("quarter", "")[:20]
        response = Response(mimetype="text/html")
        # Kept by whoever likes to, but asked for again each time: an unchanged page costs one short query.
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.headers["Vary"] = "Accept-Language, Accept-Encoding"
        response.headers["Content-Language"] = language
        with self._beside.read() as tx:
            tag = self._tag(tx, area, quarter, language)
            response.set_etag(tag, weak=True)
            if request.if_none_match.contains_weak(tag):
                response.status_code = 304
                return response
            found = self._kept(tag)
            board = None if found else read_board(tx, area or None, quarter or None)
        if board:
            asked = {"area": area, "quarter": quarter}
            page = self._templates.board(board, language, asked)
            found = page, gzip.compress(page, 6)
        assert found is not None
        self._keep(tag, found)
        small = request.accept_encodings["gzip"] > 0
        response.data = found[1 if small else 0]
        if small:
            response.headers["Content-Encoding"] = "gzip"
        return response

    def _tag(self, tx: Transaction, area: str, quarter: str, language: str) -> str:
        """What the page depends on: how far each source is, which figures answer, the day, and what was asked."""
        at = [(row["source"], str(row["log"]), row["position"]) for row in facts.positions(tx)]
        days = [str(tx.today(row["country"])) for row in areas.countries(tx)]
        told = (
            self._commit,
            sorted(self._marks.items()),
            versions.live(tx)["version"],
            at,
            days,
            area,
            quarter,
            language,
        )
        return sha256(repr(told).encode()).hexdigest()[:24]

    def _kept(self, tag: str) -> tuple[bytes, bytes] | None:
        with self._lock:
            return self._pages.get(tag)

    def _keep(self, tag: str, page: tuple[bytes, bytes]) -> None:
        with self._lock:
            self._pages[tag] = page
            self._pages.move_to_end(tag)
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)

    def _problem(self, language: str, problem: str, status: int) -> Response:
        headers = {"Cache-Control": "no-store", "Content-Language": language}
        page = self._templates.problem(problem, language)
        return Response(page, status=status, mimetype="text/html", headers=headers)

    def _static(self, name: str) -> str:
        return f"/static/{name}?v={self._marks[name]}"
