"""Figures as `reports` tells them, and the same ones as their owners count them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ustawi.demo.office import Office
from ustawi.demo.officers import AUDITOR, EVERYWHERE, Officer

SUPERVISOR = Officer("demo.supervisor", ("supervisor",), EVERYWHERE)  # counts restricted cases too
COUNTRIES = ("TZ", "ID", "VN")
BEGINNING = "1900-01-01"

Key = tuple[str, ...]
Figures = dict[Key, int]


def told(
    office: Office, name: str, *by: str, country: str = "TZ", level: str = "council", **when: Any
) -> Figures:
    """An indicator's figures by what `by` names, in that order; `area` is areas of `level`, by their ids."""
    answer = office.ask(
        AUDITOR,
        "reports",
        "indicator",
        name=name,
        country=country,
        by=list(by) or None,
        level=level if "area" in by else None,
        **when,
    )
    return counted((tuple(str(cell[name]) for name in by), cell["value"]) for cell in answer["cells"])


def fund_statement(office: Office, fiscal_year: str, quarter: int, country: str = "TZ") -> dict[str, Any]:
    """A quarter of the fund as reports tells it: {councils: [{area, pots, whole, balances, ...}], whole, balances}."""
    return office.ask(
        None, "reports", "fund_statement", country=country, fiscal_year=fiscal_year, quarter=quarter
    )


def everywhere(office: Office, name: str, *by: str, **when: Any) -> Figures:
    """The same over all countries together; not by area."""
    return counted(
        pair for country in COUNTRIES for pair in told(office, name, *by, country=country, **when).items()
    )


def counted(pairs: Iterable[tuple[Key, int]]) -> Figures:
    """Sums by key; what adds up to nothing is left out."""
    sums: Counter[Key] = Counter()
    for key, value in pairs:
        sums[key] += value
    return {key: value for key, value in sums.items() if value}


def first_difference(one: Mapping[Key, int], other: Mapping[Key, int]) -> str:
    """Where two sets of figures differ first; empty where they do not."""
    for key in sorted(one.keys() | other.keys()):
        if one.get(key, 0) != other.get(key, 0):
            return f"{' '.join(key) or 'total'}: {one.get(key, 0):,} and {other.get(key, 0):,}"
    return ""


class Owners:
    """What `registry`, `loans` and `cases` themselves hold, read page by page; each list is read once."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self._pots: dict[Key, dict[str, int]] = {}

    @property
    def loans(self) -> list[dict[str, Any]]:
        return self._list("loans", "loans", "loans", "after")

    @property
    def applications(self) -> list[dict[str, Any]]:
        return self._list("loans", "applications", "applications", "after")

    @property
    def groups(self) -> list[dict[str, Any]]:
        return self._list("registry", "groups", "items", "next")

    @property
    def organisations(self) -> list[dict[str, Any]]:
        return self._list("registry", "organisations", "items", "next")

    @property
    def councils(self) -> list[str]:
        """The ids of all councils, whether they lend or not."""
        areas = self._list("registry", "areas", "items", "next", country="TZ", level="council")
        return [area["area"] for area in areas]

    @property
    def pots(self) -> dict[Key, dict[str, int]]:
        """Every pot of every council as it stands today, by (council, pot)."""
        if not self._pots:
            self._pots = {
                (area, pot): each for area in self.councils for pot, each in self.fund(area).items()
            }
        return self._pots

    def fund(self, council: str, as_of: str | None = None) -> dict[str, dict[str, int]]:
        """Each pot of a council (by id), as it stands at the end of a day, today unless told."""
        told = self._office.ask(AUDITOR, "loans", "fund_position", council=council, as_of=as_of)
        return {pot["pot"]: pot for pot in told["pots"]}

    def cases(self) -> Figures:
        """How many cases there are, by category and state."""
        counts = self._office.ask(SUPERVISOR, "cases", "case_counts")["counts"]
        return counted(((row["category"], row["state"]), row["count"]) for row in counts)

    def complaints(self) -> Figures:
        """How many complaints there are, by kind and state."""
        counts = self._office.ask(AUDITOR, "cases", "complaint_counts")["counts"]
        return counted(((row["kind"], row["state"]), row["count"]) for row in counts)

    def _list(self, service: str, method: str, items: str, next_: str, **asked: str) -> list[dict[str, Any]]:
        if method not in self._lists:
            self._lists[method] = list(
                self._office.pages(AUDITOR, service, method, items, next_, limit=200, **asked)
            )
        return self._lists[method]
