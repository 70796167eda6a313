"""Figures in the database: changes applied from facts, versions, and sums read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction

from reports.figures.definition import Definition
from reports.periods.model import Period, spans

# -- From facts to figures

_BY_POSITION = """
fact.source = %(source)s AND fact.log = %(log)s AND fact.position BETWEEN %(first)s AND %(last)s
      AND fact.position <> ALL (%(skip)s::bigint[])
"""

# Facts of a place for a look behind a figure: not those that no figure counts, which may be unreadable.
_BY_PLACE = """
fact.area = ANY (%(areas)s::uuid[]) AND fact.happened_on BETWEEN %(since)s AND %(until)s
      AND NOT EXISTS (SELECT FROM parked_event p
                      WHERE (p.source, p.log, p.position) = (fact.source, fact.log, fact.position))
      AND NOT EXISTS (SELECT FROM figures_left_out o JOIN figures_version v USING (version)
                      WHERE v.state = 'live' AND o.why = 'failed'
                        AND (o.source, o.log, o.position) = (fact.source, fact.log, fact.position))
"""


def _arriving(definition: Definition, which: str) -> str:
    """The events of a definition as rows of its readers' fields; an incomplete one stops the batch."""
    typed = ", ".join(f'"{name}" {kind}' for name, kind in definition.columns.items())
    columns = ", ".join(f'told."{name}"' for name in definition.columns)
    whole = " ".join(
        f"WHEN '{event}' THEN " + " AND ".join(f'told."{name}" IS NOT NULL' for name in names)
        for event, names in definition.required.items()
    )
    return f"""
WITH chosen AS MATERIALIZED (
    SELECT fact.position, fact.event, fact.type, fact.body FROM fact
    WHERE {which} AND fact.type = ANY (%(types)s::text[])
), arriving AS MATERIALIZED (
    SELECT chosen.position, chosen.event, chosen.type, {columns}
    FROM chosen CROSS JOIN LATERAL jsonb_to_record(chosen.body::jsonb -> 'data') AS told ({typed})
    WHERE CASE WHEN CASE chosen.type {whole} ELSE true END THEN true
               ELSE fact_incomplete(chosen.type, chosen.position) END
), {definition.sql}"""


@cache
def _applying(definition: Definition) -> str:
    keeps = f", kept AS ({definition.keeps})" if definition.keeps else ""
    return f"""{_arriving(definition, _BY_POSITION)}{keeps}, daily AS (
    SELECT indicator, happened_on, area, dim1, dim2, dim3, sum(value) AS value
    FROM contribution GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(value) <> 0
)
INSERT INTO measure (slot, indicator, grain, starts_on, area, dim1, dim2, dim3, value)
SELECT %(slot)s, d.indicator, g.grain, g.starts_on, d.area, d.dim1, d.dim2, d.dim3, sum(d.value)
FROM daily d
CROSS JOIN LATERAL (VALUES
    ('day',     d.happened_on),
    ('month',   date_trunc('month', d.happened_on::timestamp)::date),
    ('quarter', date_trunc('quarter', d.happened_on::timestamp)::date),
    ('year',    date_trunc('year', d.happened_on::timestamp)::date)
) AS g (grain, starts_on)
GROUP BY 2, 3, 4, 5, 6, 7, 8
ORDER BY 2, 3, 4, 5, 6, 7, 8  -- rows are always locked in one order
ON CONFLICT (slot, indicator, grain, starts_on, area, dim1, dim2, dim3)
DO UPDATE SET value = measure.value + excluded.value
"""


@dataclass(frozen=True)
class Stretch:
    """Facts of one source's log from `first` to `last`, both included, without those in `skip`."""

    source: str
    log: UUID
    first: int
    last: int
    skip: Sequence[int] = ()


def apply(
    tx: Transaction, definitions: Sequence[Definition], slot: str, stretch: Stretch, types: frozenset[str] | None = None
) -> None:
    """Change the figures of a slot by the facts of a stretch; `types` are those in it, if they are known."""
    for definition in definitions:
        readable = frozenset(definition.reads.get(stretch.source, ()))
        wanted = readable if types is None else readable & types
        if wanted:
            tx.run(
                _applying(definition),
                slot=slot,
                source=stretch.source,
                log=stretch.log,
                first=stretch.first,
                last=stretch.last,
                skip=list(stretch.skip),
                types=sorted(wanted),
            )


@cache
def _behind(definition: Definition) -> str:
    # The slot '-' knows nothing: the facts themselves tell all that came before.
    return f"""{_arriving(definition, _BY_PLACE)}, cell AS (
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
"""


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


def facts_at(tx: Transaction, definition: Definition, areas: Sequence[UUID], since: date, until: date, most: int) -> int:
    """How many facts a look behind a figure would have to read, counted no further than `most`."""
    count: int = tx.value(
        """
        SELECT count(*) FROM (
            SELECT FROM fact WHERE type = ANY (%(types)s) AND area = ANY (%(areas)s::uuid[])
               AND happened_on BETWEEN %(since)s AND %(until)s
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


# -- Versions

_LOCK = "hashtextextended('figures ' || current_schema(), 0)"


def lock(tx: Transaction, *, alone: bool) -> None:
    """Take part in changing the live figures, or keep everybody else from it, until the transaction ends.

    Batches of different sources go on side by side. Alone goes what touches all of them: a switch of version, and a
    country that becomes known, for its time zone moves figures of another source.
    """
    tx.run(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_LOCK})")


def take_your_time(tx: Transaction) -> None:
    """A rebuild's statements may run longer than those that somebody waits for."""
    tx.run("SET LOCAL statement_timeout = 0")
    tx.run("SET LOCAL lock_timeout = '60s'")


def claim_rebuild(tx: Transaction) -> bool:
    """Keep other rebuilds away for as long as this transaction lasts; False when one is under way."""
    tx.run("SET LOCAL idle_in_transaction_session_timeout = 0")
    return bool(tx.value("SELECT pg_try_advisory_xact_lock(hashtextextended('rebuild ' || current_schema(), 0))"))


def live(tx: Transaction) -> dict[str, Any]:
    """The version that answers: {version, slot, definitions, live_at}."""
    row = tx.one("SELECT version, slot, definitions, live_at FROM figures_version WHERE state = 'live'")
    assert row is not None, "the migration made the first one"
    return row


def note_definitions(tx: Transaction, version: int, digest: bytes) -> None:
    tx.run(
        "UPDATE figures_version SET definitions = %(digest)s WHERE version = %(version)s AND definitions IS NULL",
        version=version,
        digest=digest,
    )


def versions(tx: Transaction, limit: int) -> list[dict[str, Any]]:
    return tx.all(
        """
        SELECT v.version, v.slot, v.state, encode(v.definitions, 'hex') AS definitions, v.began_at, v.live_at,
               (SELECT count(*) FROM figures_left_out o WHERE o.version = v.version) AS left_out
        FROM figures_version v ORDER BY v.version DESC LIMIT %(limit)s
        """,
        limit=limit,
    )


def abandon_building(tx: Transaction) -> None:
    """Give up a version that a rebuild did not finish."""
    tx.run("UPDATE figures_version SET state = 'retired' WHERE state = 'building'")


def begin_building(tx: Transaction, digest: bytes) -> dict[str, Any]:
    """Start a version in the slot that does not answer: {version, slot}."""
    row = tx.one(
        """
        INSERT INTO figures_version (slot, state, definitions)
        SELECT CASE slot WHEN 'a' THEN 'b' ELSE 'a' END, 'building', %(digest)s
        FROM figures_version WHERE state = 'live'
        RETURNING version, slot
        """,
        digest=digest,
    )
    assert row is not None
    return row


def clear(tx: Transaction, slot: str) -> None:
    tx.run("SELECT clear_figures(%(slot)s)", slot=slot)


def logs(tx: Transaction) -> list[dict[str, Any]]:
    """The logs that facts were taken from, in the order to build them: [{source, log, first, last}]."""
    return tx.all(
        """
        SELECT source, log, min(position) AS first, max(position) AS last
        FROM fact GROUP BY source, log ORDER BY source, 3, 4
        """
    )


def ends(tx: Transaction) -> list[dict[str, Any]]:
    """Where the streams stand: [{source, log, position}]."""
    return tx.all("SELECT source, log, position FROM stream_position ORDER BY source")


def first_position(tx: Transaction, source: str, log: UUID) -> int:
    """The first position of a log among the facts; 1 where there is none yet."""
    first: int = tx.value(
        "SELECT coalesce(min(position), 1) FROM fact WHERE source = %(source)s AND log = %(log)s", source=source, log=log
    )
    return first


def note_progress(tx: Transaction, version: int, stretch: Stretch) -> None:
    tx.run(
        """
        INSERT INTO figures_progress (version, source, log, position)
        VALUES (%(version)s, %(source)s, %(log)s, %(position)s)
        ON CONFLICT (version, source, log) DO UPDATE SET position = excluded.position
        """,
        version=version,
        source=stretch.source,
        log=stretch.log,
        position=stretch.last,
    )


def parked_in(tx: Transaction, source: str, log: UUID, first: int, last: int) -> list[int]:
    rows = tx.all(
        """
        SELECT position FROM parked_event
        WHERE source = %(source)s AND log = %(log)s AND position BETWEEN %(first)s AND %(last)s ORDER BY position
        """,
        source=source,
        log=log,
        first=first,
        last=last,
    )
    return [row["position"] for row in rows]


def leave_out(tx: Transaction, version: int, source: str, log: UUID, positions: Iterable[int], why: str) -> None:
    tx.many(
        """
        INSERT INTO figures_left_out (version, source, log, position, why)
        VALUES (%(version)s, %(source)s, %(log)s, %(position)s, %(why)s)
        ON CONFLICT (version, source, log, position) DO UPDATE SET why = excluded.why
        """,
        [{"version": version, "source": source, "log": log, "position": at, "why": why} for at in positions],
    )


def no_longer_parked(tx: Transaction, version: int) -> list[dict[str, Any]]:
    """Facts left out as parked that have been settled since, in the order of their logs: [{source, log, position}]."""
    return tx.all(
        """
        SELECT o.source, o.log, o.position FROM figures_left_out o
        WHERE o.version = %(version)s AND o.why = 'parked'
          AND NOT EXISTS (SELECT FROM parked_event p WHERE (p.source, p.log, p.position) = (o.source, o.log, o.position))
        ORDER BY o.source, o.position
        """,
        version=version,
    )


def take_in(tx: Transaction, version: int, source: str, log: UUID, position: int) -> None:
    tx.run(
        """
        DELETE FROM figures_left_out
        WHERE version = %(version)s AND (source, log, position) = (%(source)s, %(log)s, %(position)s)
        """,
        version=version,
        source=source,
        log=log,
        position=position,
    )


def switch(tx: Transaction, version: int) -> None:
    """Let a version answer in place of the one that does."""
    tx.run("UPDATE figures_version SET state = 'retired' WHERE state = 'live'")
    tx.run("UPDATE figures_version SET state = 'live', live_at = now() WHERE version = %(version)s", version=version)


def contents(tx: Transaction, slot: str) -> list[dict[str, Any]]:
    """Every figure of a slot in one order, to compare versions; a row of 0 says the same as no row."""
    return tx.all(
        """
        SELECT indicator, grain, starts_on, area, dim1, dim2, dim3, value FROM measure
        WHERE slot = %(slot)s AND value <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7
        """,
        slot=slot,
    )


# -- Reading


# Into what areas are summed up: `root` (one sum), `children` (each area right below), or a level's code (areas of that
# level; what lies beside them is told under its own area). The boundaries are those of the end of each period.
_PLACES = """
    SELECT o.nth, a.area, a.path,
           CASE %(into)s
               WHEN 'root' THEN %(root)s::uuid
               WHEN 'children' THEN coalesce(a.path[array_position(a.path, %(root)s::uuid) + 1], a.area)
               ELSE coalesce((SELECT up.area FROM scope_area up
                              WHERE up.area = ANY (a.path) AND up.level = %(into)s
                                AND up.answers_from <= o.on AND o.on < up.answers_to
                              LIMIT 1), a.area)
           END AS within
    FROM unnest(%(ons)s::date[]) WITH ORDINALITY AS o ("on", nth)
    JOIN scope_area a ON a.path @> ARRAY[%(root)s::uuid] AND a.answers_from <= o.on AND o.on < a.answers_to
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
        WITH place AS MATERIALIZED ({_PLACES}), span AS (
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
            GROUP BY 1, 2, 3, 4, 5, 6
        )
        SELECT f.indicator, f.nth - 1 AS nth, p.within AS area, f.dim1, f.dim2, f.dim3, sum(f.value)::bigint AS value
        FROM found f JOIN place p ON p.area = f.area AND p.nth = f.nth
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(f.value) <> 0
        ORDER BY 1, 2, 3, 4, 5, 6
        """,
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
        SELECT DISTINCT p.nth - 1 AS nth, a.area, a.level, a.code, a.name, a.path
        FROM ({_PLACES}) AS p
        JOIN unnest(%(ons)s::date[]) WITH ORDINALITY AS o ("on", nth) USING (nth)
        JOIN scope_area a ON a.area = p.within AND a.answers_from <= o.on AND o.on < a.answers_to
        ORDER BY 1, a.name, a.code
        """,
        into=into,
        root=root,
        ons=[period.last for period in periods],
    )


def changes(tx: Transaction, slot: str, indicator: str, root: UUID, until: date) -> list[dict[str, Any]]:
    """Day by day, what an indicator changed by in an area and all below it, from the first: [{day, value}]."""
    return tx.all(
        f"""
        SELECT m.starts_on AS day, sum(m.value)::bigint AS value
        FROM ({_PLACES}) AS p
        JOIN measure m ON m.area = p.area AND m.slot = %(slot)s AND m.indicator = %(indicator)s AND m.grain = 'day'
                      AND m.starts_on <= %(until)s
        GROUP BY 1 HAVING sum(m.value) <> 0 ORDER BY 1
        """,
        slot=slot,
        indicator=indicator,
        into="root",
        root=root,
        until=until,
        ons=[until],
    )


def areas_below(tx: Transaction, root: UUID, on: date) -> list[UUID]:
    """An area and all below it."""
    rows = tx.all(
        "SELECT area FROM scope_area WHERE path @> ARRAY[%(root)s::uuid] AND answers_from <= %(on)s AND %(on)s < answers_to",
        root=root,
        on=on,
    )
    return [row["area"] for row in rows]


def areas_without_place(tx: Transaction, slot: str) -> int:
    """Areas that figures name and that are not known here yet: their figures are in no sum until they are."""
    count: int = tx.value(
        """
        SELECT count(*) FROM (
            SELECT DISTINCT area FROM measure WHERE slot = %(slot)s AND grain = 'year'
            EXCEPT SELECT area FROM scope_area
        ) AS unknown
        """,
        slot=slot,
    )
    return count


def area_coded(tx: Transaction, code: str) -> dict[str, Any] | None:
    """The area of a code, as it is today: {area, country, level, code, name, parent, path}."""
    return tx.one(
        """
        SELECT area, country, level, code, name, parent, path FROM scope_area
        WHERE code = %(code)s AND answers_from <= CURRENT_DATE AND CURRENT_DATE < answers_to
        ORDER BY area LIMIT 1
        """,
        code=code,
    )


def areas_down_to(tx: Transaction, country: str, level: str) -> list[dict[str, Any]]:
    """The areas of a level and all above them, as they are today: [{area, level, code, name, path}]."""
    return tx.all(
        """
        SELECT DISTINCT up.area, up.level, up.code, up.name, up.path
        FROM scope_area a JOIN scope_area up ON up.area = ANY (a.path)
        WHERE a.country = %(country)s AND a.level = %(level)s
          AND a.answers_from <= CURRENT_DATE AND CURRENT_DATE < a.answers_to
          AND up.answers_from <= CURRENT_DATE AND CURRENT_DATE < up.answers_to
        """,
        country=country,
        level=level,
    )


def countries(tx: Transaction) -> list[dict[str, Any]]:
    """The countries known here, each with its root: [{country, name, currency, fiscal_year_start_month, root, ...}]."""
    return tx.all(
        """
        SELECT c.country, c.name, c.time_zone, c.currency, c.fiscal_year_start_month, c.level_names, a.area AS root
        FROM scope_country c
        LEFT JOIN scope_area a ON a.country = c.country AND a.parent IS NULL
                              AND a.answers_from <= CURRENT_DATE AND CURRENT_DATE < a.answers_to
        ORDER BY c.country
        """
    )
