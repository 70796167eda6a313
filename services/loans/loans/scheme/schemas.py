"""What suspending and resuming the scheme takes and gives."""

from chassis.schemas import Schema, fields

_AREA = "0192f1a0-0000-7000-8000-000000000005"


class SchemeChangeIn(Schema):
    """`area` is a country, a council, or what lies between; `on` may lie ahead, as announced."""

    area = fields.Id(required=True)
    on = fields.Day(required=True)
    instrument = fields.Code(required=True, max=60)
    example = {"area": _AREA, "on": "2023-04-13", "instrument": "WN 13/04/2023"}


class SchemeChangeOut(Schema):
    area = fields.Id()
    on = fields.Day()
    lending = fields.Choice(("open", "suspended"))
    example = {"area": _AREA, "on": "2023-04-13", "lending": "suspended"}
