"""Figures about people on the page, as far as they are published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.transaction import Transaction
from reports.indicators import store
from reports.periods.model import Quarter
from reports.publication.model import Published
from reports.publication.reading import level_and_threshold, published, published_lines, published_stocks

QUARTERS = 8  # shown side by side

_PEOPLE = (
    "cases_opened",
    "cases_closed",
    "complaints_received",
    "complaints_acknowledged",
    "complaints_answered",
)
_LINES = (
    ("complaints_received", "complaint_category"),
    ("complaints_received", "channel"),
    ("cases_opened", "category"),
    ("cases_opened", "sex"),
)


@dataclass(frozen=True)
class People:
    """Figures about people, as far as they are published: in the last of `quarters` and those before it."""

    quarters: Sequence[Quarter]
    tables: Mapping[str, Sequence[Published]]
    # (indicator, dimension) in the last quarter; None where nothing is told of the parts
    lines: Mapping[tuple[str, str], Mapping[str, int | None] | None]
    stocks: Mapping[str, Sequence[int | None]]
    rows: Sequence[tuple[str, str]]  # (row of the tables, its name) in the area shown
    whole: bool  # the area shown is all that is published; lines and stocks are of the whole, and empty otherwise
    threshold: int

    def value(
        self, indicator: str, column: str | None = None, nth: int = -1, row: str | None = None
    ) -> int | None:
        rows = [each for each, _ in self.rows] if row is None else [row]
        return self.tables[indicator][nth].value(rows, column)

    def line(self, indicator: str, dimension: str) -> list[tuple[str, int | None]]:
        """Codes with their figures, the largest first, those not told last."""
        line = self.lines.get((indicator, dimension)) or {}
        return sorted(line.items(), key=lambda each: (each[1] is None, -(each[1] or 0), each[0]))

    def untold(self, indicator: str, dimension: str) -> bool:
        """Whether nothing is told of the parts, not even which there are."""
        return self.lines.get((indicator, dimension), {}) is None


def read_people(
    tx: Transaction,
    slot: str,
    country: Mapping[str, Any],
    area: Mapping[str, Any],
    last: Quarter,
    threshold: int,
) -> People | None:
    """Figures about people up to a quarter that is over; None where nothing is published for the area."""
    quarters = [last.move(n - QUARTERS + 1) for n in range(QUARTERS)]
    periods = [quarter.period for quarter in quarters]
    tables = published(tx, slot, _PEOPLE, country, periods)
    inside = {row for name in _PEOPLE for row in tables[name][-1].rows_in(str(area["area"]))}
    if not inside:
        return None
    level, _ = level_and_threshold(tx, country, periods)
    names = {str(row["area"]): row["name"] for row in store.places(tx, [last.period], country["root"], level)}
    whole = inside == {row for name in _PEOPLE for row in tables[name][-1].rows}
    lines: dict[tuple[str, str], Mapping[str, int | None] | None] = {}
    stocks: Mapping[str, Sequence[int | None]] = {}
    if whole:
        for name, dimension in _LINES:
            [line] = published_lines(tx, slot, name, dimension, country, periods[-1:], tables[name][-1:])
            lines[name, dimension] = line
        stocks = published_stocks(tx, slot, ("complaints_overdue", "cases_open"), country, periods, tables)
    rows = sorted(((row, names[row]) for row in inside), key=lambda each: each[1])
    return People(quarters, tables, lines, stocks, rows, whole, threshold)
