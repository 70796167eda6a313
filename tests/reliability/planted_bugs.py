"""Bugs as they are made in systems of this kind, put into a parcel office on purpose: the verdict must find each.

They are put in by `reliability.crashing`, in processes that the harness starts; no code of the services has them.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import eventlet
import psycopg

from chassis import once
from chassis.database import CONNECT, Connection, Database
from chassis.envelope import Event
from chassis.stream import Intake, Place
from chassis.transaction import INSERT_FACTS, Transaction

NOTHING = "nothing"


def plant(name: str) -> None:
    """Have handlers count what they are given, and put one bug in."""
    from parcels.service import SERVICE

    SERVICE.streams[0].handlers["parcel_arrived"] = count  # type: ignore[index]
    BUGS[name]()


def count(tx: Transaction, event: Event) -> None:
    """As far from idempotent as can be: a row for each time that it is called."""
    tx.run("INSERT INTO passage VALUES (%(position)s, %(event)s)", position=event.position, event=event.id)


def publish_before_commit() -> None:
    """The facts leave by a connection of their own, before the transaction that makes them true has committed."""
    take = Transaction.take_facts

    def leave(self: Transaction) -> list[dict[str, Any]]:
        facts = take(self)
        with psycopg.connect(self.runtime.settings.database_dsn, autocommit=True, **CONNECT) as other:
            other.execute(INSERT_FACTS, {"facts": json.dumps(facts)})
        return facts

    Transaction.take_facts = leave  # type: ignore[method-assign]
    Transaction.flush = lambda self: [fact["event"] for fact in self.take_facts()]  # type: ignore[method-assign]
    assert INSERT_FACTS in once._WRITE, "commands write their facts elsewhere by now"
    once._WRITE = once._WRITE.replace(INSERT_FACTS, "SELECT %(facts)s::json")


def ack_before_commit() -> None:
    """A request is answered and acknowledged, and its transaction commits a moment later."""
    transaction, write = Database.transaction, once._write
    of_requests: set[Connection] = set()

    def noted(runtime: Any, connection: Connection, done: Any) -> None:
        write(runtime, connection, done)
        of_requests.add(connection)

    @contextmanager
    def hasty(self: Database, *, read_only: bool = False) -> Iterator[Connection]:
        if read_only:
            with transaction(self, read_only=True) as connection:
                yield connection
            return
        connection = self._pool.getconn()
        try:
            yield connection
        except BaseException:
            of_requests.discard(connection)
            connection.rollback()
            self._pool.putconn(connection)
            raise

        def commit(after: float) -> None:
            eventlet.sleep(after)
            connection.commit()
            self._pool.putconn(connection)

        if connection in of_requests:
            of_requests.discard(connection)
            eventlet.spawn(commit, 0.05)
        else:
            commit(0)

    once._write = noted
    Database.transaction = hasty  # type: ignore[method-assign,assignment]


def position_before_effect() -> None:
    """What acknowledges an event, the position, is committed first, and then the event is handled."""

    def hasty(self: Intake, events: Sequence[Event], how: str) -> tuple[dict[str, int], int]:
        with self._runtime.database.transaction() as connection:
            place = self._lock(connection)
            fresh = [event for event in events if event.position > place.position]
            if not fresh:
                return {}, place.position
            connection.execute(
                "UPDATE stream_position SET log = %s, position = %s, chain = %s WHERE source = %s",
                (fresh[-1].log, fresh[-1].position, fresh[-1].chain, self.source),
            )
        with self._runtime.database.transaction() as connection:
            self._stream.apply(self._transaction(connection, fresh[-1]), fresh)
        return {"applied": len(fresh)}, fresh[-1].position

    Intake._take = hasty  # type: ignore[method-assign,assignment]


def handlers_repeat() -> None:
    """What comes again is handled again: the handlers rely on nothing but coming once."""
    take, lock = Intake._take, Intake._lock

    def forgetful(self: Intake, events: Sequence[Event], how: Any) -> Any:
        self._first = events[0]  # type: ignore[attr-defined]
        return take(self, events, how)

    def set_back(self: Intake, connection: Connection) -> Place:
        place, first = lock(self, connection), self._first  # type: ignore[attr-defined]
        if place.position < first.position:
            return place
        return replace(place, position=first.position - 1, chain=first.previous)

    Intake._take = forgetful  # type: ignore[method-assign]
    Intake._lock = set_back  # type: ignore[method-assign]


BUGS = {
    NOTHING: lambda: None,
    "publish_before_commit": publish_before_commit,
    "ack_before_commit": ack_before_commit,
    "position_before_effect": position_before_effect,
    "handlers_repeat": handlers_repeat,
}
