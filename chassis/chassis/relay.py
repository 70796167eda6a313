"""Moves committed facts from the outbox to the log, in order, and publishes the log.

One relay leads per service: it holds an advisory lock on a session that it keeps busy, and that the database ends
when it falls silent, so that a frozen leader loses the lock. Even two leaders could only publish an event twice,
never number it twice: the head of the log is one row, locked while positions are given.
"""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

import eventlet
import psycopg
from eventlet.event import Event as Signal
from eventlet.timeout import Timeout
from kombu import Connection as Broker
from psycopg.rows import dict_row

from chassis import metrics
from chassis.burst import Burst, properties_of
from chassis.client import BROKEN, TRANSPORT_OPTIONS
from chassis.database import CONNECT, lock_key
from chassis.envelope import chained, place
from chassis.logs import fault
from chassis.runtime import Runtime
from chassis.scraped import ScrapedGauges

_log = logging.getLogger(__name__)

BATCH = 500
NET = 0.5  # seconds between looks at the outbox when nothing woke us; also what keeps the session alive
AWAY = 1.0  # seconds before another try to lead, or after a failure
PARTITION = 1_000_000
SESSION = (
    "-c idle_session_timeout=5000 -c idle_in_transaction_session_timeout=5000 -c statement_timeout=15000"
)


Placed = tuple[int, str, str, str]  # position, event, type, text

# The head is locked first: positions are given by one at a time.
_TAKE = f"""
    BEGIN;
    SELECT log, position, chain FROM log_head FOR UPDATE;
    WITH oldest AS (SELECT id FROM outbox ORDER BY id LIMIT {BATCH})
    DELETE FROM outbox USING oldest WHERE outbox.id = oldest.id
    RETURNING outbox.id, event::text, type, subject, recorded_at::text, envelope
"""  # noqa: S608 - a number of our own
# One parameter for any number of facts: written and read as JSON by C code at both ends.
_PLACE = """
    WITH placed AS (
        INSERT INTO event (position, event, type, subject, recorded_at, body, chain)
        SELECT position, event, type, subject, recorded_at, body, decode(chain, 'hex')
        FROM json_to_recordset(%(events)s::json)
             AS event(position bigint, event uuid, type text, subject text, recorded_at timestamptz, body text,
                      chain text)
    )
    UPDATE log_head
    SET position = %(position)s, chain = %(chain)s, published = greatest(published, %(confirmed)s)
"""


class Relay:
    """The relay of one process; `run` in a greenlet of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._signal = Signal()
        self._stopping = False
        self._channel = f"{runtime.name}_outbox"
        self._ensured = -1
        self._position = 0  # of the log's head, as last seen
        runtime.committed = self.wake

    def wake(self) -> None:
        """A transaction of this process has committed facts."""
        if not self._signal.ready():
            self._signal.send()

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    def run(self) -> None:
        while not self._stopping:
            try:
                self._stand_for_leader()
            except (psycopg.Error, *BROKEN) as error:
                _log.warning("the relay lost its footing and tries again: %s", fault(error))
                self._pause(AWAY)
            finally:
                metrics.RELAY_LEADS.set(0)

    def _pause(self, seconds: float) -> bool:
        """Wait to be woken, at most `seconds`; True if woken."""
        try:
            with Timeout(seconds):
                self._signal.wait()
            return True
        except Timeout:
            return False
        finally:
            if self._signal.ready():
                self._signal = Signal()

    def _stand_for_leader(self) -> None:
        with psycopg.connect(
            self._runtime.settings.database_dsn,
            autocommit=True,
            row_factory=dict_row,
            options=SESSION,
            application_name=f"{self._runtime.name}-relay",
            **CONNECT,
        ) as session:
            key = lock_key(f"{self._runtime.name} relay")
            while not self._stopping:
                row = session.execute("SELECT pg_try_advisory_lock(%s) AS won", (key,)).fetchone()
                if row and row["won"]:
                    metrics.RELAY_LEADS.set(1)
                    _log.info("this process leads the relay")
                    self._lead(session)
                    return
                # Another replica leads. It hears of our commits by one notification for many.
                if self._pause(AWAY):
                    session.execute(f"NOTIFY {self._channel}")
                    eventlet.sleep(0.005)  # one notification for all that commits meanwhile

    def _lead(self, session: psycopg.Connection[Any]) -> None:
        session.execute(f"LISTEN {self._channel}")
        with Publisher(self._runtime) as publisher:
            done = noted = _head(session)["published"]
            while not self._stopping:
                moved = self._move(session, done)
                noted = done if moved else noted
                if moved and moved[0][0] == done + 1:
                    batch = moved
                elif done < self._position:  # positions that an earlier leader gave, or another one meanwhile
                    batch = _read(session, done, BATCH)
                else:
                    batch = []
                if batch:
                    publisher.publish(batch)
                    done = batch[-1][0]
                if done < self._position or len(moved) == BATCH:
                    continue
                if noted < done and not self._signal.ready():  # else the next move notes it
                    session.execute("UPDATE log_head SET published = %s WHERE published < %s", (done, done))
                    noted = done
                if not batch:
                    publisher.breathe()
                self._sleep_until_wanted(session)

    def _sleep_until_wanted(self, session: psycopg.Connection[Any]) -> None:
        """Until a commit here, a notification from another replica, or the net."""
        until = monotonic() + NET
        while not self._stopping and monotonic() < until:
            if self._pause(0.05):
                return
            if next(session.notifies(timeout=0, stop_after=1), None) is not None:
                return

    def _move(self, session: psycopg.Connection[Any], confirmed: int = 0) -> list[Placed]:
        """Give the waiting facts their positions, and note which were confirmed; three round trips in all."""
        try:
            rows = session.execute(_TAKE, prepare=False)
            rows.nextset()
            head = rows.fetchone()
            rows.nextset()
            facts = sorted(rows.fetchall(), key=lambda row: row["id"])
            assert head is not None
            ensured = self._ensured
            position, chain = head["position"], bytes(head["chain"])
            events = []
            for fact in facts:
                position += 1
                text = place(fact.pop("envelope"), head["log"], position, chain)
                chain = chained(chain, text)
                events.append({**fact, "position": position, "body": text, "chain": chain.hex()})
            if events:
                ensured = self._ensure_partition(session, position)
                session.execute(
                    _PLACE,
                    {
                        "events": json.dumps(events),
                        "position": position,
                        "chain": chain,
                        "confirmed": confirmed,
                    },
                )
                session.execute("COMMIT")
            else:
                session.execute("ROLLBACK")
        except BaseException:
            if not session.broken:
                session.rollback()
            raise
        self._ensured, self._position = ensured, position  # now that it is committed, and not before
        return [(each["position"], each["event"], each["type"], each["body"]) for each in events]

    def _ensure_partition(self, session: psycopg.Connection[Any], position: int) -> int:
        """Have a place for `position` and for what follows it; returns the last partition that is there."""
        ahead = (position + PARTITION // 2) // PARTITION
        if ahead <= self._ensured:
            return self._ensured
        for part in (position // PARTITION, ahead):
            session.execute("SELECT ensure_event_partition(%s)", (part * PARTITION,))
        return ahead


def _head(session: psycopg.Connection[Any]) -> dict[str, Any]:
    head = session.execute("SELECT position, published FROM log_head").fetchone()
    assert head is not None
    return dict(head)


def _read(session: psycopg.Connection[Any], after: int, limit: int) -> list[Placed]:
    """What was given positions and never confirmed: by an earlier leader, or by us before a failure."""
    rows = session.execute(
        "SELECT position, event, type, body FROM event WHERE position > %s ORDER BY position LIMIT %s",
        (after, limit),
    ).fetchall()
    return [(row["position"], str(row["event"]), row["type"], row["body"]) for row in rows]


def log_gauges(runtime: Runtime) -> ScrapedGauges:
    """How far the log is and what waits before it, told anew at each scrape."""
    return ScrapedGauges(
        runtime,
        {
            "position": ("ustawi_log_position", "Last position of this service's log"),
            "published": ("ustawi_log_published", "Last position that the broker confirmed"),
            "pending": ("ustawi_outbox_pending", "Facts committed and not yet in the log"),
            "oldest": ("ustawi_outbox_oldest_seconds", "Age of the oldest such fact"),
        },
        lambda tx: tx.all(
            """
            SELECT position, published, waiting.pending, waiting.oldest
            FROM log_head, (SELECT count(*) AS pending,
                                   coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float AS oldest
                            FROM outbox) AS waiting
            """
        ),
        fresh_seconds=0,
    )


class Publisher:
    """Publishes with a whole batch of confirms outstanding."""

    def __init__(self, runtime: Runtime) -> None:
        self._exchange = f"{runtime.name}.events"
        self._broker = Broker(runtime.settings.amqp_uri, transport_options=TRANSPORT_OPTIONS, heartbeat=10)
        self._pending: set[int] = set()
        self._refused = False
        self._tag = 0

    def __enter__(self) -> "Publisher":
        self._broker.connect()
        self._burst = Burst(self._broker.connection)
        self._channel = self._broker.channel()
        self._channel.exchange_declare(self._exchange, type="topic", durable=True, auto_delete=False)
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(*BROKEN):
            self._broker.release()

    def publish(self, batch: Sequence[Placed]) -> None:
        """Publish in order and return once the broker has confirmed every one; raises when it did not."""
        with self._burst.held():
            for _, event, kind, text in batch:
                self._tag += 1
                self._pending.add(self._tag)
                properties = properties_of(delivery_mode=2, message_id=event)
                self._burst.publish(self._channel.channel_id, self._exchange, kind, properties, text.encode())
        until = monotonic() + 10
        while self._pending:
            if self._refused or monotonic() > until:
                raise OSError("the broker did not take the events")
            self._broker.drain_events(timeout=5)
        if self._refused:
            raise OSError("the broker refused an event")

    def breathe(self) -> None:
        """Keep the quiet connection alive and notice when it is gone."""
        self._broker.heartbeat_check()
        with suppress(TimeoutError):
            self._broker.drain_events(timeout=0.001)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._pending = {pending for pending in self._pending if pending > tag}
        else:
            self._pending.discard(tag)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._refused = True
