"""What is asked of lost facts, and what is answered."""

from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class LostFactsIn(Schema):
    source = fields.Text(max=40)
    after = fields.Count(max=2**53, load_default=0)  # the last `number` of the page before
    limit = fields.Count(min=1, max=200, load_default=100)
    example = {"source": "loans", "limit": 100}


class LostFactOut(Schema):
    number = fields.Count(max=2**53)
    source = fields.Text()
    log = fields.Id()
    position = fields.Count(max=2**53)
    event = fields.Id()
    type = fields.Text()
    subject = fields.Text()
    actor = fields.Text()
    command = fields.Text()  # its command_id, where a command caused it
    recorded_at = fields.Moment()
    lost_at = fields.Moment()
    body = fields.Text(max=1_000_000)  # as it was published
    example = {
        "number": 1,
        "source": "loans",
        "log": _ID,
        "position": 4711,
        "event": _ID,
        "type": "repayment_recorded",
        "subject": _ID,
        "actor": "officer.asha",
        "command": _ID,
        "recorded_at": "2026-01-31T09:00:00+00:00",
        "lost_at": "2026-02-01T02:00:00+00:00",
        "body": '{"specversion":"1.0"}',
    }


class LostFactsOut(Schema):
    facts = fields.Items(fields.Nested(LostFactOut), max=200)
    total = fields.Count(max=2**53)  # of all sources
    example = {"facts": [LostFactOut.example], "total": 1}
