"""The facts that this service publishes: ids, codes and figures, never a word that tells who somebody is."""

from chassis.schemas import Event, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_AREA = "018f4c3e-0000-7000-8000-000000000001"


class CaseOpened(Event):
    type = "case_opened"
    case = fields.Id(required=True)
    reference = fields.Text(required=True, max=40)
    category = fields.Code(required=True)
    restricted = fields.Flag(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)  # never below ward
    on = fields.Day(required=True)  # of receipt
    sex = fields.Code(required=True)
    age_band = fields.Text(required=True, max=20)
    example = {
        "case": _ID,
        "reference": "W-00012-7",
        "category": "neglected_elderly",
        "restricted": False,
        "country": "TZ",
        "area": _AREA,
        "on": "2026-03-02",
        "sex": "female",
        "age_band": "60+",
    }


class AssessmentRecorded(Event):
    type = "assessment_recorded"
    case = fields.Id(required=True)
    assessment = fields.Id(required=True)
    category = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    risk = fields.Choice(["none", "low", "high", "danger"], required=True)
    needs = fields.Items(fields.Code(), required=True, max=30)
    example = {
        "case": _ID,
        "assessment": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90",
        "category": "neglected_elderly",
        "country": "TZ",
        "area": _AREA,
        "on": "2026-03-04",
        "risk": "high",
        "needs": ["food", "health_care"],
    }


class DangerAnswered(Event):
    type = "danger_answered"
    case = fields.Id(required=True)
    assessment = fields.Id(required=True)  # the one that found the danger
    category = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    action = fields.Code(required=True)
    in_time = fields.Flag(required=True)
    example = {
        "case": _ID,
        "assessment": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90",
        "category": "abused_child",
        "country": "TZ",
        "area": _AREA,
        "on": "2026-03-05",
        "action": "moved_to_safety",
        "in_time": True,
    }


class CaseClosed(Event):
    type = "case_closed"
    case = fields.Id(required=True)
    category = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    outcome = fields.Code(required=True)
    example = {
        "case": _ID,
        "category": "neglected_elderly",
        "country": "TZ",
        "area": _AREA,
        "on": "2026-05-20",
        "outcome": "needs_met",
    }


class ComplaintReceived(Event):
    type = "complaint_received"
    complaint = fields.Id(required=True)
    reference = fields.Text(required=True, max=40)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    channel = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    received_on = fields.Day(required=True)
    anonymous = fields.Flag(required=True)
    acknowledge_by = fields.Moment(required=True)
    decide_by = fields.Moment(required=True)
    example = {
        "complaint": _ID,
        "reference": "M-00031-K",
        "kind": "malalamiko",
        "category": "service",
        "channel": "phone",
        "country": "TZ",
        "area": _AREA,
        "received_on": "2026-03-02",
        "anonymous": False,
        "acknowledge_by": "2026-03-09T21:00:00+00:00",
        "decide_by": "2026-03-20T21:00:00+00:00",
    }


class ComplaintAcknowledged(Event):
    type = "complaint_acknowledged"
    complaint = fields.Id(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    on = fields.Day(required=True)
    in_time = fields.Flag(required=True)
    example = {
        "complaint": _ID,
        "country": "TZ",
        "area": _AREA,
        "kind": "malalamiko",
        "category": "service",
        "on": "2026-03-04",
        "in_time": True,
    }


class ComplaintAnswered(Event):
    type = "complaint_answered"
    complaint = fields.Id(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    on = fields.Day(required=True)
    decision = fields.Code(required=True)
    answer_channel = fields.Code(required=True)
    in_time = fields.Flag(required=True)
    example = {
        "complaint": _ID,
        "country": "TZ",
        "area": _AREA,
        "kind": "malalamiko",
        "category": "service",
        "on": "2026-03-12",
        "decision": "upheld",
        "answer_channel": "letter",
        "in_time": True,
    }


class ComplaintAppealed(Event):
    type = "complaint_appealed"
    complaint = fields.Id(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    on = fields.Day(required=True)
    decide_by = fields.Moment(required=True)
    example = {
        "complaint": _ID,
        "country": "TZ",
        "area": _AREA,
        "kind": "malalamiko",
        "category": "service",
        "on": "2026-03-25",
        "decide_by": "2026-04-22T21:00:00+00:00",
    }


class AppealDecided(Event):
    type = "appeal_decided"
    complaint = fields.Id(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    on = fields.Day(required=True)
    decision = fields.Code(required=True)
    answer_channel = fields.Code(required=True)
    in_time = fields.Flag(required=True)
    example = {
        "complaint": _ID,
        "country": "TZ",
        "area": _AREA,
        "kind": "malalamiko",
        "category": "service",
        "on": "2026-04-10",
        "decision": "partly_upheld",
        "answer_channel": "letter",
        "in_time": True,
    }


class DeadlineWarned(Event):
    type = "deadline_warned"
    subject_kind = fields.Choice(["complaint", "case"], required=True)
    subject_id = fields.Id(
        required=True, data_key="subject"
    )  # the envelope's own subject takes the short name
    kind = fields.Code(required=True)  # acknowledge, decide, appeal_decide, danger
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    due_at = fields.Moment(required=True)
    example = {
        "subject_kind": "complaint",
        "subject": _ID,
        "kind": "acknowledge",
        "country": "TZ",
        "area": _AREA,
        "due_at": "2026-03-09T21:00:00+00:00",
    }


class DeadlineBreached(Event):
    type = "deadline_breached"
    subject_kind = fields.Choice(["complaint", "case"], required=True)
    subject_id = fields.Id(
        required=True, data_key="subject"
    )  # the envelope's own subject takes the short name
    kind = fields.Code(required=True)
    country = fields.Code(required=True, min=2, max=2)
    area = fields.Id(required=True)
    due_at = fields.Moment(required=True)
    example = {
        "subject_kind": "case",
        "subject": _ID,
        "kind": "danger",
        "country": "TZ",
        "area": _AREA,
        "due_at": "2026-03-05T06:15:00+00:00",
    }


class PersonErased(Event):
    type = "person_erased"
    person = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {"person": _ID, "on": "2027-01-15"}
