"""From facts to figures: what each definition changes, for a batch that has landed or a stretch of a log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from uuid import UUID

from chassis.envelope import Event
from chassis.transaction import Transaction
from reports.figures.definition import Definition, columns_of
from reports.periods.model import GRAINS

# Where the events of a definition come from: a batch that has just landed (given again, for that is what the planner
# understands best), a stretch of a log, or a place. All else is the same for all three.
_BATCH = """
    SELECT batch.position, batch.event, batch.type, batch.recorded_on, batch.body
    FROM unnest(%(positions)s::bigint[], %(events)s::uuid[], %(types)b::text[], %(recorded)s::date[],
                %(bodies)b::text[]) AS batch (position, event, type, recorded_on, body)
"""
_STRETCH = """
    SELECT fact.position, fact.event, fact.type, (fact.recorded_at AT TIME ZONE 'UTC')::date AS recorded_on, fact.body
    FROM fact
    WHERE fact.source = %(source)s AND fact.log = %(log)s AND fact.position BETWEEN %(first)s AND %(last)s
      AND fact.position <> ALL (%(skip)s::bigint[]) AND fact.type = ANY (%(types)s::text[])
"""

_DAILY = """{kept}, daily AS (
    SELECT indicator, happened_on, area, dim1, dim2, dim3, sum(value) AS value
    FROM contribution GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(value) <> 0
)
"""
_INTO_ALL_GRAINS = """
INSERT INTO measure (slot, indicator, grain, starts_on, area, dim1, dim2, dim3, value)
SELECT %(slot)s, d.indicator, g.grain, g.starts_on, d.area, d.dim1, d.dim2, d.dim3, sum(d.value)
FROM daily d
CROSS JOIN LATERAL (VALUES
    ('day',     d.happened_on),
    ('month',   date_trunc('month', d.happened_on::timestamp)::date),
    ('quarter', date_trunc('quarter', d.happened_on::timestamp)::date),
    ('year',    date_trunc('year', d.happened_on::timestamp)::date)
) AS g (grain, starts_on)
WHERE g.grain = ANY (%(grains)s::text[])
GROUP BY 2, 3, 4, 5, 6, 7, 8
ORDER BY 2, 3, 4, 5, 6, 7, 8  -- rows are always locked in one order
ON CONFLICT (slot, indicator, grain, starts_on, area, dim1, dim2, dim3)
DO UPDATE SET value = measure.value + excluded.value
"""
# A rebuild keeps days alone at first: each is one row already.
_INTO_DAYS = """
INSERT INTO measure (slot, indicator, grain, starts_on, area, dim1, dim2, dim3, value)
SELECT %(slot)s, indicator, 'day', happened_on, area, dim1, dim2, dim3, value FROM daily
ORDER BY 2, 4, 5, 6, 7, 8
ON CONFLICT (slot, indicator, grain, starts_on, area, dim1, dim2, dim3)
DO UPDATE SET value = measure.value + excluded.value
"""


def arriving(definition: Definition, chosen: str) -> str:
    """The events of a definition as rows of its readers' fields; an incomplete one stops the batch."""
    return f"""
WITH chosen AS MATERIALIZED ({chosen}), arriving AS MATERIALIZED (
    {_read(definition.columns, definition.required)}
), {definition.sql}"""


def _read(columns: Mapping[str, str], required: Mapping[str, Sequence[str]]) -> str:
    """The rows of `chosen` with the fields of their data."""
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    fields = ", ".join(f'told."{name}"' for name in columns)
    whole = " ".join(
        f"WHEN '{event}' THEN " + " AND ".join(f'told."{name}" IS NOT NULL' for name in names)
        for event, names in required.items()
    )
    return f"""
    SELECT chosen.position, chosen.event, chosen.type, chosen.recorded_on, {fields}
    -- json, not jsonb: the envelope is looked through once and never built
    FROM chosen CROSS JOIN LATERAL json_to_record(chosen.body::json -> 'data') AS told ({typed})
    WHERE CASE WHEN CASE chosen.type {whole} ELSE true END THEN true
               ELSE fact_incomplete(chosen.type, chosen.position) END
"""  # noqa: S608


@cache
def _arrived(definitions: Sequence[Definition], source: str) -> tuple[str, list[str]]:
    """Lays a stretch out in the table of its source, each fact read once for all definitions; and the types read."""
    columns = columns_of(definitions, source)
    required: dict[str, list[str]] = {}
    for definition in definitions:
        for event in definition.reads.get(source, {}):
            names = required.setdefault(event, [])
            names += [name for name in definition.required[event] if name not in names]
    named = ", ".join(f'"{name}"' for name in columns)
    statement = f"""
INSERT INTO arrived_{source} (position, event, type, recorded_on, {named})
WITH chosen AS NOT MATERIALIZED ({_STRETCH})
{_read(columns, required)}
"""
    return statement, sorted(required)


@cache
def _applying_arrived(definition: Definition, source: str, days_alone: bool) -> str:
    there = columns_of([definition], source)
    fields = ", ".join(
        f'"{name}"' if name in there else f'NULL::{kind} AS "{name}"'
        for name, kind in definition.columns.items()
    )
    return f"""
WITH arriving AS NOT MATERIALIZED (
    SELECT position, event, type, recorded_on, {fields} FROM arrived_{source} WHERE type = ANY (%(types)s::text[])
), {definition.sql}{_DAILY.format(kept=_kept(definition))}{_INTO_DAYS if days_alone else _INTO_ALL_GRAINS}"""  # noqa: S608


@cache
def _applying(definition: Definition, chosen: str) -> str:
    return arriving(definition, chosen) + _DAILY.format(kept=_kept(definition)) + _INTO_ALL_GRAINS


def _kept(definition: Definition) -> str:
    return f", kept AS ({definition.keeps})" if definition.keeps else ""


@dataclass(frozen=True)
class Stretch:
    """Facts of one source's log from `first` to `last`, both included, without those in `skip`."""

    source: str
    log: UUID
    first: int
    last: int
    skip: Sequence[int] = ()


def apply_batch(
    tx: Transaction, definitions: Sequence[Definition], slot: str, events: Sequence[Event]
) -> None:
    """Change the figures of a slot by events of one source that have landed, in the order of their log."""
    source = events[0].source
    for definition in definitions:
        readable = definition.reads.get(source, {})
        wanted = [event for event in events if event.type in readable]
        if wanted:
            tx.run(
                _applying(definition, _BATCH),
                slot=slot,
                positions=[event.position for event in wanted],
                events=[event.id for event in wanted],
                types=[event.type for event in wanted],
                recorded=[event.time.astimezone(UTC).date() for event in wanted],
                grains=GRAINS,
                bodies=[event.raw for event in wanted],
            )


def apply_stretch(
    tx: Transaction,
    definitions: Sequence[Definition],
    slot: str,
    stretch: Stretch,
    grains: Sequence[str] = GRAINS,
) -> None:
    """Change the figures of a slot by the facts of a stretch of a log; `roll_up` later if only days are kept."""
    if not any(stretch.source in definition.reads for definition in definitions):
        return
    days_alone = list(grains) == ["day"]
    laying, types = _arrived(tuple(definitions), stretch.source)
    tx.run(f"TRUNCATE arrived_{stretch.source}")
    tx.run(
        laying,
        source=stretch.source,
        log=stretch.log,
        first=stretch.first,
        last=stretch.last,
        skip=list(stretch.skip),
        types=types,
    )
    for definition in definitions:
        readable = definition.reads.get(stretch.source)
        if readable:
            tx.run(
                _applying_arrived(definition, stretch.source, days_alone),
                slot=slot,
                types=sorted(readable),
                grains=list(grains),
            )


def roll_up(tx: Transaction, slot: str) -> None:
    """Make the figures by month, quarter and year from those by day, where only those were kept so far.

    Each grain is made of the one before it, so that every row is sorted once, among the fewest.
    """
    for of, grain in (("day", "month"), ("month", "quarter"), ("quarter", "year")):
        tx.run(
            """
            INSERT INTO measure (slot, indicator, grain, starts_on, area, dim1, dim2, dim3, value)
            SELECT %(slot)s, m.indicator, %(grain)s, date_trunc(%(grain)s, m.starts_on::timestamp)::date AS starts_on,
                   m.area, m.dim1, m.dim2, m.dim3, sum(m.value)
            FROM measure m WHERE m.slot = %(slot)s AND m.grain = %(of)s
            GROUP BY 2, 4, 5, 6, 7, 8
            ORDER BY 2, 4, 5, 6, 7, 8
            """,
            slot=slot,
            grain=grain,
            of=of,
        )
