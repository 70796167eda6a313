"""Sums of figures over periods and areas."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from reports.indicators.catalogue import INDICATORS
from reports.periods.model import Period, spans

# Into what areas are summed up: `root` (one sum), `children` (each area right below), or a level's code (areas of that
# level; what lies beside them is told under its own area). The boundaries are those of the end of each period; periods
# between two changes of boundaries share one epoch, so that a series costs no more than its last period.
_PLACES = """
    moment AS MATERIALIZED (
        SELECT o.nth, o.on, (SELECT max(a.answers_from) FROM scope_area a WHERE a.answers_from <= o.on) AS epoch
        FROM unnest(%(ons)s::date[]) WITH ORDINALITY AS o ("on", nth)
    ), epoch AS MATERIALIZED (
        SELECT epoch, min("on") AS "on" FROM moment GROUP BY epoch
    ), inside AS MATERIALIZED (
        SELECT e.epoch, a.area, a.path
        FROM epoch e
        JOIN scope_area a ON a.path @> ARRAY[%(root)s::uuid] AND a.answers_from <= e.on AND e.on < a.answers_to
    ), above AS (
        -- The area of the level that each lies in, found for all of them at once.
        SELECT i.epoch, i.area, min(up.area::text)::uuid AS within
        FROM inside i
        CROSS JOIN LATERAL unnest(i.path) AS step (area)
        JOIN (
            SELECT e.epoch, up.area FROM epoch e
            JOIN scope_area up ON up.level = %(into)s AND up.answers_from <= e.on AND e.on < up.answers_to
        ) AS up ON up.area = step.area AND up.epoch = i.epoch
        WHERE %(into)s NOT IN ('root', 'children')
        GROUP BY 1, 2
    ), place AS MATERIALIZED (
        SELECT i.epoch, i.area, i.path,
               CASE %(into)s
                   WHEN 'root' THEN %(root)s::uuid
                   WHEN 'children' THEN coalesce(i.path[array_position(i.path, %(root)s::uuid) + 1], i.area)
                   ELSE coalesce(a.within, i.area)
               END AS within
        FROM inside i LEFT JOIN above a USING (epoch, area)
    )
"""


def sums(
    tx: Transaction,
    slot: str,
    indicators: Sequence[str],
    periods: Sequence[Period],
    root: UUID,
    into: str,
    dims: Sequence[int] = (),
) -> list[dict[str, Any]]:
    """What indicators add up to in each period and area: [{indicator, nth, area, dim1, dim2, dim3, value}].

    `nth` is the place of the period in `periods`, from 0; dimensions (1 to 3) that are not in `dims` are summed up and
    told as ''. What adds up to nothing is left out.
    """
    parts = [(nth, span) for nth, period in enumerate(periods, start=1) for span in spans(period)]
    return tx.all(
        f"""
        WITH {_PLACES}, span AS (
            SELECT * FROM unnest(%(nth)s::int[], %(grain)s::text[], %(first)s::date[], %(last)s::date[])
                AS s (nth, grain, first, last)
        ), found AS MATERIALIZED (
            -- All areas first: an index range for each indicator and span. Probing for each area would read the same
            -- ranges once for each of them.
            SELECT m.indicator, s.nth, m.area,
                   CASE WHEN 1 = ANY (%(dims)s::int[]) THEN m.dim1 ELSE '' END AS dim1,
                   CASE WHEN 2 = ANY (%(dims)s::int[]) THEN m.dim2 ELSE '' END AS dim2,
                   CASE WHEN 3 = ANY (%(dims)s::int[]) THEN m.dim3 ELSE '' END AS dim3,
                   sum(m.value) AS value
            FROM span s
            JOIN measure m ON m.slot = %(slot)s AND m.indicator = ANY (%(indicators)s::text[])
                          AND m.grain = s.grain AND m.starts_on BETWEEN s.first AND s.last
            WHERE m.grain = ANY (%(grain)s::text[])
            GROUP BY 1, 2, 3, 4, 5, 6
        ), summed AS MATERIALIZED (
            -- Few sums come of many rows: they are put in order afterwards, or the planner would sort the rows.
            SELECT f.indicator, f.nth - 1 AS nth, p.within AS area, f.dim1, f.dim2, f.dim3,
                   sum(f.value)::bigint AS value
            FROM found f JOIN moment USING (nth) JOIN place p ON p.area = f.area AND p.epoch = moment.epoch
            GROUP BY 1, 2, 3, 4, 5, 6
            HAVING sum(f.value) <> 0
        )
        SELECT * FROM summed ORDER BY 1, 2, 3, 4, 5, 6
        """,  # noqa: S608 - fixed parts, no input
        slot=slot,
        indicators=list(indicators),
        into=into,
        root=root,
        ons=[period.last for period in periods],
        dims=list(dims),
        nth=[nth for nth, _ in parts],
        grain=[span.grain for _, span in parts],
        first=[span.first for _, span in parts],
        last=[span.last for _, span in parts],
    )


def places(tx: Transaction, periods: Sequence[Period], root: UUID, into: str) -> list[dict[str, Any]]:
    """The areas that are summed up into, whether anything happened there or not.

    [{nth, area, level, code, name, path (root to area)}], by name.
    """
    return tx.all(
        f"""
        WITH {_PLACES}
        SELECT m.nth - 1 AS nth, a.area, a.level, a.code, a.name, a.path
        FROM moment m
        JOIN (SELECT DISTINCT epoch, within FROM place) AS p USING (epoch)
        JOIN scope_area a ON a.area = p.within AND a.answers_from <= m.on AND m.on < a.answers_to
        ORDER BY 1, a.name, a.code
        """,  # noqa: S608 - fixed parts, no input
        into=into,
        root=root,
        ons=[period.last for period in periods],
    )


def changes(tx: Transaction, slot: str, indicator: str, root: UUID, until: date) -> list[dict[str, Any]]:
    """Day by day, what an indicator changed by in an area and all below it, from the first: [{day, value}]."""
    return tx.all(
        f"""
        WITH {_PLACES}
        SELECT m.starts_on AS day, sum(m.value)::bigint AS value
        FROM place p
        JOIN measure m ON m.area = p.area AND m.slot = %(slot)s AND m.indicator = %(indicator)s AND m.grain = 'day'
                      AND m.starts_on <= %(until)s
        GROUP BY 1 HAVING sum(m.value) <> 0 ORDER BY 1
        """,  # noqa: S608 - fixed parts, no input
        slot=slot,
        indicator=indicator,
        into="root",
        root=root,
        until=until,
        ons=[until],
    )


def areas_without_place(tx: Transaction, slot: str) -> int:
    """Areas that figures name and that are not known here yet: their figures are in no sum until they are."""
    count: int = tx.value(
        """
        SELECT count(*) FROM (
            SELECT DISTINCT area FROM measure
            WHERE slot = %(slot)s AND indicator = ANY (%(indicators)s) AND grain = 'year'
            EXCEPT SELECT area FROM scope_area
        ) AS unknown
        """,
        slot=slot,
        indicators=list(INDICATORS),
    )
    return count
