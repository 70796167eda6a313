"""What the parcel office publishes."""

from chassis.schemas import Event, fields


class ParcelPosted(Event):
    type = "parcel_posted"
    parcel = fields.Id(required=True)
    weight = fields.Count(required=True)
    example = {"parcel": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f", "weight": 1200}


class ParcelReturned(Event):
    type = "parcel_returned"
    parcel = fields.Id(required=True)
    example = {"parcel": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"}
