"""What the office's own clocks show: of the same names and shape in every service."""

from chassis.schemas import Event, fields
from loans.events.examples import APPLICATION, WARD


class DeadlineWarned(Event):
    """Three quarters of the time for a step of an application are over (`kind`: the step)."""

    type = "deadline_warned"
    subject_kind = fields.Choice(["application"], required=True)
    # The envelope's own subject takes the short name.
    subject_id = fields.Id(required=True, data_key="subject")
    kind = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    due_at = fields.Moment(required=True)
    example = {
        "subject_kind": "application",
        "subject": APPLICATION,
        "kind": "recommended",
        "country": "TZ",
        "area": WARD,
        "due_at": "2025-08-22T21:00:00+00:00",
    }


class DeadlineBreached(Event):
    """The time for a step of an application is over (`kind`: the step)."""

    type = "deadline_breached"
    subject_kind = fields.Choice(["application"], required=True)
    # The envelope's own subject takes the short name.
    subject_id = fields.Id(required=True, data_key="subject")
    kind = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    due_at = fields.Moment(required=True)
    example = {
        "subject_kind": "application",
        "subject": APPLICATION,
        "kind": "assessed",
        "country": "TZ",
        "area": WARD,
        "due_at": "2025-09-12T21:00:00+00:00",
    }
