"""What the page shows, as numbers and codes: read in one snapshot, words and shapes come later."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from reports.areas import store as areas
from reports.facts import store as facts
from reports.fund.reading import CouncilFund, read_funds
from reports.indicators import store
from reports.periods.model import Period, Quarter, quarter_labelled, quarter_of, up_to
from reports.publication.reading import level_and_threshold
from reports.rule_broken import RuleBroken
from reports.versions import store as versions
from reports.web.late import Late, read_late
from reports.web.people import QUARTERS, People, read_people

_CHOICES = 16  # quarters to choose from

_BY_FIRST_DIMENSION = (
    "fund_set_aside",
    "loans_disbursed",
    "loans_disbursed_amount",
    "loans_repaid_amount",
    "loans_outstanding",
    "loans_running",
    "groups_registered",
    "groups_verified",
    "organisations",
    "collaborators",
)
_BY_AREA = (
    "fund_set_aside",
    "loans_disbursed",
    "loans_disbursed_amount",
    "loans_repaid_amount",
    "loans_outstanding",
    "groups_registered",
    "groups_verified",
)


class NotThere(Exception):
    """The address names an area or a quarter that there is none of."""


class NothingKnown(Exception):
    """No country is known yet."""


@dataclass(frozen=True)
class Series:
    """One figure in each of the quarters shown; `start` is what stood before the first of them."""

    start: int
    flow: Sequence[int]

    @property
    def stock(self) -> list[int]:
        """What stood at the end of each quarter."""
        stands, found = self.start, []
        for change in self.flow:
            stands += change
            found.append(stands)
        return found


@dataclass(frozen=True)
class Row:
    """One area in the tables by area."""

    area: UUID
    name: str
    level: str
    code: str
    quarter: Mapping[str, int]
    ever: Mapping[str, int]


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    country: Mapping[str, Any]
    area: Mapping[str, Any]
    trail: Sequence[Mapping[str, Any]]  # the areas above, from the root
    today: date
    quarter: Quarter
    quarters: Sequence[Quarter]
    area_choices: Sequence[
        tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]
    ]  # country, its areas in tree order
    quarter_choices: Sequence[Quarter]
    series: Mapping[tuple[str, str], Series]  # (indicator, code of its first dimension)
    rows: Sequence[Row]
    organisations: Mapping[tuple[str, str], int]  # (kind, level) -> registered
    funds: Sequence[CouncilFund]  # of the area's councils in the quarter
    late: Late | None
    roster: Sequence[tuple[date, int]]  # (day, collaborators serving from that day)
    people: People | None
    people_level: str
    positions: Sequence[Mapping[str, Any]]
    version: int
    areas_unknown: int
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        return self.quarter.period.last >= self.today

    def total(self, indicator: str, codes: Sequence[str] | None = None) -> Series:
        """A figure over all codes of its first dimension, or some."""
        chosen = [
            series
            for (name, code), series in self.series.items()
            if name == indicator and (codes is None or code in codes)
        ]
        flows = [sum(values) for values in zip(*(series.flow for series in chosen), strict=True)]
        return Series(sum(series.start for series in chosen), flows or [0] * len(self.quarters))


def read_board(tx: Transaction, area_code: str | None, quarter_label: str | None) -> Board:
    """Read all that the page shows of an area (by its code) and a quarter (as in `2025-26-Q1`).

    Raises `NotThere`, `NothingKnown`.
    """
    countries = [row for row in areas.countries(tx) if row["root"]]
    if not countries:
        raise NothingKnown
    area = areas.area_coded(tx, area_code) if area_code else _first_area(tx, countries[0])
    country = next((row for row in countries if area and row["country"] == area["country"]), None)
    if area is None or country is None:
        raise NotThere
    today = tx.today(country["country"])
    now = quarter_of(today, country["fiscal_year_start_month"])
    quarter = _quarter(quarter_label, now)
    version = versions.live(tx)
    slot = version["slot"]
    level, threshold = level_and_threshold(tx, country, [quarter.period])
    quarters = [quarter.move(n - QUARTERS + 1) for n in range(QUARTERS)]
    return Board(
        country=country,
        area=area,
        trail=_trail(tx, area, today),
        today=today,
        quarter=quarter,
        quarters=quarters,
        area_choices=[(each, _tree(tx, each, today)) for each in countries],
        quarter_choices=sorted({quarter, *(now.move(-n) for n in range(_CHOICES))}, reverse=True),
        series=_series(tx, slot, area["area"], quarters, today),
        rows=_rows(tx, slot, area, country, level, quarter.period),
        organisations=_organisations(tx, slot, area["area"], quarter.period),
        funds=read_funds(tx, slot, area, level, quarter),
        late=read_late(tx, slot, country, area, quarter if quarter < now else now.move(-1), level, threshold),
        roster=_roster(tx, slot, area["area"], min(today, quarter.period.last)),
        people=read_people(tx, slot, country, area, quarter if quarter < now else now.move(-1), threshold),
        people_level=level,
        positions=facts.positions(tx),
        version=version["version"],
        areas_unknown=store.areas_without_place(tx, slot),
    )


def _quarter(label: str | None, now: Quarter) -> Quarter:
    if not label:
        return now.move(-1)  # the last that is over: figures of a quarter that has just begun say little
    try:
        quarter = quarter_labelled(label, now.start_month)
    except RuleBroken:
        raise NotThere from None
    if not now.move(-80) <= quarter <= now:
        raise NotThere
    return quarter


def _first_area(tx: Transaction, country: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where to begin: the country, or the one area below it that an office is responsible for."""
    area = tx.area(country["root"])
    while area is not None:
        [*below] = [each for each in _below(tx, area) if each["area"] != area["area"]]
        if len(below) != 1:
            return area
        area = tx.area(below[0]["area"])
    return None


def _below(tx: Transaction, area: Mapping[str, Any]) -> list[dict[str, Any]]:
    today = tx.today(area["country"])
    return store.places(tx, [Period(today, today)], area["area"], "children")


def _trail(tx: Transaction, area: Mapping[str, Any], today: date) -> list[Mapping[str, Any]]:
    above = [tx.area(each) for each in area["path"][:-1]]
    return [each for each in above if each is not None]


def _tree(tx: Transaction, country: Mapping[str, Any], today: date) -> list[Mapping[str, Any]]:
    """The areas to choose from, each with its depth, children right below their parents and by name."""
    period = [Period(today, today)]
    level, _ = level_and_threshold(tx, country, period)
    known = {row["area"]: row for row in areas.areas_down_to(tx, country["country"], level)}
    named = {
        area: tuple(known[each]["name"] for each in row["path"] if each in known)
        for area, row in known.items()
    }
    ordered = sorted(known, key=lambda area: named[area])
    return [{**known[area], "depth": len(named[area]) - 1} for area in ordered]


def _series(
    tx: Transaction, slot: str, area: UUID, quarters: Sequence[Quarter], today: date
) -> dict[tuple[str, str], Series]:
    periods = [up_to(quarters[0].move(-1).period.last), *(quarter.period for quarter in quarters)]
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(periods))
    for row in store.sums(tx, slot, _BY_FIRST_DIMENSION, periods, area, "root", [1]):
        found[row["indicator"], row["dim1"]][row["nth"]] += row["value"]
    return {key: Series(values[0], values[1:]) for key, values in found.items()}


def _rows(
    tx: Transaction,
    slot: str,
    area: Mapping[str, Any],
    country: Mapping[str, Any],
    level: str,
    period: Period,
) -> list[Row]:
    """The areas of the published level below this one; below that level, the areas right below."""
    into = level if _reaches_down_to(tx, area, level, period) else "children"
    periods = [period, up_to(period.last)]
    quarter: dict[UUID, dict[str, int]] = defaultdict(dict)
    ever: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in store.sums(tx, slot, _BY_AREA, periods, area["area"], into):
        (quarter if row["nth"] == 0 else ever)[row["area"]][row["indicator"]] = row["value"]
    rows = [
        Row(
            each["area"], each["name"], each["level"], each["code"], quarter[each["area"]], ever[each["area"]]
        )
        for each in store.places(tx, [period], area["area"], into)
    ]
    # What lies beside the rows, the area's own office for instance, is told last, and only where something happened.
    beside = [row for row in rows if row.area == area["area"] or (into == level and row.level != level)]
    return [*(row for row in rows if row not in beside), *(row for row in beside if row.ever)]


def _reaches_down_to(tx: Transaction, area: Mapping[str, Any], level: str, period: Period) -> bool:
    return area["level"] != level and any(
        row["level"] == level for row in store.places(tx, [period], area["area"], level)
    )


def _organisations(tx: Transaction, slot: str, area: UUID, period: Period) -> dict[tuple[str, str], int]:
    rows = store.sums(tx, slot, ["organisations"], [up_to(period.last)], area, "root", [1, 2, 3])
    return {(row["dim2"], row["dim3"]): row["value"] for row in rows if row["dim1"] == "registered"}


def _roster(tx: Transaction, slot: str, area: UUID, until: date) -> list[tuple[date, int]]:
    serving, found = 0, []
    for change in store.changes(tx, slot, "collaborators", area, until):
        serving += change["value"]
        found.append((change["day"], serving))
    return found
