"""What comes in and goes out about complaints."""

from cases.people.schemas import SEXES, PersonOut
from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_AREA = "018f4c3e-0000-7000-8000-000000000001"
STATES = ("received", "acknowledged", "answered", "appealed", "decided")


class ComplainantIn(Schema):
    """Who complains, as far as they want to tell."""

    names = fields.Text(max=200)
    sex = fields.Choice(SEXES, load_default="not_recorded")
    phone = fields.Text(max=40)
    email = fields.Text(max=100)
    address = fields.Text(max=500, lines=True)
    example = {"names": "Juma Mwita", "sex": "male", "phone": "0700 000 000"}


class ReceiveComplaintIn(Schema):
    kind = fields.Code(required=True)
    category = fields.Code(required=True)
    channel = fields.Code(required=True)
    area = fields.Id(required=True)
    received_at = fields.Moment()  # now, where left out; the clocks start here, not at data entry
    complainant = fields.Nested(nested=ComplainantIn)  # left out, or without names: anonymous
    anonymous = fields.Flag()
    words = fields.Text(required=True, max=8000, lines=True)
    about = fields.Text(max=500)  # the office or service
    about_officer = fields.Code(max=100)  # the officer, who then never sees or answers it
    private = fields.Flag(load_default=False)  # never to be answered in public, whatever its category
    complex = fields.Flag(load_default=False)
    example = {
        "kind": "malalamiko",
        "category": "service",
        "channel": "phone",
        "area": _AREA,
        "received_at": "2026-03-02T09:15:00+03:00",
        "complainant": ComplainantIn.example,
        "words": "The water point has been locked for two weeks.",
        "about": "Water office",
    }


class ReceiveComplaintOut(Schema):
    complaint = fields.Id()
    reference = fields.Text()
    receipt = fields.Receipt("complaint")  # for the complainant; only its hash is kept
    state = fields.Text()
    anonymous = fields.Flag()
    acknowledge_by = fields.Moment()  # the first moment that is too late
    acknowledge_last_day = fields.Day()  # the day to print on the receipt
    decide_by = fields.Moment()
    decide_last_day = fields.Day()
    version = fields.Count()
    example = {
        "complaint": _ID,
        "reference": "M-00031-K",
        "receipt": "7KQF-2M6P-XW3T-A9HD",
        "state": "received",
        "anonymous": False,
        "acknowledge_by": "2026-03-09T21:00:00+00:00",
        "acknowledge_last_day": "2026-03-09",
        "decide_by": "2026-03-20T21:00:00+00:00",
        "decide_last_day": "2026-03-20",
        "version": 1,
    }


class AcknowledgeComplaintIn(Schema):
    complaint = fields.Id(required=True)
    acknowledged_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {"complaint": _ID, "acknowledged_at": "2026-03-04T11:00:00+03:00"}


class AcknowledgeComplaintOut(Schema):
    complaint = fields.Id()
    state = fields.Text()
    in_time = fields.Flag()
    decide_by = fields.Moment()
    version = fields.Count()
    example = {
        "complaint": _ID,
        "state": "acknowledged",
        "in_time": True,
        "decide_by": "2026-03-20T21:00:00+00:00",
        "version": 2,
    }


class WaitForComplainantIn(Schema):
    complaint = fields.Id(required=True)
    waiting_from = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {"complaint": _ID, "waiting_from": "2026-03-05T10:00:00+03:00"}


class WaitForComplainantOut(Schema):
    complaint = fields.Id()
    waiting = fields.Flag()
    version = fields.Count()
    example = {"complaint": _ID, "waiting": True, "version": 3}


class ResumeComplaintIn(Schema):
    complaint = fields.Id(required=True)
    resumed_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {"complaint": _ID, "resumed_at": "2026-03-09T10:00:00+03:00"}


class ResumeComplaintOut(Schema):
    complaint = fields.Id()
    waiting = fields.Flag()
    acknowledge_by = fields.Moment()
    decide_by = fields.Moment()
    version = fields.Count()
    example = {
        "complaint": _ID,
        "waiting": False,
        "decide_by": "2026-03-25T07:00:00+00:00",
        "version": 4,
    }


class AnswerComplaintIn(Schema):
    complaint = fields.Id(required=True)
    decision = fields.Code(required=True)
    answer_channel = fields.Code(required=True)
    words = fields.Text(max=8000, lines=True)
    answered_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {
        "complaint": _ID,
        "decision": "upheld",
        "answer_channel": "letter",
        "words": "The water point was opened again on 11 March.",
        "answered_at": "2026-03-12T15:00:00+03:00",
    }


class BodyOut(Schema):
    """A body outside the office to which anybody may turn."""

    body = fields.Code()
    names = fields.Map(fields.Text(), fields.Text(max=300))
    example = {
        "body": "human_rights_commission",
        "names": {"en": "Commission for Human Rights and Good Governance"},
    }


class AnswerComplaintOut(Schema):
    """What the answer must tell the complainant: the appeal inside the office and the bodies outside it."""

    complaint = fields.Id()
    state = fields.Text()
    in_time = fields.Flag()
    appeal_by = fields.Moment()
    appeal_last_day = fields.Day()
    outside_bodies = fields.Items(fields.Nested(nested=BodyOut))
    version = fields.Count()
    example = {
        "complaint": _ID,
        "state": "answered",
        "in_time": True,
        "appeal_by": "2026-04-13T21:00:00+00:00",
        "appeal_last_day": "2026-04-13",
        "outside_bodies": [BodyOut.example],
        "version": 5,
    }


class ComplaintIn(Schema):
    complaint = fields.Id(required=True)
    example = {"complaint": _ID}


class PauseOut(Schema):
    waiting_from = fields.Moment()
    resumed_at = fields.Moment()
    example = {"waiting_from": "2026-03-05T07:00:00+00:00", "resumed_at": "2026-03-09T07:00:00+00:00"}


class AnswerOut(Schema):
    decision = fields.Code()
    answer_channel = fields.Code()
    words = fields.Text(max=8000, lines=True)
    answered_at = fields.Moment()
    answered_by = fields.Text()
    in_time = fields.Flag()
    appeal_by = fields.Moment()
    example = {
        "decision": "upheld",
        "answer_channel": "letter",
        "answered_at": "2026-03-12T12:00:00+00:00",
        "answered_by": "officer.5",
        "in_time": True,
        "appeal_by": "2026-04-13T21:00:00+00:00",
    }


class AppealOut(Schema):
    channel = fields.Code()
    grounds = fields.Text(max=8000, lines=True)
    appealed_at = fields.Moment()
    decide_by = fields.Moment()
    decision = fields.Code()
    answer_channel = fields.Code()
    words = fields.Text(max=8000, lines=True)
    decided_at = fields.Moment()
    decided_by = fields.Text()
    in_time = fields.Flag()
    example = {
        "channel": "letter",
        "appealed_at": "2026-03-25T07:00:00+00:00",
        "decide_by": "2026-04-22T21:00:00+00:00",
    }


class ComplaintOut(Schema):
    """A complaint as its officers see it."""

    complaint = fields.Id()
    reference = fields.Text()
    state = fields.Text()
    kind = fields.Code()
    category = fields.Code()
    channel = fields.Code()
    country = fields.Code()
    area = fields.Id()
    place = fields.Id()
    received_at = fields.Moment()
    received_on = fields.Day()
    recorded_at = fields.Moment()
    anonymous = fields.Flag()
    private = fields.Flag()
    complex = fields.Flag()
    words = fields.Text(max=8000, lines=True)
    about = fields.Text(max=500)
    complainant = fields.Nested(nested=PersonOut)
    acknowledge_by = fields.Moment()
    acknowledged_at = fields.Moment()
    acknowledged_in_time = fields.Flag()
    decide_by = fields.Moment()
    waiting = fields.Flag()
    pauses = fields.Items(fields.Nested(nested=PauseOut), max=1000)
    answer = fields.Nested(nested=AnswerOut)
    appeal = fields.Nested(nested=AppealOut)
    outside_bodies = fields.Items(fields.Nested(nested=BodyOut))
    version = fields.Count()
    example = {
        "complaint": _ID,
        "reference": "M-00031-K",
        "state": "received",
        "kind": "malalamiko",
        "category": "service",
        "channel": "phone",
        "country": "TZ",
        "area": _AREA,
        "received_at": "2026-03-02T06:15:00+00:00",
        "received_on": "2026-03-02",
        "anonymous": False,
        "words": "The water point has been locked for two weeks.",
        "acknowledge_by": "2026-03-09T21:00:00+00:00",
        "decide_by": "2026-03-20T21:00:00+00:00",
        "waiting": False,
        "version": 1,
    }


class ComplaintsIn(Schema):
    """A page of the complaints that the caller may know of, in order of entry."""

    area = fields.Id()
    kind = fields.Code()
    category = fields.Code()
    state = fields.Choice(STATES)
    unanswered_past_due = fields.Flag(load_default=False)  # those that still have no answer and are late
    limit = fields.Count(min=1, max=200, load_default=50)
    after = fields.Id()
    example = {"area": _AREA, "unanswered_past_due": True, "limit": 50}


class ComplaintLineOut(Schema):
    """A complaint in a list: no personal words."""

    complaint = fields.Id()
    reference = fields.Text()
    state = fields.Text()
    kind = fields.Code()
    category = fields.Code()
    channel = fields.Code()
    country = fields.Code()
    area = fields.Id()
    received_on = fields.Day()
    anonymous = fields.Flag()
    acknowledge_by = fields.Moment()
    decide_by = fields.Moment()
    waiting = fields.Flag()
    past_due = fields.Flag()
    version = fields.Count()
    example = {
        "complaint": _ID,
        "reference": "M-00031-K",
        "state": "received",
        "kind": "malalamiko",
        "category": "service",
        "channel": "phone",
        "country": "TZ",
        "area": _AREA,
        "received_on": "2026-03-02",
        "anonymous": False,
        "acknowledge_by": "2026-03-09T21:00:00+00:00",
        "decide_by": "2026-03-20T21:00:00+00:00",
        "waiting": False,
        "past_due": True,
        "version": 1,
    }


class ComplaintsOut(Schema):
    complaints = fields.Items(fields.Nested(nested=ComplaintLineOut), max=200)
    next = fields.Id()
    example = {"complaints": [ComplaintLineOut.example], "next": None}


class ComplaintCountsIn(Schema):
    area = fields.Id()
    example = {"area": _AREA}


class ComplaintCountOut(Schema):
    kind = fields.Code()
    state = fields.Text()
    count = fields.Count()
    past_due = fields.Count()
    example = {"kind": "malalamiko", "state": "received", "count": 9, "past_due": 2}


class ComplaintCountsOut(Schema):
    """How many complaints the caller may know of; the same that the lists show."""

    counts = fields.Items(fields.Nested(nested=ComplaintCountOut), max=1000)
    total = fields.Count()
    past_due = fields.Count()
    example = {"counts": [ComplaintCountOut.example], "total": 9, "past_due": 2}


class ComplaintByReceiptIn(Schema):
    receipt = fields.Text(required=True, max=60)
    example = {"receipt": "7KQF-2M6P-XW3T-A9HD"}


class ComplaintByReceiptOut(Schema):
    """What whoever holds the receipt may read: where things stand, what comes next, no personal word."""

    reference = fields.Text()
    kind = fields.Code()
    state = fields.Text()
    next_step = fields.Code()
    received_on = fields.Day()
    acknowledge_by = fields.Moment()
    acknowledge_last_day = fields.Day()
    acknowledged_on = fields.Day()
    decide_by = fields.Moment()
    decide_last_day = fields.Day()
    waiting = fields.Flag()  # for the complainant
    past_due = fields.Flag()
    answered_on = fields.Day()
    decision = fields.Code()
    answer_channel = fields.Code()
    appeal_by = fields.Moment()
    appeal_last_day = fields.Day()
    appealed_on = fields.Day()
    appeal_decide_by = fields.Moment()
    appeal_decide_last_day = fields.Day()
    appeal_decided_on = fields.Day()
    appeal_decision = fields.Code()
    outside_bodies = fields.Items(fields.Nested(nested=BodyOut))
    example = {
        "reference": "M-00031-K",
        "kind": "malalamiko",
        "state": "received",
        "next_step": "office_acknowledges",
        "received_on": "2026-03-02",
        "acknowledge_by": "2026-03-09T21:00:00+00:00",
        "acknowledge_last_day": "2026-03-09",
        "decide_by": "2026-03-20T21:00:00+00:00",
        "decide_last_day": "2026-03-20",
        "waiting": False,
        "past_due": False,
        "outside_bodies": [BodyOut.example],
    }


class ComplaintListsIn(Schema):
    country = fields.Code(required=True, min=2, max=2)
    on = fields.Day()
    example = {"country": "TZ"}


class ComplaintListsOut(Schema):
    """The coded lists and the promised times in force, for whoever offers a form."""

    kinds = fields.Anything()
    decisions = fields.Anything()
    categories = fields.Anything()
    channels = fields.Anything()
    answer_channels = fields.Anything()
    appeal_decisions = fields.Anything()
    appeal_bodies = fields.Anything()
    clocks = fields.Anything()
    example = {
        "kinds": {"malalamiko": {"names": {"en": "Complaint"}, "decisions": ["upheld", "not_upheld"]}},
        "decisions": {"upheld": {"names": {"en": "Upheld"}}},
        "categories": {"service": {"private": False, "names": {"en": "Services"}}},
        "channels": {"phone": {"names": {"en": "Telephone"}}},
        "answer_channels": {"letter": {"public": False, "needs_contact": True, "names": {"en": "Letter"}}},
        "appeal_decisions": {"dismissed": {"names": {"en": "Dismissed"}}},
        "appeal_bodies": {"ethics_commission": {"names": {"en": "Ethics commission"}}},
        "clocks": {"acknowledge": {"length": 5, "unit": "working_days", "pauses": True}},
    }
