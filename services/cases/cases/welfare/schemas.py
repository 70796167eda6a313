"""What comes in and goes out about welfare cases."""

from cases.people.schemas import PersonIn, PersonOut
from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_AREA = "018f4c3e-0000-7000-8000-000000000001"
_PERSON = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e91"
_ASSESSMENT = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90"
RISKS = ("none", "low", "high", "danger")
STATES = ("open", "closed")


class OpenCaseIn(Schema):
    """A new case: of `person`, told here, or of `known_person`, who has one already."""

    category = fields.Code(required=True)
    person = fields.Nested(nested=PersonIn)
    known_person = fields.Id()
    estimated_age = fields.Count(min=0, max=130)  # of a known person without a birth date
    story = fields.Text(max=8000, lines=True)
    area = fields.Id(required=True)
    received_on = fields.Day()  # today, where left out
    channel = fields.Code(required=True)
    example = {
        "category": "neglected_elderly",
        "person": PersonIn.example,
        "story": "Lives alone since the flood and has no food for the week.",
        "area": _AREA,
        "received_on": "2026-03-02",
        "channel": "leader",
    }


class OpenCaseOut(Schema):
    case = fields.Id()
    reference = fields.Text()
    person = fields.Id()
    state = fields.Text()
    restricted = fields.Flag()
    age_band = fields.Text()
    worker = fields.Text()
    version = fields.Count()
    example = {
        "case": _ID,
        "reference": "W-00012-7",
        "person": _PERSON,
        "state": "open",
        "restricted": False,
        "age_band": "60+",
        "worker": "officer.17",
        "version": 1,
    }


class AssignCaseIn(Schema):
    """To one `worker`, or to the one with the fewest open cases `among` some."""

    case = fields.Id(required=True)
    worker = fields.Code(max=100)
    among = fields.Items(fields.Code(max=100), min=1, max=200)
    on = fields.Day()
    expected_version = fields.Count(min=1)
    example = {"case": _ID, "among": ["officer.17", "officer.23"], "expected_version": 1}


class AssignCaseOut(Schema):
    case = fields.Id()
    worker = fields.Text()
    version = fields.Count()
    example = {"case": _ID, "worker": "officer.23", "version": 2}


class RecordAssessmentIn(Schema):
    case = fields.Id(required=True)
    risk = fields.Choice(RISKS, required=True)
    needs = fields.Items(fields.Code(), max=30, load_default=list)
    notes = fields.Text(max=8000, lines=True)
    assessed_at = fields.Moment()  # now, where left out
    expected_version = fields.Count(min=1)
    example = {
        "case": _ID,
        "risk": "high",
        "needs": ["food", "health_care"],
        "notes": "Eats once a day; the neighbour helps.",
        "assessed_at": "2026-03-04T10:30:00+03:00",
    }


class RecordAssessmentOut(Schema):
    case = fields.Id()
    assessment = fields.Id()
    danger_by = fields.Moment()  # when a danger must be answered; null where there is none
    version = fields.Count()
    example = {"case": _ID, "assessment": _ASSESSMENT, "danger_by": None, "version": 2}


class AnswerDangerIn(Schema):
    case = fields.Id(required=True)
    action = fields.Code(required=True)
    notes = fields.Text(max=8000, lines=True)
    answered_at = fields.Moment()
    expected_version = fields.Count(min=1)
    example = {
        "case": _ID,
        "action": "moved_to_safety",
        "notes": "With the aunt until the hearing.",
        "answered_at": "2026-03-05T08:00:00+03:00",
    }


class AnswerDangerOut(Schema):
    case = fields.Id()
    assessment = fields.Id()
    in_time = fields.Flag()
    version = fields.Count()
    example = {"case": _ID, "assessment": _ASSESSMENT, "in_time": True, "version": 3}


class CloseCaseIn(Schema):
    case = fields.Id(required=True)
    outcome = fields.Code(required=True)
    reason = fields.Text(required=True, max=2000, lines=True)
    closed_on = fields.Day()
    expected_version = fields.Count(min=1)
    example = {
        "case": _ID,
        "outcome": "needs_met",
        "reason": "Receives the pension since May; the daughter moved in.",
        "closed_on": "2026-05-20",
    }


class CloseCaseOut(Schema):
    case = fields.Id()
    state = fields.Text()
    closed_on = fields.Day()
    version = fields.Count()
    example = {"case": _ID, "state": "closed", "closed_on": "2026-05-20", "version": 4}


class CaseIn(Schema):
    case = fields.Id(required=True)
    example = {"case": _ID}


class AssessmentOut(Schema):
    assessment = fields.Id()
    risk = fields.Text()
    needs = fields.Items(fields.Code())
    notes = fields.Text(max=8000, lines=True)
    assessed_at = fields.Moment()
    on = fields.Day()
    danger_action = fields.Code()  # what was done about a danger, once it was
    danger_answered_at = fields.Moment()
    danger_in_time = fields.Flag()
    example = {
        "assessment": _ASSESSMENT,
        "risk": "high",
        "needs": ["food"],
        "assessed_at": "2026-03-04T07:30:00+00:00",
        "on": "2026-03-04",
    }


class ClosureOut(Schema):
    outcome = fields.Code()
    reason = fields.Text(max=2000, lines=True)
    closed_on = fields.Day()
    example = {"outcome": "needs_met", "closed_on": "2026-05-20"}


class CaseOut(Schema):
    """A case as its officers see it."""

    case = fields.Id()
    reference = fields.Text()
    state = fields.Text()
    category = fields.Code()
    restricted = fields.Flag()
    country = fields.Code()
    area = fields.Id()
    place = fields.Id()
    channel = fields.Code()
    received_on = fields.Day()
    age_band = fields.Text()
    worker = fields.Text()
    story = fields.Text(max=8000, lines=True)
    person = fields.Nested(nested=PersonOut)
    assessments = fields.Items(fields.Nested(nested=AssessmentOut), max=1000)
    danger_by = fields.Moment()
    closure = fields.Nested(nested=ClosureOut)
    version = fields.Count()
    example = {
        "case": _ID,
        "reference": "W-00012-7",
        "state": "open",
        "category": "neglected_elderly",
        "restricted": False,
        "country": "TZ",
        "area": _AREA,
        "channel": "leader",
        "received_on": "2026-03-02",
        "age_band": "60+",
        "worker": "officer.17",
        "person": PersonOut.example,
        "assessments": [AssessmentOut.example],
        "version": 2,
    }


class CasesIn(Schema):
    """A page of the cases that the caller may know of, in order of entry."""

    area = fields.Id()  # with all areas below it
    category = fields.Code()
    group = fields.Code()  # the office's own group of categories; needs `country`
    country = fields.Code(min=2, max=2)
    state = fields.Choice(STATES)
    worker = fields.Code(max=100)
    limit = fields.Count(min=1, max=200, load_default=50)
    after = fields.Id()  # the last case of the page before
    example = {"area": _AREA, "state": "open", "limit": 50}


class CaseLineOut(Schema):
    """A case in a list: no personal words."""

    case = fields.Id()
    reference = fields.Text()
    state = fields.Text()
    category = fields.Code()
    restricted = fields.Flag()
    country = fields.Code()
    area = fields.Id()
    received_on = fields.Day()
    age_band = fields.Text()
    worker = fields.Text()
    risk = fields.Text()  # of the latest assessment
    danger_by = fields.Moment()
    version = fields.Count()
    example = {
        "case": _ID,
        "reference": "W-00012-7",
        "state": "open",
        "category": "neglected_elderly",
        "restricted": False,
        "country": "TZ",
        "area": _AREA,
        "received_on": "2026-03-02",
        "age_band": "60+",
        "worker": "officer.17",
        "risk": "high",
        "version": 2,
    }


class CasesOut(Schema):
    cases = fields.Items(fields.Nested(nested=CaseLineOut), max=200)
    next = fields.Id()  # give it as `after` for the next page; null on the last
    example = {"cases": [CaseLineOut.example], "next": None}


class CaseCountsIn(Schema):
    area = fields.Id()
    example = {"area": _AREA}


class CaseCountOut(Schema):
    category = fields.Code()
    state = fields.Text()
    count = fields.Count()
    example = {"category": "neglected_elderly", "state": "open", "count": 7}


class CaseCountsOut(Schema):
    """How many cases the caller may know of; the same cases that the lists show."""

    counts = fields.Items(fields.Nested(nested=CaseCountOut), max=1000)
    total = fields.Count()
    example = {"counts": [CaseCountOut.example], "total": 7}


class FindCasesIn(Schema):
    """The cases of whoever has a national id or telephone number; exactly one of the two."""

    country = fields.Code(required=True, min=2, max=2)
    national_id = fields.Text(max=40)
    phone = fields.Text(max=40)
    example = {"country": "TZ", "phone": "0700 000 000"}


class FoundCaseOut(CaseLineOut):
    person = fields.Id()  # give it as `known_person` to open another case
    example = {**CaseLineOut.example, "person": _PERSON}


class FindCasesOut(Schema):
    cases = fields.Items(fields.Nested(nested=FoundCaseOut), max=200)
    example = {"cases": [FoundCaseOut.example]}


class CaseListsIn(Schema):
    country = fields.Code(required=True, min=2, max=2)
    on = fields.Day()
    example = {"country": "TZ"}


class CaseListsOut(Schema):
    """The coded lists in force, with their names in the country's languages."""

    categories = fields.Anything()
    groups = fields.Anything()
    channels = fields.Anything()
    needs = fields.Anything()
    danger_actions = fields.Anything()
    outcomes = fields.Anything()
    risks = fields.Items(fields.Code())
    example = {
        "categories": {
            "street_child": {
                "number": 4,
                "names": {"en": "Street child", "sw": "Mtoto wa mtaani"},
                "group": "street_child",
                "restricted": True,
            }
        },
        "groups": {"street_child": {"names": {"en": "Street children"}}},
        "channels": {"phone": {"names": {"en": "Telephone"}}},
        "needs": {"food": {"names": {"en": "Food"}}},
        "danger_actions": {"moved_to_safety": {"names": {"en": "Moved to a safe place"}}},
        "outcomes": {"needs_met": {"names": {"en": "Needs met"}}},
        "risks": list(RISKS),
    }
