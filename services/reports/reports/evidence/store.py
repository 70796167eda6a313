"""Finding the events behind a figure, by the definition that made it."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from reports.figures.definition import Definition
from reports.figures.store import arriving
from reports.periods.model import Period

# Facts of a place for a look behind a figure: not those that no figure counts, which may be unreadable.
_BY_PLACE = """
    SELECT fact.position, fact.event, fact.type, (fact.recorded_at AT TIME ZONE 'UTC')::date AS recorded_on, fact.body
    FROM fact
    WHERE fact.type = ANY (%(types)s::text[]) AND fact.area = ANY (%(areas)s::uuid[])
      AND (fact.happened_on BETWEEN %(since)s AND %(until)s OR fact.happened_on IS NULL)
      AND NOT EXISTS (SELECT FROM parked_event p
                      WHERE (p.source, p.log, p.position) = (fact.source, fact.log, fact.position))
      AND NOT EXISTS (SELECT FROM figures_left_out o JOIN figures_version v USING (version)
                      WHERE v.state = 'live' AND o.why = 'failed'
                        AND (o.source, o.log, o.position) = (fact.source, fact.log, fact.position))
"""


@cache
def _behind(definition: Definition) -> str:
    # The slot '-' knows nothing: the facts themselves tell all that came before.
    return f"""{arriving(definition, _BY_PLACE)}, cell AS (
    SELECT event, sum(value) OVER (PARTITION BY subject) AS net
    FROM contribution
    WHERE indicator = %(indicator)s AND area = ANY (%(areas)s::uuid[])
      AND happened_on BETWEEN %(first)s AND %(last)s
      AND (%(dim1)s::text IS NULL OR dim1 = %(dim1)s)
      AND (%(dim2)s::text IS NULL OR dim2 = %(dim2)s)
      AND (%(dim3)s::text IS NULL OR dim3 = %(dim3)s)
)
SELECT DISTINCT f.event, f.source, f.log, f.position, f.type, f.subject, f.recorded_at, f.happened_on
FROM cell JOIN fact f USING (event)
WHERE cell.net <> 0 AND (%(after)s::uuid IS NULL OR f.event > %(after)s)
ORDER BY f.event LIMIT %(limit)s
"""  # noqa: S608


def behind(
    tx: Transaction,
    definition: Definition,
    *,
    indicator: str,
    areas: Sequence[UUID],
    period: Period,
    since: date,
    until: date,
    dims: Sequence[str | None],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The events that make a figure up, by the definition that made it; those that cancel out are left out.

    `since` and `until` say which facts to read: those of the period, or earlier ones too where a definition looks back.
    """
    return tx.all(
        _behind(definition),
        slot="-",
        types=definition.types,
        areas=list(areas),
        since=since,
        until=until,
        indicator=indicator,
        first=period.first,
        last=period.last,
        dim1=dims[0],
        dim2=dims[1],
        dim3=dims[2],
        after=after,
        limit=limit,
    )


def facts_at(
    tx: Transaction, definition: Definition, areas: Sequence[UUID], since: date, until: date, most: int
) -> int:
    """How many facts a look behind a figure would have to read, counted no further than `most`."""
    count: int = tx.value(
        """
        SELECT count(*) FROM (
            SELECT FROM fact WHERE type = ANY (%(types)s) AND area = ANY (%(areas)s::uuid[])
               AND (happened_on BETWEEN %(since)s AND %(until)s OR happened_on IS NULL)
            LIMIT %(most)s
        ) AS found
        """,
        types=definition.types,
        areas=list(areas),
        since=since,
        until=until,
        most=most,
    )
    return count
