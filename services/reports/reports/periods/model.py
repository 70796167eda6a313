"""Fiscal years and quarters, and how a stretch of days is put together from the grains that figures are kept by.

A country's fiscal year starts on the first of a month (Tanzania: July). It is named after the calendar years that
it touches: "2025/26" when it crosses one, "2025" when it is the calendar year.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reports.rule_broken import RuleBroken

GRAINS = ["year", "quarter", "month", "day"]  # calendar grains, each a whole number of the next
_MONTHS = {"year": 12, "quarter": 3, "month": 1}
BEGINNING = date(1900, 1, 1)  # no fact is older
END = date(2200, 12, 31)

_CROSSING = re.compile(r"(\d{4})/(\d{2})")
_WHOLE = re.compile(r"\d{4}")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not BEGINNING <= self.first <= self.last <= END:
            raise RuleBroken(
                "period_invalid", "A period ends on or after its first day, between 1900 and 2200."
            )


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter of a fiscal year; `year` is the calendar year in which the fiscal year starts."""

    year: int
    number: int
    start_month: int

    @property
    def fiscal_year(self) -> str:
        return name_of(self.year, self.start_month)

    @property
    def label(self) -> str:
        """As it stands in an address: `2025-26-Q1`, `2025-Q1`."""
        return f"{self.fiscal_year.replace('/', '-')}-Q{self.number}"

    @property
    def period(self) -> Period:
        first = _first_of(self.year, self.start_month + 3 * (self.number - 1))
        return Period(first, _add_months(first, 3) - timedelta(days=1))

    def move(self, quarters: int) -> "Quarter":
        """The quarter so many later (earlier when negative)."""
        count = self.year * 4 + self.number - 1 + quarters
        return Quarter(count // 4, count % 4 + 1, self.start_month)


def name_of(year: int, start_month: int) -> str:
    """The name of the fiscal year that starts in the calendar year `year`."""
    return f"{year:04}" if start_month == 1 else f"{year:04}/{(year + 1) % 100:02}"


def year_named(fiscal_year: str, start_month: int) -> int:
    """The calendar year in which a fiscal year starts; raises RuleBroken `fiscal_year_unknown`."""
    crossing, whole = _CROSSING.fullmatch(fiscal_year), _WHOLE.fullmatch(fiscal_year)
    year = int(crossing[1]) if crossing else int(fiscal_year) if whole else 0
    if not BEGINNING.year < year < END.year or name_of(year, start_month) != fiscal_year:
        shape = name_of(2025, start_month)
        raise RuleBroken(
            "fiscal_year_unknown", f"Name the fiscal year as this country does, such as {shape}."
        )
    return year


def quarter_named(fiscal_year: str, number: int, start_month: int) -> Quarter:
    return Quarter(year_named(fiscal_year, start_month), number, start_month)


def quarter_labelled(label: str, start_month: int) -> Quarter:
    """The quarter of an address such as `2025-26-Q1`; raises RuleBroken `fiscal_year_unknown`."""
    name, _, number = label.rpartition("-Q")
    if number not in ("1", "2", "3", "4"):
        raise RuleBroken("fiscal_year_unknown", "Name the quarter as in 2025-26-Q1.")
    return quarter_named(name.replace("-", "/"), int(number), start_month)


def fiscal_year_named(fiscal_year: str, start_month: int) -> Period:
    first = _first_of(year_named(fiscal_year, start_month), start_month)
    return Period(first, _add_months(first, 12) - timedelta(days=1))


def quarter_of(day: date, start_month: int) -> Quarter:
    """The fiscal quarter that a day lies in."""
    months = day.year * 12 + day.month - 1 - (start_month - 1)
    return Quarter(months // 12, months % 12 // 3 + 1, start_month)


def quarters_of(fiscal_year: str, start_month: int) -> list[Quarter]:
    year = year_named(fiscal_year, start_month)
    return [Quarter(year, number, start_month) for number in (1, 2, 3, 4)]


# -- Grains


@dataclass(frozen=True, slots=True)
class Span:
    """Whole grains in a row: those that start from `first` to `last`, both included."""

    grain: str
    first: date
    last: date


def start_of(grain: str, day: date) -> date:
    """The first day of the calendar grain that a day lies in."""
    if grain == "day":
        return day
    months = _MONTHS[grain]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def end_of(grain: str, start: date) -> date:
    return start if grain == "day" else _add_months(start, _MONTHS[grain]) - timedelta(days=1)


def spans(period: Period) -> list[Span]:
    """The fewest grains that make up a period: every day of it lies in exactly one of them."""
    found: list[Span] = []
    for grain, start in _grains(period):
        last = found[-1] if found else None
        if last and last.grain == grain and end_of(grain, last.last) + timedelta(days=1) == start:
            found[-1] = Span(grain, last.first, start)
        else:
            found.append(Span(grain, start, start))
    return found


def up_to(day: date) -> Period:
    """Everything up to a day: what a stock is made of."""
    return Period(BEGINNING, day)


def _grains(period: Period) -> Iterator[tuple[str, date]]:
    day = period.first
    while day <= period.last:
        grain = next(
            grain for grain in GRAINS if start_of(grain, day) == day and end_of(grain, day) <= period.last
        )
        yield grain, day
        day = end_of(grain, day) + timedelta(days=1)


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _add_months(first: date, months: int) -> date:
    return _first_of(first.year, first.month + months)
