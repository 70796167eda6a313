"""The depot that parcels pass through: the source that the parcel office follows. It runs as `registry`."""

from typing import Any

from chassis.commands import command
from chassis.entrypoints import ChassisEntrypoints
from chassis.schemas import Schema, fields
from chassis.service import Service
from parcels import arrivals


class ArriveIn(Schema):
    parcel = fields.Id(required=True)
    places = fields.Items(fields.Text(), required=True, min=1, max=1000)
    example = {"parcel": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f", "places": ["Mpanda"]}


class ArriveOut(Schema):
    parcel = fields.Id()
    example = {"parcel": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"}


class GateRpc:
    @command(ArriveIn, replies=ArriveOut, needs="parcels.post")
    def arrive(self, tx: Any, parcel: Any, places: list[str]) -> dict[str, Any]:
        for place in places:
            tx.emit(arrivals.ParcelArrived, subject=parcel, place=place)
        return {"parcel": parcel}


class Depot(ChassisEntrypoints, GateRpc):
    name = "registry"


SERVICE = Service(name="registry", entrypoints=Depot, events=arrivals)

if __name__ == "__main__":
    from chassis.console import main

    main("parcels.depot:SERVICE")
