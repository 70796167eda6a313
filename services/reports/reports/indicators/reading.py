"""Answering for an indicator: every figure, or what of it may be published."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.errors import Refused
from chassis.transaction import Transaction
from reports.facts import store as facts
from reports.indicators import store
from reports.indicators.asking import Asked, Window
from reports.periods.model import Quarter
from reports.publication.model import Published
from reports.publication.reading import (
    level_and_threshold,
    published,
    published_lines,
    published_stocks,
    summed,
)
from reports.versions import store as versions

Cell = dict[str, Any]  # {area, quarter, each dimension asked for, value (None where not told)}


def answer(tx: Transaction, asked: Asked, *, unsuppressed: bool) -> dict[str, Any]:
    """The reply of `indicator`: cells by what was asked for, their total, and how current they are."""
    if asked.indicator.officers and not unsuppressed:
        raise Refused(
            "officers_only",
            "This figure tells of groups that are late or were given up, and is told to officers of the area; "
            "the page shows it where enough groups are in it.",
        )
    version = versions.live(tx)
    as_of = data_as_of(tx)
    if asked.indicator.people and not unsuppressed:
        cells, total = _published(tx, version["slot"], asked)
    else:
        cells, total = _all(tx, version["slot"], asked)
    return {
        "name": asked.indicator.name,
        "kind": asked.indicator.kind,
        "unit": asked.indicator.unit,
        "currency": asked.country["currency"] if asked.indicator.unit == "money" else None,
        "country": asked.country["country"],
        "area": asked.area,
        "first_on": None if asked.as_of else asked.windows[0].period.first,
        "last_on": asked.windows[-1].period.last,
        "by": list(asked.by),
        "cells": cells,
        "total": total,
        "suppressed": any(cell["value"] is None for cell in cells) or total is None,
        "figures_version": version["version"],
        "data_as_of": as_of,
    }


def data_as_of(tx: Transaction) -> list[dict[str, Any]]:
    """How far each source is in what is told: [{source, log, position, time of the last event taken in}]."""
    return [
        {"source": row["source"], "log": row["log"], "position": row["position"], "time": row["event_time"]}
        for row in facts.positions(tx)
    ]


def _all(tx: Transaction, slot: str, asked: Asked) -> tuple[list[Cell], int]:
    columns = {name: asked.indicator.place_of(name) for name in asked.dimensions}
    rows = store.sums(
        tx, slot, [asked.indicator.name], asked.summed, asked.area, asked.into, list(columns.values())
    )
    cells = [
        {
            **({"area": str(row["area"])} if "area" in asked.by else {}),
            **({"quarter": asked.windows[row["nth"]].label} if "quarter" in asked.by else {}),
            **{name: row[f"dim{at}"] for name, at in columns.items()},
            "value": row["value"],
        }
        for row in rows
    ]
    # Stocks of several quarters do not add up to anything: the last one stands.
    last = len(asked.windows) - 1
    return cells, sum(row["value"] for row in rows if not asked.as_of or row["nth"] == last)


# -- What may be published


def _published(tx: Transaction, slot: str, asked: Asked) -> tuple[list[Cell], int | None]:
    quarters = [window.quarters for window in asked.windows]
    if not all(quarters):
        raise _not_so()
    today = tx.today(asked.country["country"])
    if any(quarter.period.last >= today for window in quarters for quarter in window):
        raise Refused(
            "not_published_yet",
            "Figures about people are published once the quarter is over; ask for an earlier one.",
        )
    if asked.indicator.kind == "stock":
        return _published_stock(tx, slot, asked, [window[-1] for window in quarters])
    if asked.as_of or len(asked.dimensions) > 1:
        raise _not_so()
    name = asked.indicator.name
    told = [
        published(tx, slot, [name], asked.country, [quarter.period for quarter in window])[name]
        for window in quarters
    ]
    dimension = asked.dimensions[0] if asked.dimensions else None
    if dimension is not None and dimension != asked.indicator.published_by:
        return _published_line(tx, slot, asked, told, dimension)
    level, _ = level_and_threshold(tx, asked.country, [window[-1].period for window in quarters])
    cells: list[Cell] = []
    totals: list[int | None] = []
    for window, tables in zip(asked.windows, told, strict=True):
        for area, rows in _buckets(tx, asked, window, tables, level).items():
            columns = {column for table in tables for column in table.columns} if dimension else {None}
            for column in sorted(columns, key=str):
                value = summed(table.value(rows & table.rows.keys(), column) for table in tables)
                if value != 0:
                    cells.append(_cell(asked, window, value, area, {dimension: column} if dimension else {}))
        totals.append(summed(table.value(table.rows_in(str(asked.area))) for table in tables))
    return cells, summed(totals)


def _published_line(
    tx: Transaction, slot: str, asked: Asked, told: Sequence[Sequence[Published]], dimension: str
) -> tuple[list[Cell], int | None]:
    """A breakdown that is published for the whole country only."""
    if (
        dimension not in asked.indicator.published_lines
        or "area" in asked.by
        or asked.area != asked.country["root"]
    ):
        raise _not_so()
    cells = []
    for window, tables in zip(asked.windows, told, strict=True):
        periods = [quarter.period for quarter in window.quarters]
        lines = published_lines(tx, slot, asked.indicator.name, dimension, asked.country, periods, tables)
        for code in sorted({code for line in lines if line for code in line}):
            value = summed(None if line is None else line.get(code, 0) for line in lines)
            cells.append(_cell(asked, window, value, asked.area, {dimension: code}))
    return cells, summed(table.value() for tables in told for table in tables)


def _published_stock(
    tx: Transaction, slot: str, asked: Asked, quarters: Sequence[Quarter]
) -> tuple[list[Cell], int | None]:
    if asked.dimensions or "area" in asked.by or asked.area != asked.country["root"]:
        raise _not_so()
    periods = [quarter.period for quarter in quarters]
    flows = published(tx, slot, asked.indicator.follows, asked.country, periods)
    name = asked.indicator.name
    values = published_stocks(tx, slot, [name], asked.country, periods, flows)[name]
    cells = [
        _cell(asked, window, value, asked.area, {})
        for window, value in zip(asked.windows, values, strict=True)
    ]
    return cells, values[-1]


def _buckets(
    tx: Transaction, asked: Asked, window: Window, tables: Sequence[Published], level: str
) -> dict[UUID, frozenset[str]]:
    """The areas that are told one by one, each with the rows of the published tables that are summed up into it."""
    rows = {row: path for table in tables for row, path in table.rows.items()}
    if asked.into == "root":
        told = {asked.area: [str(each) for each in _path(tx, asked.area)]}
    else:
        told = {
            each["area"]: [str(area) for area in each["path"]]
            for each in store.places(tx, [window.period], asked.area, asked.into)
        }
    if any(area in rows for path in told.values() for area in path[:-1]):
        raise Refused(
            "not_published_so", f"Figures about people are published for {level} and above.", {"level": level}
        )
    depth = {str(area): len(path) for area, path in told.items()}
    buckets: dict[str, set[str]] = {area: set() for area in depth}
    for row, areas in rows.items():
        if above := areas & depth.keys():
            buckets[max(above, key=lambda area: depth[area])].add(row)
    return {area: frozenset(buckets[str(area)]) for area in told if buckets[str(area)]}


def _path(tx: Transaction, area: UUID) -> list[UUID]:
    found = tx.area(area)
    return list(found["path"]) if found else [area]


def _cell(
    asked: Asked, window: Window, value: int | None, area: UUID, codes: Mapping[str, str | None]
) -> Cell:
    return {
        **({"area": str(area)} if "area" in asked.by else {}),
        **({"quarter": window.label} if "quarter" in asked.by else {}),
        **codes,
        "value": value,
    }


def _not_so() -> Refused:
    return Refused(
        "not_published_so",
        "Of figures about people, whole quarters and fiscal years are published, by one dimension; officers see more.",
    )
