"""Opening a figure to the events behind it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.errors import Invalid, Refused
from chassis.transaction import Transaction
from reports.areas.store import areas_below
from reports.evidence import store
from reports.figures.definitions import BY_NAME
from reports.indicators.asking import Asked
from reports.periods.model import BEGINNING

MOST = 300_000  # facts read for one look


def behind(
    tx: Transaction, asked: Asked, cell: Mapping[str, str], *, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """The events that make up a figure: of an area and all below it, in one window, of the codes in `cell`."""
    indicator = asked.indicator
    if unknown := sorted(cell.keys() - set(indicator.dimensions)):
        told = ", ".join(indicator.dimensions) or "no dimension"
        raise Invalid("dimension_unknown", f"This indicator is told by {told}.", {"cell": unknown[0]})
    [period] = asked.summed
    areas = areas_below(tx, asked.area, period.last)
    until = period.last + timedelta(
        days=1
    )  # a promise is broken at a moment whose date in UTC may be another
    codes: list[str | None] = [cell.get(name) for name in indicator.dimensions]
    found: dict[UUID, dict[str, Any]] = {}
    for definition in (BY_NAME[family] for family in indicator.families):
        since = BEGINNING if definition.looks_back else period.first
        if store.facts_at(tx, definition, areas, since, until, MOST + 1) > MOST:
            raise Refused(
                "too_many_facts",
                "Too many events lie behind this figure to look through; ask for a smaller area.",
            )
        rows = store.behind(
            tx,
            definition,
            indicator=indicator.name,
            areas=areas,
            period=period,
            since=since,
            until=until,
            dims=[*codes, None, None, None][:3],
            after=after,
            limit=limit,
        )
        found.update({row["event"]: row for row in rows})
    return [found[event] for event in sorted(found)[:limit]]
