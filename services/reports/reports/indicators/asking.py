"""What was asked for: an indicator, a place, a time and a breakdown, checked before any figure is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import Invalid, NotFound, Refused
from chassis.transaction import Transaction
from reports.areas import store
from reports.indicators.catalogue import INDICATORS, Indicator
from reports.periods.model import (
    Period,
    Quarter,
    fiscal_year_named,
    quarter_named,
    quarter_of,
    quarters_of,
    up_to,
)


@dataclass(frozen=True)
class Window:
    """A stretch of time in an answer: `label` as people say it, `quarters` where whole fiscal quarters make it up."""

    label: str
    period: Period
    quarters: tuple[Quarter, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A checked question. `windows` has one entry, or one for each quarter where a series is asked for."""

    indicator: Indicator
    country: Mapping[str, Any]
    area: UUID
    windows: Sequence[Window]
    as_of: bool  # everything up to the end of each window counts
    by: Sequence[str]
    into: str  # how areas are summed up: root, children, or a level

    @property
    def dimensions(self) -> list[str]:
        return [name for name in self.by if name not in ("area", "quarter")]

    @property
    def summed(self) -> list[Period]:
        """The days that count in each window."""
        return [up_to(window.period.last) if self.as_of else window.period for window in self.windows]


def indicator_named(name: str) -> Indicator:
    if name not in INDICATORS:
        raise NotFound("indicator_unknown", "There is no such indicator; ask `indicators` for their names.")
    return INDICATORS[name]


def ask(tx: Transaction, **told: Any) -> Asked:
    """Check a question: {name, area, country, fiscal_year, quarter, from_on, to_on, as_of, by, level}.

    Raises `Invalid`, `NotFound` or RuleBroken, telling what to give instead.
    """
    indicator = indicator_named(told["name"])
    by = list(dict.fromkeys(told.get("by") or ()))
    choices = [*indicator.dimensions, "area", "quarter"]
    if unknown := [name for name in by if name not in choices]:
        raise Invalid(
            "dimension_unknown", f"This indicator is told by {', '.join(choices)}.", {"by": unknown[0]}
        )
    country, area = place(tx, told.get("area"), told.get("country"))
    windows, as_of = _windows(tx, indicator, country, told, "quarter" in by)
    into = (told.get("level") or "children") if "area" in by else "root"
    return Asked(indicator, country, area, windows, as_of, by, into)


def place(tx: Transaction, area: UUID | None, country: str | None) -> tuple[dict[str, Any], UUID]:
    """The country (as `areas.store.countries` gives it) and the area that a question is about."""
    known = {row["country"]: row for row in store.countries(tx)}
    if area is not None:
        found = tx.area(area)
        if found is None or found["country"] not in known:
            raise NotFound("area_unknown", "There is no such area here; it may not have arrived yet.")
        return known[found["country"]], found["area"]
    if country is None and len(known) == 1:
        [country] = known
    if country is None:
        raise Invalid("place_missing", "Name an area or a country.", {"area": "missing"})
    if country not in known or known[country]["root"] is None:
        raise Refused("country_unknown", f"The areas of {country} are not known here yet; try again soon.")
    return known[country], known[country]["root"]


def _windows(
    tx: Transaction, indicator: Indicator, country: Mapping[str, Any], told: Mapping[str, Any], series: bool
) -> tuple[list[Window], bool]:
    """The stretches of time that are asked for, and whether all that came before counts too."""
    stock = indicator.kind == "stock"
    start = country["fiscal_year_start_month"]
    year, number, as_of = told.get("fiscal_year"), told.get("quarter"), told.get("as_of")
    from_on, to_on = told.get("from_on"), told.get("to_on")
    if sum((year is not None, as_of is not None, from_on is not None or to_on is not None)) > 1:
        raise Invalid(
            "period_twice", "Give a fiscal year (and quarter), or from_on and to_on, or as_of: one of them."
        )
    if number is not None and year is None:
        raise Invalid(
            "period_missing", "Give the fiscal year that the quarter is of.", {"fiscal_year": "missing"}
        )
    if series and (year is None or number is not None):
        raise Invalid(
            "period_missing", "A series of quarters is told for a fiscal year: give it without a quarter."
        )
    if series and year is not None:
        return [_of_quarter(quarter) for quarter in quarters_of(year, start)], stock
    if year is not None and number is not None:
        return [_of_quarter(quarter_named(year, number, start))], stock
    if year is not None:
        return [Window(year, fiscal_year_named(year, start), tuple(quarters_of(year, start)))], stock
    if from_on is not None or to_on is not None:
        if from_on is None or to_on is None:
            raise Invalid("period_missing", "Give both from_on and to_on.")
        return [Window(f"{from_on} – {to_on}", Period(from_on, to_on))], stock
    if as_of is not None or stock:
        day: date = as_of or tx.today(country["country"])
        quarter = quarter_of(day, start)
        return [
            Window(day.isoformat(), Period(day, day), (quarter,) if quarter.period.last == day else ())
        ], True
    return [_of_quarter(quarter_of(tx.today(country["country"]), start))], False


def _of_quarter(quarter: Quarter) -> Window:
    return Window(f"{quarter.fiscal_year} Q{quarter.number}", quarter.period, (quarter,))
