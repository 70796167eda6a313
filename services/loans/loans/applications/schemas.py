"""What an application's commands and queries take and give. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.fund.model import POTS
from loans.steps.model import STEPS

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"
_WINDOW = "0192f1a0-0000-7000-8000-000000000011"
_MEMBER = "0192f1a0-0000-7000-8000-000000000012"

STATUSES = (
    "submitted",
    "recommended",
    "assessed",
    "approved",
    "contract_signed",
    "rejected",
    "disbursed",
    "closed",
    "withdrawn",
    "lapsed",
)


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
    """`way` is the steps that the application goes through by the rules of its day, in their order."""

    application = fields.Id()
    reference = fields.Text()
    group = fields.Id()
    pot = fields.Choice(POTS)
    amount = fields.Money()
    status = fields.Choice(STATUSES)
    way = fields.Items(fields.Text(), max=10)
    next_step = fields.Choice(STEPS)
    version = fields.Count()
    rule_version = fields.Text()
    example = {
        "application": _APPLICATION,
        "reference": "A-00012-7",
        "group": _GROUP,
        "pot": "youth",
        "amount": 12_000_000,
        "status": "submitted",
        "way": list(STEPS),
        "next_step": "recommended",
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
    """`sign_by` or `disburse_by` is the last day of the next step; null where the rules set no term."""

    application = fields.Id()
    status = fields.Choice(STATUSES)
    next_step = fields.Choice(STEPS)
    amount = fields.Money()
    sign_by = fields.Day()
    disburse_by = fields.Day()
    version = fields.Count()
    example = {
        "application": _APPLICATION,
        "status": "approved",
        "next_step": "contract_signed",
        "amount": 12_000_000,
        "sign_by": "2025-09-18",
        "disburse_by": None,
        "version": 4,
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
    """An application in a list; the office has until `next_step_due_on` for its next step, if the rules say so."""

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
    next_step = fields.Choice(STEPS)
    next_step_due_on = fields.Day()
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
        "status": "contract_signed",
        "next_step": "disbursed",
        "next_step_due_on": "2025-10-22",
        "version": 5,
    }


class VisitOut(Schema):
    """What the technical committee found, by the codes of the rules."""

    visited_on = fields.Day()
    members_met = fields.Count()
    enterprise = fields.Text()
    premises = fields.Text()
    records = fields.Text()
    market = fields.Text()
    risks = fields.Items(fields.Text(), max=20)
    proposed_amount = fields.Money()
    passed = fields.Flag()
    example = {
        "visited_on": "2025-08-11",
        "members_met": 5,
        "enterprise": "running",
        "premises": "rented",
        "records": "partial",
        "market": "fair",
        "risks": ["price_fall"],
        "proposed_amount": 12_000_000,
        "passed": True,
    }


class ShareOut(Schema):
    member = fields.Id()
    amount = fields.Money()
    example = {"member": _MEMBER, "amount": 2_400_000}


class ContractOut(Schema):
    """The contract, and for how much each member is liable."""

    number = fields.Text()
    on = fields.Day()
    amount = fields.Money()
    shares = fields.Items(fields.Nested(ShareOut), max=1000)
    example = {
        "number": "MKT 14/2025",
        "on": "2025-08-22",
        "amount": 12_000_000,
        "shares": [ShareOut.example],
    }


class ClockOut(Schema):
    """How long the office had for a step, and what came of it; `met_on` is the day of the step."""

    step = fields.Choice(STEPS)
    since = fields.Day()
    due_on = fields.Day()
    warned_at = fields.Moment()
    breached_at = fields.Moment()
    met_on = fields.Day()
    stopped_on = fields.Day()
    example = {
        "step": "recommended",
        "since": "2025-08-04",
        "due_on": "2025-08-22",
        "warned_at": None,
        "breached_at": None,
        "met_on": "2025-08-08",
        "stopped_on": None,
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
    way = fields.Items(fields.Text(), max=10)
    steps = fields.Items(fields.Nested(StepOut), max=1000)
    assessed_amount = fields.Money()
    ward_minutes = fields.Text()
    visit = fields.Nested(VisitOut)
    contract = fields.Nested(ContractOut)
    clocks = fields.Items(fields.Nested(ClockOut), max=10)
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
        "way": list(STEPS),
        "steps": [StepOut.example],
        "assessed_amount": 12_000_000,
        "ward_minutes": "KMK 3/2025",
        "visit": VisitOut.example,
        "contract": ContractOut.example,
        "clocks": [ClockOut.example],
    }


class ApplicationsIn(Schema):
    """A page of the applications that the caller may see, oldest first; `after` is the last id.

    `next_step` is the step that they wait for; `overdue` are those for whose next step the time is over.
    """

    council = fields.Id()
    ward = fields.Id()
    group = fields.Id()
    pot = fields.Choice(POTS)
    window = fields.Id()
    status = fields.Choice(STATUSES)
    next_step = fields.Choice(STEPS)
    overdue = fields.Flag()
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"council": _COUNCIL, "status": "submitted", "limit": 50}


class ApplicationsOut(Schema):
    applications = fields.Items(fields.Nested(ApplicationLine), max=200)
    after = fields.Id()
    example = {"applications": [ApplicationLine.example], "after": None}
