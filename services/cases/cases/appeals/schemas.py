"""What comes in and goes out about appeals."""

from cases.complaints.schemas import BodyOut
from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"


class AppealComplaintIn(Schema):
    """By an officer who names the `complaint`, or by whoever shows its `receipt`; exactly one of the two."""

    complaint = fields.Id()
    receipt = fields.Text(max=60)
    channel = fields.Code(required=True)
    grounds = fields.Text(max=8000, lines=True)
    appealed_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {
        "complaint": _ID,
        "channel": "letter",
        "grounds": "The tap is locked again.",
        "appealed_at": "2026-03-25T10:00:00+03:00",
    }


class AppealComplaintOut(Schema):
    complaint = fields.Id()
    reference = fields.Text()
    state = fields.Text()
    decide_by = fields.Moment()
    outside_bodies = fields.Items(fields.Nested(nested=BodyOut))
    version = fields.Count()
    example = {
        "complaint": _ID,
        "reference": "M-00031-K",
        "state": "appealed",
        "decide_by": "2026-04-22T21:00:00+00:00",
        "outside_bodies": [BodyOut.example],
        "version": 6,
    }


class DecideAppealIn(Schema):
    complaint = fields.Id(required=True)
    decision = fields.Code(required=True)
    answer_channel = fields.Code(required=True)
    words = fields.Text(max=8000, lines=True)
    decided_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {
        "complaint": _ID,
        "decision": "partly_upheld",
        "answer_channel": "letter",
        "decided_at": "2026-04-10T12:00:00+03:00",
    }


class DecideAppealOut(Schema):
    complaint = fields.Id()
    state = fields.Text()
    in_time = fields.Flag()
    outside_bodies = fields.Items(fields.Nested(nested=BodyOut))
    version = fields.Count()
    example = {
        "complaint": _ID,
        "state": "decided",
        "in_time": True,
        "outside_bodies": [BodyOut.example],
        "version": 7,
    }
