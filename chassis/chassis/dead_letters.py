"""The queue of messages that could not be read: looking at them, and carrying out what operations want with them.

Nothing is ever played again from here: whatever a real event said, its position was fetched from the source's log.
A redrive reads a letter with today's code, and lets it go once what it says has been taken in.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import eventlet
from kombu import Connection as Broker
from psycopg import OperationalError

from chassis.client import BROKEN, TRANSPORT_OPTIONS
from chassis.database import Connection, lock_key
from chassis.envelope import Undecodable, parse
from chassis.errors import Unavailable
from chassis.logs import fault
from chassis.runtime import Runtime
from chassis.stream import place_of

_log = logging.getLogger(__name__)

MOST = 500  # letters looked at, at once
LOOK_EVERY = 1.0  # seconds between looks at what operations want
SHOWN = 4000  # characters of a letter


@dataclass(frozen=True)
class Letter:
    """An unreadable message; its id is a digest, so that the same bytes from one source are one letter."""

    id: str
    source: str
    reason: str
    body: bytes
    tag: int

    def told(self) -> dict[str, Any]:
        return {
            "letter": self.id,
            "source": self.source,
            "reason": self.reason,
            "bytes": len(self.body),
            "text": self.body[:SHOWN].decode("utf-8", "backslashreplace"),
        }


@contextmanager
def opened(runtime: Runtime) -> Iterator[tuple[Any, list[Letter]]]:
    """(channel, letters): held back from others while open; what is not acknowledged goes back in its place.

    One at a time: who looks while another holds the letters would find none, and take them for gone.
    """
    with _one_at_a_time(runtime), _taken_out(runtime) as taken:
        yield taken


@contextmanager
def _one_at_a_time(runtime: Runtime) -> Iterator[None]:
    with runtime.database.transaction() as connection:
        try:
            connection.execute(
                "SELECT pg_advisory_xact_lock(%s)", (lock_key(f"{runtime.name} dead letters"),)
            )
        except OperationalError as error:
            raise Unavailable("busy", "Others look at the dead letters; ask again.") from error
        yield


@contextmanager
def _taken_out(runtime: Runtime) -> Iterator[tuple[Any, list[Letter]]]:
    try:
        with Broker(runtime.settings.amqp_uri, transport_options=TRANSPORT_OPTIONS) as broker:
            broker.connect()
            channel = broker.channel()
            channel.auto_decode = False
            yield channel, list(_letters(channel, f"{runtime.name}.dead"))
    except BROKEN as error:
        raise Unavailable("broker_away", "The message broker is away; ask again.") from error


def _letters(channel: Any, queue: str) -> Iterator[Letter]:
    channel.queue_declare(queue, durable=True, auto_delete=False)
    for _ in range(MOST):
        message = channel.basic_get(queue, no_ack=False)
        if message is None:
            return
        headers = message.headers or {}
        source, body = str(headers.get("source", "")), bytes(message.body or b"")
        digest = sha256(source.encode() + b"\0" + body).hexdigest()[:16]
        yield Letter(digest, source, str(headers.get("reason", "")), body, message.delivery_tag)


class Undertaker:
    """Carries out wishes; `run` in a greenlet of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    def run(self) -> None:
        while not self._stopping:
            try:
                self.settle()
            except Exception as error:  # whatever it is, the service goes on
                _log.warning("dead letters could not be settled, and are tried again: %s", fault(error))
            eventlet.sleep(LOOK_EVERY)

    def settle(self) -> int:
        """Carry out what is wanted; returns how many wishes were settled.

        The wishes stay locked meanwhile: another replica would find the letters that we hold gone.
        """
        with self._runtime.database.transaction() as connection:
            wishes = connection.execute(
                """
                SELECT command, letter, wanted FROM dead_letter_wish WHERE outcome IS NULL
                ORDER BY wanted_at, command, letter FOR UPDATE
                """
            ).fetchall()
            if wishes:
                with opened(self._runtime) as (channel, letters):
                    for wish in wishes:
                        self._settle(connection, channel, letters, wish)
        return len(wishes)

    def _settle(
        self, connection: Connection, channel: Any, letters: list[Letter], wish: dict[str, Any]
    ) -> None:
        meant = [letter for letter in letters if letter.id == wish["letter"]]
        outcome = "gone"
        if meant:
            outcome = "dropped" if wish["wanted"] == "drop" else self._read_again(connection, meant[0])
        if outcome in ("dropped", "taken_in"):
            for letter in meant:
                channel.basic_ack(letter.tag)
                letters.remove(letter)
        connection.execute(
            """
            UPDATE dead_letter_wish SET outcome = %(outcome)s, settled_at = now()
            WHERE command = %(command)s AND letter = %(letter)s
            """,
            {**wish, "outcome": outcome},
        )
        _log.info("a dead letter was looked after", extra={"letter": wish["letter"], "outcome": outcome})

    def _read_again(self, connection: Connection, letter: Letter) -> str:
        try:
            event = parse(letter.body)
        except Undecodable:
            return "unreadable"
        if event.source != letter.source:
            return "unreadable"
        place = place_of(connection, event.source)
        return "taken_in" if event.log == place.log and event.position <= place.position else "not_yet"
