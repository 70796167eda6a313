"""What an application's commands and queries take and give. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.fund.model import POTS

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"
_WINDOW = "0192f1a0-0000-7000-8000-000000000011"

STATUSES = ("submitted", "approved", "rejected", "disbursed", "closed", "withdrawn", "lapsed")


class CriterionOut(Schema):
    """One criterion: met or not, what to do where it is not, and the ids of the members who fail it."""

    criterion = fields.Text()
    met = fields.Flag()
    advice = fields.Text(max=500)
    members = fields.Items(fields.Id(), max=1000)
    example = {"criterion": "members_citizens", "met": True, "advice": None, "members": []}


class EligibilityIn(Schema):
    """`on` is the day that is judged; papers and amount are judged as far as given."""

    group = fields.Id(required=True)
    on = fields.Day(required=True)
    amount = fields.Money()
    minutes = fields.Code(max=60)
    letter = fields.Code(max=60)
    plan = fields.Code(max=60)
    finding = fields.Code(max=60)
    example = {"group": _GROUP, "on": "2025-08-04"}


class EligibilityOut(Schema):
    group = fields.Id()
    on = fields.Day()
    pot = fields.Choice(POTS)
    eligible = fields.Flag()
    rule_version = fields.Text()
    criteria = fields.Items(fields.Nested(CriterionOut), max=50)
    example = {
        "group": _GROUP,
        "on": "2025-08-04",
        "pot": "youth",
        "eligible": True,
        "rule_version": "2024",
        "criteria": [CriterionOut.example],
    }


class SubmitApplicationIn(Schema):
    """A group's application, its papers given by their numbers.

    `minutes` of the meeting that resolved to borrow, `letter` passed by the ward executive officer, `plan`
    where there is no enterprise yet, `finding` where a person with disability applies alone.
    """

    group = fields.Id(required=True)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    product = fields.Code(max=40)
    minutes = fields.Code(max=60)
    letter = fields.Code(max=60)
    plan = fields.Code(max=60)
    finding = fields.Code(max=60)
    example = {
        "group": _GROUP,
        "on": "2025-08-04",
        "amount": 12_000_000,
        "minutes": "MIN 7/2025",
        "letter": "WEO 31/2025",
    }


class SubmitApplicationOut(Schema):
    application = fields.Id()
    reference = fields.Text()
    group = fields.Id()
    pot = fields.Choice(POTS)
    amount = fields.Money()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    rule_version = fields.Text()
    example = {
        "application": _APPLICATION,
        "reference": "A-00012-7",
        "group": _GROUP,
        "pot": "youth",
        "amount": 12_000_000,
        "status": "submitted",
        "version": 1,
        "rule_version": "2024",
    }


class DecideApplicationIn(Schema):
    """The council's decision: `amount` may grant less than was asked for, a rejection has a `reason_code`."""

    application = fields.Id(required=True)
    decision = fields.Choice(("approve", "reject"), required=True)
    on = fields.Day(required=True)
    amount = fields.Money()
    reason_code = fields.Code(max=40)
    expected_version = fields.Count(min=1)
    example = {"application": _APPLICATION, "decision": "approve", "on": "2025-08-18"}


class DecideApplicationOut(Schema):
    application = fields.Id()
    status = fields.Choice(STATUSES)
    amount = fields.Money()
    disburse_by = fields.Day()
    version = fields.Count()
    example = {
        "application": _APPLICATION,
        "status": "approved",
        "amount": 12_000_000,
        "disburse_by": "2025-10-18",
        "version": 2,
    }


class ApplicationIn(Schema):
    application = fields.Id(required=True)
    example = {"application": _APPLICATION}


class StepOut(Schema):
    """A step of an application: who took it (an opaque id), and when."""

    step = fields.Text()
    on = fields.Day()
    actor = fields.Text()
    reason_code = fields.Text()
    example = {"step": "submitted", "on": "2025-08-04", "actor": "officer-31", "reason_code": None}


class ApplicationLine(Schema):
    """An application in a list."""

    application = fields.Id()
    reference = fields.Text()
    group = fields.Id()
    council = fields.Id()
    ward = fields.Id()
    pot = fields.Choice(POTS)
    amount = fields.Money()
    approved_amount = fields.Money()
    window = fields.Id()
    on = fields.Day()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    example = {
        "application": _APPLICATION,
        "reference": "A-00012-7",
        "group": _GROUP,
        "council": _COUNCIL,
        "ward": _WARD,
        "pot": "youth",
        "amount": 12_000_000,
        "approved_amount": 12_000_000,
        "window": _WINDOW,
        "on": "2025-08-04",
        "status": "approved",
        "version": 2,
    }


class ApplicationOut(ApplicationLine):
    """An application with its steps and the judgement as it was made."""

    product = fields.Text()
    minutes = fields.Text()
    letter = fields.Text()
    plan = fields.Text()
    finding = fields.Text()
    rule_version = fields.Text()
    criteria = fields.Items(fields.Nested(CriterionOut), max=50)
    members = fields.Items(fields.Id(), max=1000)
    steps = fields.Items(fields.Nested(StepOut), max=20)
    example = {
        **ApplicationLine.example,
        "product": "standard",
        "minutes": "MIN 7/2025",
        "letter": "WEO 31/2025",
        "plan": None,
        "finding": None,
        "rule_version": "2024",
        "criteria": [CriterionOut.example],
        "members": [_GROUP],
        "steps": [StepOut.example],
    }


class ApplicationsIn(Schema):
    """A page of the applications that the caller may see, oldest first; `after` is the last id."""

    council = fields.Id()
    group = fields.Id()
    status = fields.Choice(STATUSES)
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"council": _COUNCIL, "status": "submitted", "limit": 50}


class ApplicationsOut(Schema):
    applications = fields.Items(fields.Nested(ApplicationLine), max=200)
    after = fields.Id()
    example = {"applications": [ApplicationLine.example], "after": None}
