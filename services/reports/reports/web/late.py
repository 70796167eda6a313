"""Loans that are late on the page, as far as enough groups are in each figure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.transaction import Transaction
from reports.indicators import store
from reports.periods.model import Quarter, up_to
from reports.publication.model import Published, publish
from reports.publication.reading import summed

_MONEY = ("loans_outstanding", "loans_late_amount", "loans_overdue_amount", "loans_at_risk_amount")
AT_RISK, ONLY_LATE = "at_risk", "late"


@dataclass(frozen=True)
class Late:
    """What is late in an area at the end of a quarter that is over: by council, and together.

    An amount is told where the number of loans that it is of is: none, or as many as the rule of small figures wants,
    and not to be worked out from the others.
    """

    quarter: Quarter
    rows: Sequence[tuple[str, str]]  # (row of the table, its name)
    counts: Published
    money: Mapping[str, Mapping[str, int]]  # row -> indicator -> value
    threshold: int

    def count(self, row: str | None = None) -> int | None:
        """Loans late or put off."""
        return self.counts.value(self._rows(row))

    def owed(self, row: str | None = None) -> int:
        return sum(self.money[each].get("loans_outstanding", 0) for each in self._rows(row))

    def amount(self, indicator: str, row: str | None = None) -> int | None:
        column = AT_RISK if indicator == "loans_at_risk_amount" else None
        rows = self._rows(row)
        if self.counts.value(rows, column) is None:
            return None
        return summed(self.money[each].get(indicator, 0) for each in rows)

    def _rows(self, row: str | None) -> list[str]:
        return [each for each, _ in self.rows] if row is None else [row]


def read_late(
    tx: Transaction,
    slot: str,
    country: Mapping[str, Any],
    area: Mapping[str, Any],
    quarter: Quarter,
    level: str,
    threshold: int,
) -> Late | None:
    """What is late in an area; None below the council, and where nobody owes anything."""
    end = [up_to(quarter.period.last)]
    cells: dict[tuple[str, str], int] = {}
    money: dict[str, dict[str, int]] = defaultdict(dict)
    names = ("loans_late", "loans_at_risk", *_MONEY)
    for row in store.sums(tx, slot, names, end, country["root"], level):
        if row["indicator"] in _MONEY:
            money[str(row["area"])][row["indicator"]] = row["value"]
        else:
            cells[str(row["area"]), row["indicator"]] = row["value"]
    places = store.places(tx, [quarter.period], country["root"], level)
    busy = {row for row, _ in cells} | money.keys()
    rows = {
        str(each["area"]): [str(up) for up in each["path"]]
        for each in places
        if each["level"] == level or str(each["area"]) in busy
    }
    counts = {}
    for council in rows:
        at_risk = cells.get((council, "loans_at_risk"), 0)
        counts[council, AT_RISK] = at_risk
        counts[council, ONLY_LATE] = cells.get((council, "loans_late"), 0) - at_risk
    table = publish(counts, rows, threshold)
    inside = table.rows_in(str(area["area"]))
    late = Late(
        quarter,
        sorted(
            ((str(each["area"]), each["name"]) for each in places if str(each["area"]) in inside),
            key=lambda row: row[1],
        ),
        table,
        money,
        threshold,
    )
    return late if inside and any(money[row] for row in inside) else None
