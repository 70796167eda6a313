"""Which figures answer, how a new version comes to answer, and how far it is."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from reports.figures.store import Stretch

# Compiling these statements takes longer than running them.
_PLAIN = "set_config('jit', 'off', true)"
_LOCK = "hashtextextended('figures ' || current_schema(), 0)"


def lock(tx: Transaction, *, alone: bool) -> None:
    """Take part in changing the live figures, or keep everybody else from it, until the transaction ends.

    Batches of different sources go on side by side. Alone goes what touches all of them: a switch of version, and a
    country that becomes known, for its time zone moves figures of another source.
    """
    tx.run(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({_LOCK}), {_PLAIN}")


def take_your_time(tx: Transaction) -> None:
    """A rebuild's statements may take longer, and more memory, than those that somebody waits for."""
    tx.run("SET LOCAL statement_timeout = 0")
    tx.run("SET LOCAL lock_timeout = '60s'")
    tx.run("SET LOCAL work_mem = '128MB'")
    # Of what a statement makes on its way the planner knows nothing and takes it for small: a loop over two such sets
    # would never end.
    tx.run("SET LOCAL enable_nestloop = off")
    tx.run(f"SELECT {_PLAIN}")


def claim_rebuild(tx: Transaction) -> bool:
    """Keep other rebuilds away for as long as this transaction lasts; False when one is under way."""
    tx.run("SET LOCAL idle_in_transaction_session_timeout = 0")
    return bool(
        tx.value("SELECT pg_try_advisory_xact_lock(hashtextextended('rebuild ' || current_schema(), 0))")
    )


def live(tx: Transaction) -> dict[str, Any]:
    """The version that answers: {version, slot, definitions, live_at}.

    Reads after it are not compiled, and add up in memory: a page's sums are small, but more than the default holds.
    """
    row = tx.one(
        f"""
        SELECT version, slot, definitions, live_at, {_PLAIN}, set_config('work_mem', '32MB', true)
        FROM figures_version WHERE state = 'live'
        """  # noqa: S608
    )
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
        "SELECT coalesce(min(position), 1) FROM fact WHERE source = %(source)s AND log = %(log)s",
        source=source,
        log=log,
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


def leave_out(
    tx: Transaction, version: int, source: str, log: UUID, positions: Iterable[int], why: str
) -> None:
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
          AND NOT EXISTS (SELECT FROM parked_event p
                          WHERE (p.source, p.log, p.position) = (o.source, o.log, o.position))
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
    tx.run(
        "UPDATE figures_version SET state = 'live', live_at = now() WHERE version = %(version)s",
        version=version,
    )


def contents(tx: Transaction, slot: str) -> list[dict[str, Any]]:
    """Every figure of a slot in one order, to compare versions; a row of 0 says the same as no row."""
    return tx.all(
        """
        SELECT indicator, grain, starts_on, area, dim1, dim2, dim3, value FROM measure
        WHERE slot = %(slot)s AND value <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7
        """,
        slot=slot,
    )
