"""Figures about people as the public may see them, quarter by quarter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.transaction import Transaction
from reports.indicators import store
from reports.indicators.catalogue import INDICATORS, Indicator
from reports.periods.model import Period, up_to
from reports.publication.model import Published, is_small, publish, publish_line

Country = Mapping[str, Any]  # as `areas.store.countries` gives it


def level_and_threshold(tx: Transaction, country: Country, quarters: Sequence[Period]) -> tuple[str, int]:
    """The level of area that figures about people are published for, and the first figure that is not small."""
    document = tx.rules("publication", quarters[-1].last, country["country"])
    return document["level"], document["threshold"]


def published(
    tx: Transaction, slot: str, names: Sequence[str], country: Country, quarters: Sequence[Period]
) -> dict[str, list[Published]]:
    """Flows about people in each of some quarters, as far as they are told: indicator -> one for each quarter."""
    level, threshold = level_and_threshold(tx, country, quarters)
    cells: dict[tuple[str, int], dict[tuple[str, str], int]] = defaultdict(dict)
    alike: dict[tuple[int, ...], list[str]] = defaultdict(
        list
    )  # those with the same column are read together
    for name in names:
        alike[_column(INDICATORS[name])].append(name)
    for column, some in alike.items():
        for row in store.sums(tx, slot, some, quarters, country["root"], level, column):
            cells[row["indicator"], row["nth"]][
                str(row["area"]), row[f"dim{column[0]}"] if column else ""
            ] = row["value"]
    places: list[dict[str, tuple[bool, list[str]]]] = [{} for _ in quarters]
    for row in store.places(tx, quarters, country["root"], level):
        places[row["nth"]][str(row["area"])] = (row["level"] == level, [str(area) for area in row["path"]])
    found: dict[str, list[Published]] = {name: [] for name in names}
    for name in names:
        for nth, there in enumerate(places):
            table = cells[name, nth]
            busy = {row for row, _ in table}
            # What lies beside the level, the region's own office for instance, is a row where something happened.
            rows = {row: path for row, (of_level, path) in there.items() if of_level or row in busy}
            found[name].append(publish(table, rows, threshold))
    return found


def published_lines(
    tx: Transaction,
    slot: str,
    name: str,
    dimension: str,
    country: Country,
    quarters: Sequence[Period],
    tables: Sequence[Published],
) -> list[dict[str, int | None] | None]:
    """A flow about people by a dimension that is published for the whole country: code -> figure, for each quarter.

    None for a quarter of which nothing is told.

    `tables` is the same flow as `published` gives it.
    """
    _, threshold = level_and_threshold(tx, country, quarters)
    at = INDICATORS[name].place_of(dimension)
    lines: list[dict[str, int]] = [{} for _ in quarters]
    for row in store.sums(tx, slot, [name], quarters, country["root"], "root", [at]):
        lines[row["nth"]][row[f"dim{at}"]] = row["value"]
    return [publish_line(line, table, threshold) for line, table in zip(lines, tables, strict=True)]


def published_stocks(
    tx: Transaction,
    slot: str,
    names: Sequence[str],
    country: Country,
    quarters: Sequence[Period],
    flows: Mapping[str, Sequence[Published]],
) -> dict[str, list[int | None]]:
    """Stocks about people at the end of each of some quarters: one figure for the country.

    Between two stocks lies the difference of two flows, so a stock is told only where its flows (given) are.
    """
    _, threshold = level_and_threshold(tx, country, quarters)
    values: dict[str, list[int]] = {name: [0] * len(quarters) for name in names}
    for row in store.sums(tx, slot, names, [up_to(each.last) for each in quarters], country["root"], "root"):
        values[row["indicator"]][row["nth"]] = row["value"]
    return {
        name: [
            None
            if is_small(value, threshold)
            or any(flows[flow][nth].value() is None for flow in INDICATORS[name].follows)
            else value
            for nth, value in enumerate(each)
        ]
        for name, each in values.items()
    }


def summed(values: Iterable[int | None]) -> int | None:
    """A sum is told where all its parts are."""
    parts = list(values)
    return None if None in parts else sum(part for part in parts if part is not None)


def _column(indicator: Indicator) -> tuple[int, ...]:
    return (indicator.place_of(indicator.published_by),) if indicator.published_by else ()
