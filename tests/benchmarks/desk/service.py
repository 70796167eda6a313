"""The desk itself. It runs as `loans`: that role exists in database and broker."""

from typing import Any

from chassis.commands import command, query
from chassis.entrypoints import ChassisEntrypoints
from chassis.rpc import rpc
from chassis.schemas import Schema, fields
from chassis.service import Service
from desk import events

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class EnterIn(Schema):
    household = fields.Id(required=True)
    ward = fields.Id(required=True)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    kind = fields.Choice(["women", "youth", "pwd"], required=True)
    reference = fields.Code(required=True)
    note = fields.Text(max=500)
    members = fields.Count(min=1, max=200, required=True)
    urgent = fields.Flag()
    seen_at = fields.Moment()
    example = {
        "household": _ID,
        "ward": _ID,
        "on": "2026-02-03",
        "amount": 500_000,
        "kind": "youth",
        "reference": "R-2026/17",
        "note": "Seen at the ward office with both papers.",
        "members": 7,
        "urgent": False,
        "seen_at": "2026-02-03T08:15:00+03:00",
    }


class EnterOut(Schema):
    thing = fields.Id()
    version = fields.Count()
    example = {"thing": _ID, "version": 1}


class ThingIn(Schema):
    thing = fields.Id(required=True)
    example = {"thing": _ID}


class ThingOut(Schema):
    thing = fields.Id()
    amount = fields.Count(max=2**53)
    example = {"thing": _ID, "amount": 500_000}


class DeskRpc:
    @rpc
    def echo(self, **body: Any) -> dict[str, Any]:
        """What the wire and the framework cost, and nothing else."""
        return body

    @command(EnterIn, replies=EnterOut, needs="things.enter")
    def enter(self, tx: Any, ward: Any, on: Any, kind: str, amount: int, **more: Any) -> dict[str, Any]:
        thing = tx.new_id()
        tx.run(
            """
            INSERT INTO thing (thing, household, ward, "on", amount, kind, reference, note, members, urgent, seen_at)
            VALUES (%(thing)s, %(household)s, %(ward)s, %(on)s, %(amount)s, %(kind)s, %(reference)s, %(note)s,
                    %(members)s, %(urgent)s, %(seen_at)s)
            """,
            thing=thing,
            ward=ward,
            on=on,
            kind=kind,
            amount=amount,
            **more,
        )
        tx.emit(
            events.ThingEntered,
            subject=thing,
            version=1,
            thing=thing,
            ward=ward,
            on=on,
            kind=kind,
            amount=amount,
        )
        return {"thing": thing, "version": 1}

    @query(ThingIn, replies=ThingOut, needs="things.read")
    def thing(self, tx: Any, thing: Any) -> dict[str, Any]:
        return tx.one("SELECT thing, amount FROM thing WHERE thing = %(thing)s", thing=thing) or {}


class Desk(ChassisEntrypoints, DeskRpc):
    name = "loans"


SERVICE = Service(name="loans", entrypoints=Desk, events=events)
