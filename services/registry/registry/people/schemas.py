"""What comes in and goes out when somebody is forgotten."""

from chassis.schemas import Schema, fields

_ID = "01936f6a-1c00-7a10-8a10-000000000111"


class ErasePersonIn(Schema):
    """A member or collaborator, by id."""

    person = fields.Id(required=True)
    reason = fields.Choice(
        ["asked_by_person", "retention_ended", "court_order", "entered_in_error"], required=True
    )
    example = dict(person=_ID, reason="asked_by_person")


class ErasePersonOut(Schema):
    person = fields.Id()
    on = fields.Day()
    example = dict(person=_ID, on="2027-01-15")
