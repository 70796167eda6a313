"""Brings a stream back to a source that was restored: copies are made again, and facts that are no more put aside.

A copy is made again from the source's whole history, in one transaction: whoever reads sees the old copy or the new
one and never half of one. A service that keeps the facts themselves goes back to the last one that both have, puts
those behind it aside for people to enter again, and makes what it derives from them anew.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from psycopg import sql

from chassis.database import Connection, lock_key
from chassis.envelope import CHAIN_START, Event, parse
from chassis.errors import Unavailable
from chassis.transaction import Transaction

if TYPE_CHECKING:
    from chassis.runtime import Runtime
    from chassis.stream import Handler, Stream

_log = logging.getLogger(__name__)

PAGE = 500


@dataclass(frozen=True)
class Copies:
    """What a service copies from a source: `tables` hold that and nothing else, `handlers` fill them.

    The handlers may have no effect beyond the copy: the history had its effects when it was new. What must follow from
    the copy as a whole is done once by `settle`, at the end.
    """

    tables: tuple[str, ...]
    handlers: Mapping[str, "Handler"]
    settle: Callable[[Transaction], None] | None = None


class Kept(Protocol):
    """How a service keeps a source's events themselves, so that it can tell which of them are no more."""

    def text(self, tx: Transaction, source: str, position: int) -> str | None:
        """The event that it has at a position, as it was published."""

    def put_aside(self, tx: Transaction, source: str, after: int) -> int:
        """Take what stands behind a position out of its facts, to be listed as lost; returns how many."""

    def make_again(self, runtime: "Runtime") -> None:
        """Make everything that is derived from the facts anew."""


class Asks(Protocol):
    """Whatever can ask another service."""

    def query(self, service: str, method: str, body: Mapping[str, Any] | None = None, **how: Any) -> Any: ...


class Reconciliation:
    """One stream's way back. It can be begun again at any time: what was done is found done."""

    def __init__(self, runtime: "Runtime", stream: "Stream", clients: Asks) -> None:
        self._runtime, self._stream, self._clients = runtime, stream, clients
        self._source = stream.source

    def run(self, by: str) -> None:
        """Bring the stream back and let it go on; `Unavailable` where the source or the database is away."""
        with self._alone():
            head = self._clients.query(self._source, "log_head")
            upto = self._common_end(head)
            if self._stream.kept is not None:
                upto = self._last_in_common(upto)
                self._go_back(upto, head, by)
            if self._stream.copies is not None:
                self._fetch(upto)
                self._copy_again(head, by)
            if self._stream.kept is not None:
                self._stream.kept.make_again(self._runtime)
            with self._runtime.work() as tx:
                tx.run("DELETE FROM stream_history WHERE source = %(source)s", source=self._source)
                tx.run(
                    "UPDATE stream_position SET forked = NULL WHERE source = %(source)s", source=self._source
                )
        _log.info("the stream of %s was reconciled and goes on from %s", self._source, upto)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Replicas stand still side by side: one of them works, for as long as this transaction lasts."""
        with self._runtime.work() as tx:
            tx.run("SET LOCAL idle_in_transaction_session_timeout = 0")
            if not tx.value(
                "SELECT pg_try_advisory_xact_lock(%(key)s)",
                key=lock_key(f"{self._runtime.name} reconciles {self._source}"),
            ):
                raise Unavailable("busy", "Another process reconciles this stream now.")
            if not tx.value(
                "SELECT forked IS NOT NULL FROM stream_position WHERE source = %(source)s",
                source=self._source,
            ):
                raise Unavailable("reconciled", "Another process has reconciled this stream.")
            yield

    def _common_end(self, head: Mapping[str, Any]) -> int:
        """Where the log that was read ended, if the source says so, else its head; never behind what was read.

        Up to here the history is applied without effects, for it had them; what came after goes the usual way.
        """
        with self._runtime.work() as tx:
            place = tx.one(
                "SELECT log::text, position FROM stream_position WHERE source = %(source)s",
                source=self._source,
            )
        assert place is not None  # `_alone` has seen it
        ends = {each["log"]: each["upto"] for each in head.get("earlier", [])}
        return int(min(head["position"], place["position"], ends.get(place["log"], head["position"])))

    # -- Facts that are kept

    def _last_in_common(self, head: int) -> int:
        """The last position at which source and keeper have the same event; by the chain all before are the same."""
        low, high = 0, min(head, self._runtime.read_so_far(self._source))
        while low < high:
            middle = (low + high + 1) // 2
            if self._same(middle):
                low = middle
            else:
                high = middle - 1
        return low

    def _same(self, position: int) -> bool:
        assert self._stream.kept is not None
        with self._runtime.work() as tx:
            ours = self._stream.kept.text(tx, self._source, position)
        theirs = self._clients.query(
            self._source, "events_after", {"position": position - 1, "limit": 1}, timeout=10
        )["events"]
        return bool(theirs) and theirs[0] == ours

    def _go_back(self, position: int, head: Mapping[str, Any], by: str) -> None:
        """Put aside what the source no longer has, and stand where both are the same."""
        kept = self._stream.kept
        assert kept is not None
        with self._runtime.work() as tx:
            _take_your_time(tx)
            place = self._lock(tx)
            lost = kept.put_aside(tx, self._source, position)
            for table in ("parked_event", "stream_try"):
                tx.run(
                    f"DELETE FROM {table} WHERE source = %(source)s AND position > %(position)s",  # noqa: S608 - two fixed names
                    source=self._source,
                    position=position,
                )
            text = kept.text(tx, self._source, position) if position else None
            self._stand(tx, parse(text) if text else None, head)
            if lost or place["position"] != position:
                self._record(tx, place, position, lost, by)
        _log.warning("%s facts of %s were put aside behind position %s", lost, self._source, position)

    # -- Copies

    def _fetch(self, upto: int) -> None:
        """Have the source's history at hand before the transaction that needs it: no question is asked inside."""
        position = 0
        with self._runtime.work() as tx:
            tx.run("DELETE FROM stream_history WHERE source = %(source)s", source=self._source)
        while position < upto:
            page = self._clients.query(
                self._source,
                "events_after",
                {"position": position, "limit": min(PAGE, upto - position)},
                timeout=10,
            )
            events = [parse(text) for text in page["events"]]
            if not events or events[0].position != position + 1:
                raise Unavailable("gap_open", "The source's log has a hole here.")
            with self._runtime.work() as tx:
                tx.many(
                    "INSERT INTO stream_history VALUES (%(source)s, %(position)s, %(body)s)",
                    [
                        {"source": self._source, "position": event.position, "body": event.raw}
                        for event in events
                    ],
                )
            position = events[-1].position

    def _copy_again(self, head: Mapping[str, Any], by: str) -> None:
        """Empty the copies, fill them from the history, and stand at its end: all in one transaction."""
        from chassis.stream import Intake

        copies = self._stream.copies
        assert copies is not None
        intake = Intake(
            self._runtime, replace(self._stream, handlers=copies.handlers, batch=None, land=None, kept=None)
        )
        with self._runtime.work() as tx:
            _take_your_time(tx)
            place = self._lock(tx)
            if self._stream.kept is None:  # parked by a history that is no more: judged anew
                for table in ("parked_event", "stream_try"):
                    tx.run(f"DELETE FROM {table} WHERE source = %(source)s", source=self._source)  # noqa: S608
            for table in copies.tables:
                tx.connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            last = None
            for events in self._history(tx):
                _must_continue(last, events)
                intake.replay(tx.connection, events)
                last = events[-1]
            if copies.settle is not None:
                copies.settle(tx)
            if self._stream.kept is None:
                self._stand(tx, last, head)
                self._record(tx, place, last.position if last else 0, 0, by)

    def _history(self, tx: Transaction) -> Iterator[list[Event]]:
        position = 0
        while rows := tx.all(
            """
            SELECT position, body FROM stream_history WHERE source = %(source)s AND position > %(position)s
            ORDER BY position LIMIT %(limit)s
            """,
            source=self._source,
            position=position,
            limit=PAGE,
        ):
            yield [parse(row["body"]) for row in rows]
            position = rows[-1]["position"]

    # -- The place in the source's log

    def _lock(self, tx: Transaction) -> dict[str, Any]:
        place = tx.one(
            "SELECT log, position FROM stream_position WHERE source = %(source)s FOR UPDATE",
            source=self._source,
        )
        assert place is not None  # `_alone` has seen it
        return place

    def _stand(self, tx: Transaction, last: Event | None, head: Mapping[str, Any]) -> None:
        tx.run(
            """
            UPDATE stream_position
            SET log = %(log)s, position = %(position)s, chain = %(chain)s, event_time = %(time)s, moved_at = now()
            WHERE source = %(source)s
            """,
            source=self._source,
            log=last.log if last else head["log"],
            position=last.position if last else 0,
            chain=last.chain if last else CHAIN_START,
            time=last.time if last else None,
        )

    def _record(self, tx: Transaction, place: Mapping[str, Any], forked_at: int, lost: int, by: str) -> None:
        tx.run(
            """
            INSERT INTO reconciliation (source, log, position, forked_at, lost, wanted_by)
            VALUES (%(source)s, %(log)s, %(position)s, %(forked_at)s, %(lost)s, %(by)s)
            """,
            source=self._source,
            log=place["log"],
            position=place["position"],
            forked_at=forked_at,
            lost=lost,
            by=by,
        )


def _take_your_time(tx: Transaction) -> None:
    tx.run("SET LOCAL statement_timeout = 0")
    tx.run("SET LOCAL lock_timeout = '60s'")


def _must_continue(last: Event | None, events: Sequence[Event]) -> None:
    position, chain = (last.position, last.chain) if last else (0, CHAIN_START)
    for event in events:
        if event.position != position + 1 or event.previous != chain:
            raise Unavailable(
                "history_moved", "The source's log changed while it was read; it is read again."
            )
        position, chain = event.position, event.chain


def note_failure(connection: Connection, source: str, why: str) -> None:
    """Let operations see why a reconciliation gave up; it is tried again when somebody asks again."""
    connection.execute(
        """
        UPDATE stream_position SET forked = (forked - 'wanted_by') || jsonb_build_object('failed', %s::text)
        WHERE source = %s AND forked IS NOT NULL
        """,
        (why, source),
    )
