"""The parcel office itself. It runs as `loans` and follows `registry`: those roles exist in database and broker."""

import os
from typing import Any

from chassis.commands import command, query
from chassis.entrypoints import ChassisEntrypoints
from chassis.errors import Conflict, NotFound, Refused
from chassis.reconcile import Copies
from chassis.schemas import Schema, fields
from chassis.service import Service
from chassis.stream import Stream
from parcels import events

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class PostIn(Schema):
    weight = fields.Money(required=True)  # grams
    label = fields.Text(max=40)
    slowly = fields.Count(max=5000)  # milliseconds that the database takes
    example = {"weight": 1200}


class PostOut(Schema):
    parcel = fields.Id()
    receipt = fields.Receipt("parcel")
    example = {"parcel": _ID, "receipt": "7KQF-2M6P-XW3T-A5HD"}


class ParcelIn(Schema):
    parcel = fields.Id(required=True)
    example = {"parcel": _ID}


class ParcelOut(Schema):
    weight = fields.Count()
    arrivals = fields.Items(fields.Text())
    example = {"weight": 1200, "arrivals": ["Mpanda"]}


class TooHeavy(Exception):
    code, message = "too_heavy", "Split it into parcels of at most 30 kg."


class CounterRpc:
    @command(PostIn, replies=PostOut, needs="parcels.post")
    def post_parcel(self, tx: Any, weight: int, label: str | None, slowly: int | None) -> dict[str, Any]:
        if weight > 30_000:
            raise TooHeavy
        if slowly:
            tx.run("SELECT pg_sleep(%(seconds)s)", seconds=slowly / 1000)
        if label and tx.value("SELECT true FROM parcel WHERE label = %(label)s", label=label):
            raise Conflict("label_taken", "This label is on another parcel.")
        parcel = tx.new_id()
        tx.run(
            "INSERT INTO parcel VALUES (%(parcel)s, %(weight)s, %(label)s, %(now)s)",
            parcel=parcel,
            weight=weight,
            label=label,
            now=tx.now,
        )
        tx.emit(events.ParcelPosted, subject=parcel, version=1, parcel=parcel, weight=weight)
        tx.set_deadline(parcel, "return", tx.now)
        return {"parcel": parcel}

    @query(ParcelIn, replies=ParcelOut, needs="parcels.read")
    def parcel(self, tx: Any, parcel: Any) -> dict[str, Any]:
        row = tx.one("SELECT weight FROM parcel WHERE parcel = %(parcel)s", parcel=parcel)
        if row is None:
            raise NotFound("not_found", "There is no such parcel.")
        arrivals = tx.all(
            "SELECT place FROM arrival WHERE parcel = %(parcel)s ORDER BY position", parcel=parcel
        )
        return {"weight": row["weight"], "arrivals": [arrival["place"] for arrival in arrivals]}

    @query(Schema.from_dict({}, name="AnythingIn"), replies=ParcelOut, needs=None)
    def opening_hours(self, tx: Any) -> dict[str, Any]:
        return {"weight": 0, "arrivals": []}

    @command(ParcelIn, replies=ParcelOut, needs="parcels.post")
    def lose_parcel(self, tx: Any, parcel: Any) -> dict[str, Any]:
        raise RuntimeError(f"the van burned down with {parcel} and Mwajuma's letter in it")

    @command(ParcelIn, replies=ParcelOut, needs="parcels.post")
    def open_parcel(self, tx: Any, parcel: Any) -> dict[str, Any]:
        raise Refused("sealed", "Parcels stay closed.")


def note_arrival(tx: Any, event: Any) -> None:
    """Take in where a parcel arrived; some places are cursed."""
    place = event.data["place"]
    if place == "nowhere" and not tx.value("SELECT to_regclass('nowhere_exists')"):
        raise ValueError("no such place")
    if place == "the end":
        os._exit(9)
    tx.run(
        "INSERT INTO arrival (parcel, place) VALUES (%(parcel)s, %(place)s)",
        parcel=event.subject,
        place=place,
    )


def return_parcel(tx: Any, deadline: Any) -> None:
    tx.emit(events.ParcelReturned, subject=deadline.subject, parcel=deadline.subject)


class ParcelOffice(ChassisEntrypoints, CounterRpc):
    name = "loans"


SERVICE = Service(
    name="loans",
    entrypoints=ParcelOffice,
    events=events,
    streams=[
        Stream(
            "registry",
            {"parcel_arrived": note_arrival},
            copies=Copies(tables=("arrival",), handlers={"parcel_arrived": note_arrival}),
        )
    ],
    deadlines={"return": return_parcel},
    refusals=(TooHeavy,),
)
