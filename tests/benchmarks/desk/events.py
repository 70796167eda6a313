"""What the desk publishes."""

from chassis.schemas import Event, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class ThingEntered(Event):
    type = "thing_entered"
    thing = fields.Id(required=True)
    ward = fields.Id(required=True)
    on = fields.Day(required=True)
    kind = fields.Text(required=True)
    amount = fields.Money(required=True)
    example = {"thing": _ID, "ward": _ID, "on": "2026-02-03", "kind": "youth", "amount": 500_000}
