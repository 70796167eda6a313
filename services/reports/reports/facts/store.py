"""The table of facts: written once in sets, read by place in the log or by id."""

from collections.abc import Sequence
from typing import Any

from chassis.envelope import Event
from chassis.transaction import Transaction
from reports.facts.model import day_of, place_of

_PARTITION = 1_000_000  # positions, as in the migration


def land(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep a batch of one source's events. A fact that is there stays as it is."""
    source = events[0].source
    # The next partition is made while the current one has half its room left, so that nobody ever waits for it.
    ensure_partition(tx, source, max(event.position for event in events) + _PARTITION // 2)
    # Texts go in binary: as an array in text each quote of the JSON would be escaped, ten times slower.
    tx.run(
        """
        INSERT INTO fact (source, log, position, event, type, subject, recorded_at, area, happened_on, body)
        SELECT %(source)s, * FROM unnest(
            %(log)s::uuid[], %(position)s::bigint[], %(event)s::uuid[], %(type)b::text[], %(subject)b::text[],
            %(recorded_at)s::timestamptz[], %(area)s::uuid[], %(happened_on)s::date[], %(body)b::text[])
        ON CONFLICT (source, log, position) DO NOTHING
        """,
        source=source,
        log=[event.log for event in events],
        position=[event.position for event in events],
        event=[event.id for event in events],
        type=[event.type for event in events],
        subject=[event.subject for event in events],
        recorded_at=[event.time for event in events],
        area=[place_of(event.data) for event in events],
        happened_on=[day_of(event.data) for event in events],
        body=[event.raw for event in events],
    )


_there: dict[tuple[str, str], int] = {}  # (database, source) -> the highest partition known to be there


def ensure_partition(tx: Transaction, source: str, upto: int) -> None:
    """Have the partition of a position ready, and the one before it; asks until both are there and committed."""
    info = tx.connection.info
    key = (f"{info.host}:{info.port}/{info.dbname}", source)
    part = upto // _PARTITION
    if part > _there.get(key, -1) and tx.value(
        "SELECT bool_and(ensure_fact_partition(%(source)s, upto)) FROM unnest(%(upto)s::bigint[]) AS upto",
        source=source,
        upto=[max(0, upto - _PARTITION), upto],
    ):
        _there[key] = part


def fact(tx: Transaction, event: Any) -> dict[str, Any] | None:
    """One event as it was published: {source, log, position, event, type, subject, recorded_at, area, body}."""
    return tx.one(
        "SELECT source, log, position, event, type, subject, recorded_at, area, body FROM fact WHERE event = %(event)s",
        event=event,
    )


def digests(tx: Transaction, source: str, after: int, limit: int) -> list[dict[str, Any]]:
    """The digest of each text of the log that is followed, and of those that it continues: [{position, digest}]."""
    return tx.all(
        """
        WITH RECURSIVE known AS (  -- each log found by one step in the key, whatever number of facts it has
            (SELECT log FROM fact WHERE source = %(source)s ORDER BY log LIMIT 1)
            UNION ALL
            SELECT (SELECT f.log FROM fact f WHERE f.source = %(source)s AND f.log > known.log ORDER BY f.log LIMIT 1)
            FROM known WHERE known.log IS NOT NULL
        )
        SELECT f.position, encode(sha256(convert_to(f.body, 'UTF8')), 'hex') AS digest
        FROM known CROSS JOIN LATERAL (
            SELECT position, body FROM fact
            WHERE source = %(source)s AND fact.log = known.log AND position > %(after)s
            ORDER BY position LIMIT %(limit)s
        ) AS f
        ORDER BY f.position LIMIT %(limit)s
        """,
        source=source,
        after=after,
        limit=limit,
    )


def positions(tx: Transaction) -> list[dict[str, Any]]:
    """How far each source is taken in: [{source, log, position, event_time, moved_at, parked, forked, stopped}]."""
    return tx.all(
        """
        SELECT s.source, s.log, s.position, s.event_time, s.moved_at, s.forked IS NOT NULL AS forked,
               s.stopped IS NOT NULL AS stopped,
               (SELECT count(*) FROM parked_event p WHERE p.source = s.source) AS parked
        FROM stream_position s ORDER BY s.source
        """
    )
