"""What every service answers besides its own methods: its log, its place in others' logs, and its troubles.

`log_head`, `events_after` and `positions` are how services catch up with each other; `applied` is how a caller
reads its own writes; the rest is for operations, audited like every command.
"""

import time
from typing import Any
from uuid import UUID

import eventlet

from chassis.call import Call
from chassis.commands import command, query
from chassis.errors import NotFound, Refused, Unavailable
from chassis.operations import Nothing, OperationsEntrypoints
from chassis.rpc import ChassisProvider
from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class LogHeadOut(Schema):
    log = fields.Id()
    position = fields.Count(max=2**53)
    chain = fields.Text(max=64)
    earlier = fields.Anything()  # logs that this one continues after restores: [{log, upto}], the last 100
    example = {"log": _ID, "position": 42, "chain": "e3" * 32, "earlier": []}


class EventsAfterIn(Schema):
    position = fields.Count(required=True, max=2**53)
    limit = fields.Count(min=1, max=500, load_default=500)
    example = {"position": 0, "limit": 500}


class EventsAfterOut(Schema):
    log = fields.Id()
    events = fields.Items(fields.Text(max=1_000_000), max=500)  # the very texts that were published
    example = {"log": _ID, "events": ['{"specversion":"1.0"}']}


class PositionsIn(Schema):
    events = fields.Items(fields.Id(), required=True, min=1, max=5000)
    example = {"events": [_ID]}


class PositionsOut(Schema):
    positions = fields.Anything()  # event id -> position, null while it waits in the outbox
    log = fields.Id()  # what the log is now
    since = fields.Count(max=2**53)  # the position behind which it is this one
    example = {"positions": {_ID: 42}, "log": _ID, "since": 0}


class AppliedIn(Schema):
    source = fields.Text(required=True, max=40)
    events = fields.Items(fields.Id(), required=True, min=1, max=5000)
    wait = fields.Count(min=0, max=5, load_default=5)  # seconds
    example = {"source": "registry", "events": [_ID], "wait": 5}


class AppliedOut(Schema):
    applied = fields.Flag()
    position = fields.Count(max=2**53)
    parked = fields.Items(fields.Id(), max=5000)
    example = {"applied": True, "position": 42, "parked": []}


class ParkedIn(Schema):
    """A page by source and position; `after` goes on behind that position of `source`."""

    source = fields.Text(max=40)
    subject = fields.Text(max=100)
    after = fields.Count(max=2**53)
    limit = fields.Count(min=1, max=500, load_default=100)
    example = {"limit": 100}


class ParkedOut(Schema):
    parked = fields.Anything()
    example = {"parked": [{"source": "registry", "position": 7, "type": "group_verified", "subject": _ID}]}


class SettleIn(Schema):
    source = fields.Text(required=True, max=40)
    subject = fields.Text(required=True, max=100)
    example = {"source": "registry", "subject": _ID}


class SettleOut(Schema):
    source = fields.Text()
    subject = fields.Text()
    events_wanted = fields.Count()
    example = {"source": "registry", "subject": _ID, "events_wanted": 3}


class ResumeIn(Schema):
    source = fields.Text(required=True, max=40)
    example = {"source": "registry"}


class ResumeOut(Schema):
    source = fields.Text()
    resumed = fields.Flag()
    example = {"source": "registry", "resumed": True}


class ReconcileIn(Schema):
    source = fields.Text(required=True, max=40)
    example = {"source": "registry"}


class ReconcileOut(Schema):
    source = fields.Text()
    forked_at = fields.Count(max=2**53)
    example = {"source": "registry", "forked_at": 42}


class StreamsOut(Schema):
    streams = fields.Anything()
    example = {
        "streams": [
            {
                "source": "registry",
                "log": _ID,
                "position": 42,
                "chain": "e3" * 32,
                "parked": 0,
                "forked": None,
                "stopped": None,
            }
        ]
    }


_waiting = 0  # calls of `applied` that hold a worker now
MOST_WAITING = 4


def _positions_at_source(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Wait until the source has given the events positions; and this one has read past them, or the time is up."""
    global _waiting
    service = call.runtime.service
    if body["source"] not in {stream.source for stream in service.streams}:
        raise NotFound("no_such_stream", f"{service.name} does not follow {body['source']}.")
    if _waiting >= MOST_WAITING:
        raise Unavailable("busy", "Too many wait for this already; ask again.")
    until = time.monotonic() + body["wait"]
    question = {"events": [str(event) for event in body["events"]]}
    _waiting += 1
    try:
        while True:
            told = call.rpc(body["source"], "positions", question)
            positions = told["positions"]
            known = {event: position for event, position in positions.items() if position is not None}
            if len(known) == len(positions) or time.monotonic() >= until:
                break
            eventlet.sleep(0.02)
        wanted = max(known.values(), default=0)
        while call.runtime.read_so_far(body["source"]) < wanted and time.monotonic() < until:
            eventlet.sleep(0.01)
        return {"positions": known, "log": told.get("log") if wanted > told.get("since", 0) else None}
    finally:
        _waiting -= 1


class ChassisEntrypoints(OperationsEntrypoints):
    """Mixed into every service class."""

    name: str
    chassis = ChassisProvider()

    @query(Nothing, replies=LogHeadOut, needs="log.read")
    def log_head(self, tx: Any) -> dict[str, Any]:
        """The last position of this service's log, and the chain there."""
        row = tx.one("SELECT log, position, chain FROM log_head")
        earlier = tx.all("SELECT log::text, upto FROM log_renewal ORDER BY renewed_at DESC LIMIT 100")
        return {
            "log": row["log"],
            "position": row["position"],
            "chain": bytes(row["chain"]).hex(),
            "earlier": earlier,
        }

    @query(EventsAfterIn, replies=EventsAfterOut, needs="log.read")
    def events_after(self, tx: Any, position: int, limit: int) -> dict[str, Any]:
        """The events behind a position, as they were published; a page holds at most 800 KB."""
        rows = tx.all(
            """
            SELECT body FROM (
                SELECT position, body, sum(octet_length(body)) OVER (ORDER BY position) AS bytes
                FROM (SELECT position, body FROM event WHERE position > %(position)s
                      ORDER BY position LIMIT %(limit)s) AS page
            ) AS sized
            WHERE bytes <= 800000 OR position = %(position)s + 1
            ORDER BY position
            """,
            position=position,
            limit=limit,
        )
        return {"log": tx.value("SELECT log FROM log_head"), "events": [row["body"] for row in rows]}

    @query(PositionsIn, replies=PositionsOut, needs="log.read")
    def positions(self, tx: Any, events: list[UUID]) -> dict[str, Any]:
        """Where events of this service stand in its log."""
        rows = tx.all("SELECT event, position FROM event WHERE event = ANY(%(events)s)", events=events)
        found = {str(event): None for event in events} | {str(row["event"]): row["position"] for row in rows}
        log = tx.one(
            """
            SELECT log, coalesce((SELECT upto FROM log_renewal ORDER BY renewed_at DESC LIMIT 1), 0) AS since
            FROM log_head
            """
        )
        return {"positions": found, **log}

    @query(AppliedIn, replies=AppliedOut, needs="log.applied", gather=_positions_at_source)
    def applied(
        self, tx: Any, source: str, events: list[UUID], wait: int, gathered: dict[str, Any]
    ) -> dict[str, Any]:
        """Whether this service has taken in another's events; waits up to `wait` seconds for it."""
        place = tx.one(
            "SELECT log::text, position, forked IS NOT NULL AS forked FROM stream_position WHERE source = %(source)s",
            source=source,
        ) or {"log": None, "position": 0, "forked": False}
        known, log = gathered["positions"], gathered["log"]
        # The same positions of a log that its source has left tell nothing.
        same = not place["forked"] and log in (None, place["log"])
        parked = tx.all(
            "SELECT event FROM parked_event WHERE source = %(source)s AND event = ANY(%(events)s)",
            source=source,
            events=events,
        )
        return {
            "applied": same
            and len(known) == len(set(events))
            and place["position"] >= max(known.values())
            and not parked,
            "position": place["position"],
            "parked": [row["event"] for row in parked],
        }

    @query(Nothing, replies=StreamsOut, needs="ops.read")
    def streams(self, tx: Any) -> dict[str, Any]:
        """How far each source was read, and what stands in the way."""
        rows = tx.all(
            """
            SELECT source, log::text, position, encode(chain, 'hex') AS chain, event_time, moved_at, forked, stopped,
                   (SELECT count(*) FROM parked_event p WHERE p.source = s.source) AS parked
            FROM stream_position s ORDER BY source
            """
        )
        return {
            "streams": [
                row | {k: row[k] and row[k].isoformat() for k in ("event_time", "moved_at")} for row in rows
            ]
        }

    @query(ParkedIn, replies=ParkedOut, needs="ops.read")
    def parked(
        self, tx: Any, source: str | None, subject: str | None, after: int | None, limit: int
    ) -> dict[str, Any]:
        """The events that could not be applied, with those that wait behind them."""
        rows = tx.all(
            """
            SELECT source, position, event::text, type, subject, error, attempts, parked_at, wanted
            FROM parked_event
            WHERE (%(source)s::text IS NULL OR source = %(source)s)
              AND (%(subject)s::text IS NULL OR subject = %(subject)s)
              AND (%(after)s::bigint IS NULL OR position > %(after)s)
            ORDER BY source, position LIMIT %(limit)s
            """,
            source=source,
            subject=subject,
            after=after,
            limit=limit,
        )
        return {"parked": [row | {"parked_at": row["parked_at"].isoformat()} for row in rows]}

    @command(SettleIn, replies=SettleOut, needs="ops.redrive")
    def redrive(self, tx: Any, source: str, subject: str) -> dict[str, Any]:
        """Try a parked subject again, from its oldest event on; the stream does it between two batches."""
        return {"source": source, "subject": subject, "events_wanted": _want(tx, source, subject, "redrive")}

    @command(SettleIn, replies=SettleOut, needs="ops.drop")
    def drop(self, tx: Any, source: str, subject: str) -> dict[str, Any]:
        """Give up a parked subject's events here, for good; the source's log keeps them."""
        return {"source": source, "subject": subject, "events_wanted": _want(tx, source, subject, "drop")}

    @command(ResumeIn, replies=ResumeOut, needs="ops.resume")
    def resume_stream(self, tx: Any, source: str) -> dict[str, Any]:
        """Let a stopped stream go on; one that forked needs reconciling instead."""
        row = tx.one("SELECT forked, stopped FROM stream_position WHERE source = %(source)s", source=source)
        if row is None:
            raise NotFound("no_such_stream", f"{self.name} does not follow {source}.")
        if row["forked"] is not None:
            raise Refused("forked", "This log was restored or rewritten; reconcile it first.")
        tx.run("UPDATE stream_position SET stopped = NULL WHERE source = %(source)s", source=source)
        return {"source": source, "resumed": row["stopped"] is not None}

    @command(ReconcileIn, replies=ReconcileOut, needs="ops.reconcile")
    def reconcile_stream(self, tx: Any, source: str) -> dict[str, Any]:
        """Bring a forked stream back to what its source holds now: copies are made again, facts that are no more are
        put aside. The stream does it, and goes on by itself; `streams` shows when, or what hinders."""
        row = tx.one("SELECT forked FROM stream_position WHERE source = %(source)s FOR UPDATE", source=source)
        stream = next((each for each in tx.runtime.service.streams if each.source == source), None)
        if row is None or stream is None:
            raise NotFound("no_such_stream", f"{self.name} does not follow {source}.")
        if row["forked"] is None:
            raise Refused("not_forked", "This stream follows its source; there is nothing to reconcile.")
        if stream.copies is None and stream.kept is None:
            raise Refused(
                "cannot_reconcile", f"{self.name} does not say how to make its copies of {source} again."
            )
        tx.run(
            """
            UPDATE stream_position SET forked = (forked - 'failed') || jsonb_build_object('wanted_by', %(by)s::text)
            WHERE source = %(source)s
            """,
            source=source,
            by=tx.actor.subject,
        )
        return {"source": source, "forked_at": row["forked"]["at"]}


def _want(tx: Any, source: str, subject: str, what: str) -> int:
    wanted: int = tx.run(
        """
        UPDATE parked_event SET wanted = %(what)s, wanted_by = %(by)s
        WHERE source = %(source)s AND subject = %(subject)s
        """,
        what=what,
        by=tx.actor.subject,
        source=source,
        subject=subject,
    )
    if not wanted:
        raise NotFound("not_parked", "Nothing of this subject is parked here.")
    return wanted
