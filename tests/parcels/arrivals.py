"""What the depot publishes."""

from chassis.schemas import Event, fields


class ParcelArrived(Event):
    type = "parcel_arrived"
    place = fields.Text(required=True)
    example = {"place": "Mpanda"}
