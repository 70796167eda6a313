"""What is asked of a fact, and what is answered."""

from chassis.schemas import Schema, fields

_EVENT = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90"


class FactIn(Schema):
    event = fields.Id(required=True)
    example = {"event": _EVENT}


class FactOut(Schema):
    event = fields.Id()
    source = fields.Text()
    log = fields.Id()
    position = fields.Count(max=2**53)
    type = fields.Text()
    subject = fields.Text()
    body = fields.Text(max=1_000_000)  # the very text that was published
    example = {
        "event": _EVENT,
        "source": "loans",
        "log": _LOG,
        "position": 4711,
        "type": "application_approved",
        "subject": _EVENT,
        "body": '{"specversion":"1.0"}',
    }


class DigestsIn(Schema):
    """A page of the log that is followed now, by position."""

    source = fields.Code(required=True, max=40)
    after = fields.Count(required=True, max=2**53)
    limit = fields.Count(min=1, max=500, load_default=500)
    example = {"source": "loans", "after": 0, "limit": 500}


class DigestsOut(Schema):
    digests = fields.Anything()  # [{position, digest}]
    example = {"digests": [{"position": 1, "digest": "e3" * 32}]}
