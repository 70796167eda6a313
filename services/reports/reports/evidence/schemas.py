"""What is asked of the events behind a figure, and what is answered."""

from chassis.schemas import Schema, fields
from reports.indicators.schemas import PeriodIn, Position

_AREA = "018f4c3e-0000-7000-8000-000000000001"
_EVENT = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90"


class EvidenceIn(PeriodIn):
    name = fields.Code(required=True)
    area = fields.Id(required=True)
    cell = fields.Map(fields.Code(), fields.Text(max=64))  # dimension -> code; none for the whole figure
    after = fields.Id()  # the last event of the page before
    limit = fields.Count(min=1, max=500, load_default=100)
    example = {
        "name": "loans_granted",
        "area": _AREA,
        "fiscal_year": "2025/26",
        "cell": {"pot": "pwd"},
        "limit": 100,
    }


class EvidenceOut(Schema):
    events = fields.Anything()  # [{event, source, log, position, type, subject, time, on}], by id
    next = fields.Id()  # give it as `after` for more; null at the end
    data_as_of = fields.Items(fields.Nested(nested=Position))
    example = {
        "events": [
            {
                "event": _EVENT,
                "source": "loans",
                "log": _LOG,
                "position": 4711,
                "type": "application_approved",
                "subject": _AREA,
                "time": "2026-03-02T08:15:00+00:00",
                "on": "2026-03-02",
            }
        ],
        "next": None,
        "data_as_of": [Position.example],
    }
