"""What the committees' words take and give. Codes and counts; money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.applications.schemas import STATUSES

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"


class RecommendApplicationIn(Schema):
    """The word of the ward's committee, by its `minutes`; a refusal has a `reason_code`."""

    application = fields.Id(required=True)
    decision = fields.Choice(("recommend", "decline"), required=True)
    on = fields.Day(required=True)
    minutes = fields.Code(required=True, max=60)
    reason_code = fields.Code(max=40)
    expected_version = fields.Count(min=1)
    example = {
        "application": _APPLICATION,
        "decision": "recommend",
        "on": "2025-08-08",
        "minutes": "KMK 3/2025",
    }


class StepTaken(Schema):
    """Where the application stands now, and which step it waits for."""

    application = fields.Id()
    status = fields.Choice(STATUSES)
    next_step = fields.Text()
    version = fields.Count()
    example = {
        "application": _APPLICATION,
        "status": "recommended",
        "next_step": "assessed",
        "version": 2,
    }


class Visit(Schema):
    """The visit form: what was found at the group's place, by the codes of the rules (`loan_steps`)."""

    visited_on = fields.Day(required=True)
    members_met = fields.Count(required=True, max=1000)
    enterprise = fields.Code(required=True, max=40)
    premises = fields.Code(required=True, max=40)
    records = fields.Code(required=True, max=40)
    market = fields.Code(required=True, max=40)
    risks = fields.Items(fields.Code(max=40), max=20, load_default=list)
    example = {
        "visited_on": "2025-08-11",
        "members_met": 5,
        "enterprise": "running",
        "premises": "rented",
        "records": "partial",
        "market": "fair",
        "risks": ["price_fall"],
    }


class AssessApplicationIn(Schema):
    """The technical committee's assessment with its visit form.

    `proposed_amount` is what it would grant where that is less than was asked for; a failed assessment has a
    `reason_code`.
    """

    application = fields.Id(required=True)
    decision = fields.Choice(("pass", "fail"), required=True)
    on = fields.Day(required=True)
    visit = fields.Nested(Visit, required=True)
    proposed_amount = fields.Money()
    reason_code = fields.Code(max=40)
    expected_version = fields.Count(min=1)
    example = {
        "application": _APPLICATION,
        "decision": "pass",
        "on": "2025-08-13",
        "visit": Visit.example,
        "proposed_amount": 12_000_000,
    }
