"""Making pages of templates."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.web import charts
from reports.web.board import Board
from reports.web.formats import Formats
from reports.web.view import values

_NAMES = {"sw": "Kiswahili", "en": "English", "id": "Indonesia", "vi": "Tiếng Việt"}


class Pages:
    """The templates, filled. `static` gives the address of an asset."""

    def __init__(self, static: Callable[[str], str]) -> None:
        self._jinja = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(spark=charts.spark, static=static, languages=list(_NAMES.items()))

    def board(self, board: Board, language: str, asked: Mapping[str, str]) -> bytes:
        """The page of figures; `asked` is what was chosen by address: area and quarter."""
        f = Formats(language, board.country["currency"], board.country["time_zone"])
        template = self._jinja.get_template("board.html")
        return template.render(f=f, link=_links({**asked, "lang": language}), **values(board, f)).encode()

    def problem(self, problem: str, language: str) -> bytes:
        """The page that says why there are no figures: `not_found`, `no_country` or `busy`."""
        template = self._jinja.get_template("problem.html")
        return template.render(f=Formats(language), problem=problem, link=_links({"lang": language})).encode()


def _links(standing: Mapping[str, str]) -> Callable[..., str]:
    """Makes addresses that keep what was chosen, except for what is given."""

    def link(**changed: str) -> str:
        args = {**standing, **changed}
        return "/?" + urlencode({name: args[name] for name in ("area", "quarter", "lang") if args.get(name)})

    return link
