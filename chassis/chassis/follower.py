"""Follows one source: its queue, its gaps, its head; one greenlet and one connection of its own.

A source that is down stops nobody else. What the queue loses, the source's log still has: a gap is healed by
`events_after`, and since a lost *last* event shows no gap, the source is asked for its head at the start, after
each new subscription and every few seconds.
"""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import amqp
import eventlet
import psycopg
from kombu import Connection as Broker

from chassis import metrics
from chassis.burst import Burst
from chassis.client import TRANSPORT_OPTIONS, Clients
from chassis.envelope import Event, Undecodable, parse
from chassis.errors import ChassisError, Unavailable
from chassis.logs import fault
from chassis.reconcile import Reconciliation, note_failure
from chassis.runtime import Runtime
from chassis.stream import TRANSIENT, Forked, Gap, Intake, Stopped, Stream

_log = logging.getLogger(__name__)

PREFETCH = 2000
BATCH = 500
HEAD_EVERY = 10.0  # seconds between questions for the source's head
SETTLE_EVERY = 0.5  # seconds between looks at what operations asked for parked events
PAGE = 500  # events asked for at once when healing
QUEUE_ARGUMENTS = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-max-length": 200_000,  # a bound for the broker's sake: what it drops, the log heals
    "x-overflow": "drop-head",
}


class _Stop(Exception):
    """The service stops."""


class Follower:
    """Keeps this service's copy of one source's facts up to date; `run` in a greenlet of its own."""

    def __init__(self, runtime: Runtime, stream: Stream, clients: Clients) -> None:
        self._runtime = runtime
        self._stream = stream
        self._clients = clients
        self._intake = Intake(runtime, stream)
        self.source = stream.source
        self.queue = f"{runtime.name}.from.{stream.source}"
        self._dead = f"{runtime.name}.dead"
        self._stopping = False
        self._careful_until: int | None = None
        self._careful_window = 1
        self._began = False
        self._logs: dict[UUID, float] = {}  # the source's logs, as it last told, each with its end

    def stop(self) -> None:
        self._stopping = True

    def run(self) -> None:
        wait = 0.1
        while not self._stopping:
            try:
                self._follow()
            except _Stop:
                break
            except Forked as fork:
                _log.error(
                    "the log of %s forked %s; its stream stands still until reconciled", self.source, fork
                )
                self._stand_still(metrics.STREAM_FORKED, "forked", partial(self._intake.mark_fork, fork))
            except Stopped as why:
                _log.error("the stream of %s stopped: %s", self.source, why)
                self._stand_still(metrics.STREAM_STOPPED, "stopped", partial(self._intake.stop, str(why)))
            except Exception as error:  # whatever it is, one source stops nobody else
                _log.warning("the stream of %s breaks off and starts again: %s", self.source, fault(error))
                self._sleep(wait)
                wait = min(wait * 2, 5.0)
                continue
            wait = 0.1
        if self._began:
            try:
                self._intake.ended()
            except (psycopg.Error, ChassisError):
                _log.warning("could not note the clean end of the stream of %s", self.source)

    def _begin(self) -> None:
        """Before the first event of this run; a replica that only stands by notes no run."""
        if self._began:
            return
        clean = self._intake.began()
        if not clean:
            _log.warning("the last run did not end cleanly: the next events of %s go with care", self.source)
            self._careful_until = (
                self._intake.place().position + BATCH
            )  # what killed it was in its last batch
        self._began = True

    def _sleep(self, seconds: float) -> None:
        until = monotonic() + seconds
        while not self._stopping and monotonic() < until:
            eventlet.sleep(min(0.1, max(0.0, until - monotonic())))

    def _stand_still(self, gauge: Any, mark: str, note: Callable[[], None]) -> None:
        """Until a person has reconciled or resumed: nothing is consumed, the queue and the log keep it all."""
        gauge.labels(self.source).set(1)
        noted = False
        while not self._stopping:
            try:
                if not noted:
                    note()
                    noted = True
                self._sleep(2)
                if mark == "forked":
                    self._reconcile()
                if getattr(self._intake.place(), mark) is None:
                    gauge.labels(self.source).set(0)
                    return
            except (psycopg.Error, ChassisError):
                self._sleep(2)

    def _reconcile(self) -> None:
        """Come back to the source's log, once a person has asked for it."""
        forked = self._intake.place().forked or {}
        if "wanted_by" not in forked:
            return
        try:
            Reconciliation(self._runtime, self._stream, self._clients).run(forked["wanted_by"])
            self._careful_until = None
        except (Unavailable, *TRANSIENT) as error:  # asked once, it is tried until the source answers
            _log.info("reconciling %s waits: %s", self.source, fault(error))
        except Exception as error:
            _log.error("reconciling %s failed: %s", self.source, fault(error))
            with self._runtime.database.transaction() as connection:
                note_failure(connection, self.source, fault(error))

    # -- The queue

    def _follow(self) -> None:
        with Broker(
            self._runtime.settings.amqp_uri, transport_options=TRANSPORT_OPTIONS, heartbeat=10
        ) as broker:
            broker.connect()
            Burst(broker.connection)
            channel = broker.channel()
            # Bodies as the bytes that they are: also what is no text, whatever it says of itself, is put aside.
            channel.auto_decode = False
            received: list[Any] = []
            if self._intake.place().unsure:
                self._ask_head(must=True)
            self._subscribe(channel, received)
            for gauge in (metrics.STREAM_FORKED, metrics.STREAM_STOPPED):
                gauge.labels(self.source).set(0)
            head_asked, settled = self._ask_head(), 0.0
            while True:
                if self._stopping:
                    raise _Stop
                self._gather(broker, received)
                if received:
                    batch = received[:BATCH]
                    del received[:BATCH]
                    self._take(channel, batch)
                    channel.basic_ack(batch[-1].delivery_tag, multiple=True)
                if monotonic() - settled > SETTLE_EVERY:
                    self._intake.redrive()
                    self._count_parked()
                    settled = monotonic()
                if monotonic() - head_asked > HEAD_EVERY:
                    head_asked = self._ask_head()

    def _subscribe(self, channel: Any, received: list[Any]) -> None:
        # The source's own to declare: until it has, this breaks off and starts again.
        exchange = f"{self.source}.events"
        channel.exchange_declare(exchange, type="topic", durable=True, auto_delete=False, passive=True)
        channel.queue_declare(self.queue, durable=True, auto_delete=False, arguments=QUEUE_ARGUMENTS)
        channel.queue_bind(self.queue, exchange, "#")
        channel.basic_qos(0, PREFETCH, False)
        channel.basic_consume(self.queue, callback=received.append, on_cancel=_cancelled)

    def _gather(self, broker: Broker, received: list[Any]) -> None:
        """Wait up to half a second for the first message, then take what has arrived with it."""
        try:
            broker.drain_events(timeout=0.5)
            while len(received) < BATCH:
                broker.drain_events(timeout=0.0005)
        except TimeoutError:
            broker.heartbeat_check()

    def _take(self, channel: Any, messages: list[Any]) -> None:
        events = []
        for message in messages:
            try:
                event = parse(message.body)
                if event.source != self.source:
                    raise Undecodable("of another source")
                events.append(event)
            except Undecodable:
                self._bury(channel, message)
        events = self._still_true(events)
        if events:
            self._apply(sorted(events, key=lambda event: event.position))

    def _still_true(self, events: list[Event]) -> list[Event]:
        """Without what the source has lost by a restore: it may wait in the queue for long after.

        Of a log that it does not know itself, for it was restored to a moment before that log, all is lost.
        """
        unknown = float("inf")
        strange = {event.log for event in events} - self._logs.keys()
        if strange:
            place = self._intake.place()
            if place.log is not None and strange != {place.log}:
                self._ask_head(must=True)
                unknown = 0
        true = [event for event in events if event.position <= self._logs.get(event.log, unknown)]
        if len(true) < len(events):
            metrics.STREAM_EVENTS.labels(self.source, "abandoned").inc(len(events) - len(true))
        return true

    def _apply(self, events: list[Event]) -> None:
        self._begin()
        while events:
            try:
                taken = _contiguous(events)
                if self._careful_until is not None and events[0].position <= self._careful_until:
                    taken = self._take_with_care(taken)
                else:
                    self._careful_until = None
                    self._intake.take(taken)
                events = events[len(taken) :]
            except Gap as gap:
                _log.info("healing %s: %s", self.source, gap)
                self._heal(gap.upto)
                if self._intake.place().position < gap.upto:
                    raise Unavailable("gap_open", "The source does not have these events yet.") from None

    def _take_with_care(self, events: list[Event]) -> list[Event]:
        """Take the first of what may hold a killer: one alone, then two, then four; returns what was taken.

        Should the process die of one among several, the next run begins before it and with one alone again: so it
        is found in a few more deaths, and those that are harmless do not fall ever further behind their source.
        """
        window = events[: self._careful_window]
        if len(window) == 1:
            self._intake.take_with_care(window[0])
        else:
            self._intake.take(window)
        self._careful_window *= 2
        return window

    def _bury(self, channel: Any, message: Any) -> None:
        """Keep an undecodable message where a person can look at it; its position is healed from the log."""
        if not getattr(channel, "_confirms", False):
            channel.queue_declare(self._dead, durable=True, auto_delete=False)
            channel.queue_bind(self._dead, self._dead)
            channel.confirm_select()
            channel._confirms = True
        channel.basic_publish_confirm(
            channel.prepare_message(
                message.body or b"",
                content_type=message.properties.get("content_type") or "application/octet-stream",
                headers={"reason": "undecodable", "source": self.source},
                properties={"delivery_mode": 2},
            ),
            exchange=self._dead,
        )
        metrics.DEAD_LETTERS.labels(self.source).inc()
        _log.error("an undecodable message from %s was put aside in %s", self.source, self._dead)

    # -- The log behind the queue

    def _ask_head(self, *, must: bool = False) -> float:
        """Compare with the source's own head; heal what no message will ever tell of.

        A source that is down is passed over, unless its word `must` be had.
        """
        place = self._intake.place()
        if place.forked:
            raise Forked(place.position, "not yet reconciled")
        if place.stopped:
            raise Stopped(place.stopped)
        try:
            head = self._clients.query(self.source, "log_head", tries=1)
        except ChassisError as error:  # a source that is down is not this stream's failure
            _log.info("no head from %s: %s", self.source, error.code)
            if must:
                raise
            return monotonic()
        self._logs = {UUID(each["log"]): each["upto"] for each in head.get("earlier", [])}
        self._logs[UUID(head["log"])] = float("inf")
        metrics.STREAM_LAG.labels(self.source).set(max(0, head["position"] - place.position))
        if place.log is not None and place.position > 0:
            end = self._logs.get(place.log)
            if end is None:
                raise Forked(place.position, "another log")
            if place.position > end:
                raise Forked(int(end), "the source was restored to an earlier moment")
            if head["position"] < place.position:
                raise Forked(head["position"], "the log is shorter than what was read")
            if head["position"] == place.position and head["chain"] != place.chain.hex():
                raise Forked(place.position, "the chain does not fit")
        if head["position"] > place.position:
            self._heal(head["position"])
        reached = self._intake.place()
        metrics.STREAM_LAG.labels(self.source).set(max(0, head["position"] - reached.position))
        if reached.unsure and str(reached.log) == head["log"]:
            self._intake.sure()
        return monotonic()

    def _heal(self, upto: int) -> None:
        for events in self._pages(upto):
            metrics.STREAM_HEALED.labels(self.source).inc(len(events))
            self._apply(events)

    def _pages(self, upto: int) -> Iterator[list[Event]]:
        position = self._intake.place().position
        while position < upto and not self._stopping:
            page = self._clients.query(
                self.source, "events_after", {"position": position, "limit": PAGE}, timeout=10
            )
            events = [parse(text) for text in page["events"]]
            if not events:
                return
            if events[0].position != position + 1:
                raise Unavailable("gap_open", "The source's log has a hole here.")
            yield events
            position = events[-1].position

    def _count_parked(self) -> None:
        with self._runtime.database.transaction(read_only=True) as connection:
            row = connection.execute(
                "SELECT count(*) AS parked FROM parked_event WHERE source = %s", (self.source,)
            ).fetchone()
        metrics.STREAM_PARKED.labels(self.source).set(row["parked"] if row else 0)


def _contiguous(events: list[Event]) -> list[Event]:
    """The first events without a hole: what comes behind a hole waits until it is healed."""
    end = 1
    while end < len(events) and events[end].position <= events[end - 1].position + 1:
        end += 1
    return events[:end]


def _cancelled(consumer_tag: str) -> None:
    """The queue was deleted under us: subscribe anew, and ask for what was missed."""
    raise amqp.exceptions.ConsumerCancelled(consumer_tag)
