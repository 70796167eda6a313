"""Figures about people as the public may see them, quarter by quarter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.transaction import Transaction

from reports.figures import store
from reports.figures.catalogue import INDICATORS, Indicator
from reports.periods.model import Period, up_to
from reports.publication.model import Published, is_small, publish


def level_and_threshold(tx: Transaction, country: Mapping[str, Any], quarters: Sequence[Period]) -> tuple[str, int]:
    """The level of area that figures about people are published for, and the first figure that is not small."""
    document = tx.rules("publication", quarters[-1].last, country["country"])
    return document["level"], document["threshold"]


def published(
    tx: Transaction, slot: str, indicator: Indicator, country: Mapping[str, Any], quarters: Sequence[Period]
) -> list[Published]:
    """A flow about people in each of some quarters, as far as it is told. `country` as `store.countries` gives it."""
    level, threshold = level_and_threshold(tx, country, quarters)
    root = country["root"]
    by = [indicator.place_of(indicator.published_by)] if indicator.published_by else []
    cells: list[dict[tuple[str, str], int]] = [{} for _ in quarters]
    for row in store.sums(tx, slot, [indicator.name], quarters, root, level, by):
        cells[row["nth"]][str(row["area"]), row[f"dim{by[0]}"] if by else ""] = row["value"]
    rows: list[dict[str, list[str]]] = [{} for _ in quarters]
    for row in store.places(tx, quarters, root, level):
        rows[row["nth"]][str(row["area"])] = [str(area) for area in row["path"]]
    columns = {name: indicator.place_of(name) for name in indicator.published_lines}
    lines: list[dict[str, dict[str, int]]] = [{name: defaultdict(int) for name in columns} for _ in quarters]
    for row in store.sums(tx, slot, [indicator.name], quarters, root, "root", list(columns.values())):
        for name, at in columns.items():
            lines[row["nth"]][name][row[f"dim{at}"]] += row["value"]
    return [publish(cells[nth], rows[nth], lines[nth], threshold) for nth in range(len(quarters))]


def published_stock(
    tx: Transaction, slot: str, indicator: Indicator, country: Mapping[str, Any], quarters: Sequence[Period]
) -> list[int | None]:
    """A stock about people at the end of each of some quarters: one figure for the country.

    Between two stocks lies the difference of two flows, so a stock is told only where its flows are.
    """
    _, threshold = level_and_threshold(tx, country, quarters)
    flows = [published(tx, slot, INDICATORS[name], country, quarters) for name in indicator.follows]
    values = [0] * len(quarters)
    ends = [up_to(quarter.last) for quarter in quarters]
    for row in store.sums(tx, slot, [indicator.name], ends, country["root"], "root"):
        values[row["nth"]] += row["value"]
    told = [
        not is_small(value, threshold) and all(flow[nth].value() is not None for flow in flows)
        for nth, value in enumerate(values)
    ]
    return [value if tells else None for value, tells in zip(values, told, strict=True)]


def summed(values: Iterable[int | None]) -> int | None:
    """A sum is told where all its parts are."""
    parts = list(values)
    return None if None in parts else sum(part for part in parts if part is not None)
