"""What a service does with the events of another: its handlers, and how a batch of them becomes one transaction.

Exactly once in effect: the position moves in the transaction that applies the events, so a repeat is seen and
skipped, and a gap is seen and healed. An event that fails alone is parked with all later ones of its subject
behind it, in order, while other subjects flow; what fails because the database is away is simply tried again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg import errors as sql
from psycopg.types.json import Jsonb

from chassis import metrics
from chassis.auth import Actor
from chassis.call import Call
from chassis.database import Connection
from chassis.envelope import CHAIN_START, Event, parse
from chassis.errors import Unavailable
from chassis.logs import fault
from chassis.reconcile import Copies, Kept
from chassis.runtime import Runtime
from chassis.transaction import Transaction

Handler = Callable[[Transaction, Event], None]
BatchHandler = Callable[[Transaction, Sequence[Event]], None]

How = Literal["together", "singly", "untried"]
UNTRIED = ("the process did not survive it, more than once", False)
MAX_TRIES_AFTER_UNCLEAN = 5
PARKED_SUBJECTS_PER_MINUTE = 100

# Not the event's fault: back off and try again, never park.
TRANSIENT = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sql.SerializationFailure,
    sql.DeadlockDetected,
    sql.LockNotAvailable,
    sql.InsufficientPrivilege,  # a grant that a migration still owes
    sql.UndefinedTable,
    Unavailable,
)


@dataclass(frozen=True)
class Stream:
    """The events of `source` that this service follows.

    `handlers` take one event of a type each. `batch` takes many at once (set-based figures). `land` sees every
    event of the batch first and must not fail for a reason that lies in one event: it is never parked.
    `copies` and `kept` say how to come back to a source that was restored to an earlier moment.
    """

    source: str
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    batch: BatchHandler | None = None
    land: BatchHandler | None = None
    copies: Copies | None = None
    kept: Kept | None = None

    def wants(self, event: Event) -> bool:
        return self.batch is not None or event.type in self.handlers

    def apply(self, tx: Transaction, events: Sequence[Event]) -> None:
        for event in events:
            handler = self.handlers.get(event.type)
            if handler is not None:
                handler(tx, event)
        if self.batch is not None:
            self.batch(tx, events)


@dataclass(frozen=True)
class Place:
    """How far a source's log has been read, and on which chain."""

    log: UUID | None
    position: int
    chain: bytes
    forked: Any = None
    stopped: str | None = None
    unsure: bool = False  # restored: what waits in the queue may be of a log that ended


class Gap(Exception):
    """Events are missing before this one: fetch them from the source first."""

    def __init__(self, after: int, upto: int) -> None:
        self.after, self.upto = after, upto
        super().__init__(f"{after + 1} to {upto} are missing")


class Forked(Exception):
    """The source's log does not continue what was read: it was restored or rewritten."""

    def __init__(self, at: int, why: str) -> None:
        self.at, self.why = at, why
        super().__init__(f"at {at}: {why}")


class Stopped(Exception):
    """The stream stands still until a person resumes it."""


def place_of(connection: Connection, source: str, *, lock: bool = False) -> Place:
    read = "SELECT log, position, chain, forked, stopped, unsure FROM stream_position WHERE source = %s"
    row = connection.execute(f"{read} FOR UPDATE" if lock else read, (source,)).fetchone()
    if row is None:
        return Place(None, 0, CHAIN_START)
    return Place(
        row["log"], row["position"], bytes(row["chain"]), row["forked"], row["stopped"], row["unsure"]
    )


class Intake:
    """Applies batches of one source's events to this service's tables."""

    def __init__(self, runtime: Runtime, stream: Stream) -> None:
        self._runtime = runtime
        self._stream = stream
        self.source = stream.source
        self._introduced = False

    def place(self) -> Place:
        with self._runtime.database.transaction(read_only=True) as connection:
            return place_of(connection, self.source)

    def take(self, events: Sequence[Event]) -> int:
        """Apply a batch in one transaction; returns the position after it.

        Raises `Gap` or `Forked` before anything is applied, `Stopped` when too much fails, and transient database
        errors as they are: the caller backs off.
        """
        self._introduce(events[0].log)
        try:
            return self._counted(events, "together")
        except sql.QueryCanceled:  # too much at once, perhaps
            return self._counted(events, "singly")
        except (*TRANSIENT, Gap, Forked, Stopped):
            raise
        except Exception:  # some event in it is at fault: find out which
            return self._counted(events, "singly")

    def _counted(self, events: Sequence[Event], how: How) -> int:
        with metrics.STREAM_SECONDS.labels(self.source).time():
            taken, position = self._take(events, how)
        metrics.STREAM_POSITION.labels(self.source).set(position)
        for status, count in taken.items():
            metrics.STREAM_EVENTS.labels(self.source, status).inc(count)
        return position

    def _take(self, events: Sequence[Event], how: How) -> tuple[dict[str, int], int]:
        taken = {"applied": 0, "duplicate": 0, "passed": 0, "parked": 0}
        emitted = False
        with self._runtime.database.transaction() as connection:
            place = self._lock(connection)
            fresh = [event for event in events if event.position > place.position]
            taken["duplicate"] = len(events) - len(fresh)
            if not fresh:
                return taken, place.position
            _check(place, fresh)
            if self._stream.land:
                self._stream.land(self._transaction(connection, fresh[0]), fresh)
            wanted = [event for event in fresh if self._stream.wants(event)]
            taken["passed"] = len(fresh) - len(wanted)
            behind = self._parked_subjects(connection, wanted)
            flowing: list[Event] = []
            for event in wanted:
                if event.subject in behind:
                    park(connection, self.source, event, None)
                    taken["parked"] += 1
                elif how != "together":
                    error, wrote = UNTRIED if how == "untried" else self._try_one(connection, event)
                    emitted |= wrote
                    if error is None:
                        taken["applied"] += 1
                    else:
                        park(connection, self.source, event, error)
                        behind.add(event.subject)
                        taken["parked"] += 1
                else:
                    flowing.append(event)
            if flowing:
                tx = self._transaction(connection, flowing[-1])
                self._stream.apply(tx, flowing)
                emitted |= bool(tx.flush())
                taken["applied"] += len(flowing)
            if taken["parked"]:
                self._stop_a_flood(connection)
            last = fresh[-1]
            connection.execute(
                """
                UPDATE stream_position
                SET log = %(log)s, position = %(position)s, chain = %(chain)s, event_time = %(time)s, moved_at = now()
                WHERE source = %(source)s
                """,
                {
                    "source": self.source,
                    "log": last.log,
                    "position": last.position,
                    "chain": last.chain,
                    "time": last.time,
                },
            )
        if emitted:
            self._runtime.committed()
        return taken, last.position

    def _introduce(self, log: UUID) -> None:
        """Begin a log at position 0; in its own transaction, so that even a first batch that fails can be marked."""
        if not self._introduced:
            with self._runtime.database.transaction() as connection:
                connection.execute(
                    """
                    INSERT INTO stream_position (source, log, position, chain) VALUES (%s, %s, 0, %s)
                    ON CONFLICT DO NOTHING
                    """,
                    (self.source, log, CHAIN_START),
                )
            self._introduced = True

    def _lock(self, connection: Connection) -> Place:
        place = place_of(connection, self.source, lock=True)
        if place.stopped:
            raise Stopped(place.stopped)
        return place

    def _transaction(self, connection: Connection, event: Event) -> Transaction:
        actor = Actor(
            subject=event.actor or event.source, roles=frozenset({"service"}), areas=("*",), expires=0
        )
        call = Call(
            id=event.id,
            actor=actor,
            correlation=event.correlation,
            causation=event.id,
            traceparent=event.traceparent,
        )
        return Transaction(self._runtime, connection, call)

    def _try_one(self, connection: Connection, event: Event) -> tuple[str | None, bool]:
        """Apply one event behind a savepoint; returns (what went wrong, whether it published)."""
        try:
            with connection.transaction():
                tx = self._transaction(connection, event)
                self._stream.apply(tx, [event])
                wrote = bool(tx.flush())
                connection.execute(
                    "SET CONSTRAINTS ALL IMMEDIATE"
                )  # its own deferred checks, not its neighbours'
                connection.execute("SET CONSTRAINTS ALL DEFERRED")
            return None, wrote
        except TRANSIENT:
            raise
        except Exception as error:
            return fault(error), False

    def _parked_subjects(self, connection: Connection, events: Sequence[Event]) -> set[str]:
        if not events:
            return set()
        rows = connection.execute(
            "SELECT DISTINCT subject FROM parked_event WHERE source = %s AND subject = ANY(%s)",
            (self.source, list({event.subject for event in events})),
        ).fetchall()
        return {row["subject"] for row in rows}

    def _stop_a_flood(self, connection: Connection) -> None:
        """So many subjects failing is no accident of theirs: stand still before all of them are parked."""
        row = connection.execute(
            """
            SELECT count(DISTINCT subject) AS subjects FROM parked_event
            WHERE source = %s AND error IS NOT NULL AND parked_at > now() - interval '1 minute'
            """,
            (self.source,),
        ).fetchone()
        if row and row["subjects"] > PARKED_SUBJECTS_PER_MINUTE:
            raise Stopped(f"{row['subjects']} subjects failed within a minute")

    def replay(self, connection: Connection, events: Sequence[Event]) -> None:
        """Apply a part of the history again to copies that were emptied; what fails is parked, as ever.

        What is parked already stays so, with all that is behind it; what came before it is applied.
        """
        wanted = [event for event in events if self._stream.wants(event)]
        held = self._parked_positions(connection, wanted)
        flowing = []
        for event in wanted:
            positions = held.get(event.subject)
            if positions is None or event.position < min(positions):
                flowing.append(event)
            elif event.position not in positions:
                park(connection, self.source, event, None)
        try:
            with connection.transaction():
                for event in flowing:
                    self._stream.apply(self._transaction(connection, event), [event])
        except TRANSIENT:
            raise
        except Exception:  # some event in it is at fault: find out which
            behind: set[str] = set()
            for event in flowing:
                error = None if event.subject in behind else self._try_one(connection, event)[0]
                if error is not None or event.subject in behind:
                    behind.add(event.subject)
                    park(connection, self.source, event, error)

    def _parked_positions(self, connection: Connection, events: Sequence[Event]) -> dict[str, set[int]]:
        rows = connection.execute(
            """
            SELECT subject, array_agg(position) AS positions FROM parked_event
            WHERE source = %s AND subject = ANY(%s) GROUP BY subject
            """,
            (self.source, list({event.subject for event in events})),
        ).fetchall()
        return {row["subject"]: set(row["positions"]) for row in rows}

    # -- Standing still

    def sure(self) -> None:
        """The queue holds nothing any more that could mislead."""
        with self._runtime.database.transaction() as connection:
            connection.execute(
                "UPDATE stream_position SET unsure = false WHERE source = %s AND unsure", (self.source,)
            )

    def stop(self, why: str) -> None:
        with self._runtime.database.transaction() as connection:
            connection.execute(
                "UPDATE stream_position SET stopped = %s WHERE source = %s AND stopped IS NULL",
                (why, self.source),
            )

    def mark_fork(self, fork: Forked) -> None:
        with self._runtime.database.transaction() as connection:
            connection.execute(
                "UPDATE stream_position SET forked = %s WHERE source = %s AND forked IS NULL",
                (Jsonb({"at": fork.at, "why": fork.why}), self.source),
            )

    # -- Parked events

    def redrive(self) -> int:
        """Carry out what operations asked for parked events; returns how many were settled."""
        settled = 0
        for subject in self._wanted_subjects():
            with self._runtime.database.transaction() as connection:
                place_of(connection, self.source, lock=True)  # not beside a batch of another replica
                rows = connection.execute(
                    "SELECT * FROM parked_event WHERE source = %s AND subject = %s ORDER BY position FOR UPDATE",
                    (self.source, subject),
                ).fetchall()
                settled += self._settle(connection, rows)
            self._runtime.committed()
        return settled

    def _wanted_subjects(self) -> list[str]:
        with self._runtime.database.transaction(read_only=True) as connection:
            rows = connection.execute(
                "SELECT DISTINCT subject FROM parked_event WHERE source = %s AND wanted IS NOT NULL LIMIT 100",
                (self.source,),
            ).fetchall()
        return [row["subject"] for row in rows]

    def _settle(self, connection: Connection, rows: list[dict[str, Any]]) -> int:
        settled = 0
        for row in rows:
            error = None
            if row["wanted"] != "drop":
                error, _ = self._try_one(connection, parse(row["body"]))
            key = (self.source, row["log"], row["position"])
            if error is not None:
                connection.execute(
                    """
                    UPDATE parked_event SET error = %s, attempts = attempts + 1, wanted = NULL
                    WHERE (source, log, position) = (%s, %s, %s)
                    """,
                    (error, *key),
                )
                connection.execute(
                    "UPDATE parked_event SET wanted = NULL WHERE source = %s AND subject = %s",
                    (self.source, row["subject"]),
                )
                break
            connection.execute("DELETE FROM parked_event WHERE (source, log, position) = (%s, %s, %s)", key)
            status = "dropped" if row["wanted"] == "drop" else "redriven"
            metrics.STREAM_EVENTS.labels(self.source, status).inc()
            settled += 1
        return settled

    # -- A start after a run that did not end cleanly

    def began(self) -> bool:
        """Note that a run begins; True when the last one ended cleanly."""
        with self._runtime.database.transaction() as connection:
            row = connection.execute(
                """
                INSERT INTO stream_run AS run (source, clean) VALUES (%(source)s, false)
                ON CONFLICT (source) DO UPDATE SET clean = false
                RETURNING (SELECT clean FROM stream_run WHERE source = %(source)s) AS clean
                """,
                {"source": self.source},
            ).fetchone()
        return row is None or row["clean"] is not False

    def ended(self) -> None:
        """Note that a run that took events ended cleanly."""
        with self._runtime.database.transaction() as connection:
            connection.execute("UPDATE stream_run SET clean = true WHERE source = %s", (self.source,))
            connection.execute("DELETE FROM stream_try WHERE source = %s", (self.source,))

    def take_with_care(self, event: Event) -> int:
        """Take one event, its try noted first: one that kills the process is parked untried in the end."""
        self._introduce(event.log)
        key = (self.source, event.log, event.position)
        with self._runtime.database.transaction() as connection:
            row = connection.execute(
                """
                INSERT INTO stream_try AS t (source, log, position) VALUES (%s, %s, %s)
                ON CONFLICT (source, log, position) DO UPDATE SET tries = t.tries + 1
                RETURNING tries
                """,
                key,
            ).fetchone()
        try:
            return self._counted(
                [event], "untried" if row and row["tries"] > MAX_TRIES_AFTER_UNCLEAN else "singly"
            )
        except Exception:  # it was told what went wrong, so the process lived: this try does not count
            with self._runtime.database.transaction() as connection:
                connection.execute("DELETE FROM stream_try WHERE (source, log, position) = (%s, %s, %s)", key)
            raise


def _check(place: Place, events: Sequence[Event]) -> None:
    """The events must continue what was read: the next positions, on the same chain.

    A log that was renewed goes on under another id; the chain alone tells that nothing before was changed.
    """
    log, position, chain = place.log, place.position, place.chain
    if place.forked:
        raise Forked(position, "not yet reconciled")
    for event in events:
        if event.position > position + 1:
            raise Gap(position, event.position - 1)
        if event.previous != chain:
            raise Forked(event.position, "the chain does not fit" if event.log == log else "another log")
        log, position, chain = event.log, event.position, event.chain


def park(connection: Connection, source: str, event: Event, error: str | None) -> None:
    """Set an event aside; without an error of its own it waits behind an earlier one of its subject."""
    connection.execute(
        """
        INSERT INTO parked_event (source, log, position, event, type, subject, body, error)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (source, event.log, event.position, event.id, event.type, event.subject, event.raw, error),
    )
