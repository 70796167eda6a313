"""An application on its way from the ward to the council's word."""

from chassis.schemas import fields
from loans.events.examples import APPLICATION, MEMBER, PLACE
from loans.events.of_group import OfGroup


class ApplicationSubmitted(OfGroup):
    """A group asked for a loan and meets every criterion. Subject: the application."""

    type = "application_submitted"
    application = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {
        **PLACE,
        "application": APPLICATION,
        "reference": "A-00012-7",
        "amount": 12_000_000,
        "on": "2025-08-04",
    }


class ApplicationRecommended(OfGroup):
    """The ward's committee recommends an application. Subject: the application."""

    type = "application_recommended"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "application": APPLICATION, "on": "2025-08-08"}


class ApplicationAssessed(OfGroup):
    """The technical committee visited a group and would grant `amount`. Subject: the application."""

    type = "application_assessed"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    visited_on = fields.Day(required=True)
    members_met = fields.Count(required=True)
    enterprise = fields.Code(required=True)
    premises = fields.Code(required=True)
    records = fields.Code(required=True)
    market = fields.Code(required=True)
    risks = fields.Items(fields.Code(), required=True, max=20)
    amount = fields.Money(required=True)
    example = {
        **PLACE,
        "application": APPLICATION,
        "on": "2025-08-13",
        "visited_on": "2025-08-11",
        "members_met": 5,
        "enterprise": "running",
        "premises": "rented",
        "records": "partial",
        "market": "fair",
        "risks": ["price_fall"],
        "amount": 12_000_000,
    }


class ApplicationApproved(OfGroup):
    """The council approved a loan; its amount is reserved in the pot. Subject: the application."""

    type = "application_approved"
    application = fields.Id(required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "application": APPLICATION, "amount": 12_000_000, "on": "2025-08-18"}


class ApplicationRejected(OfGroup):
    """Whoever was to take a `step` of an application rejected it, and says why by a code.

    Subject: the application.
    """

    type = "application_rejected"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    step = fields.Code()
    example = {
        **PLACE,
        "application": APPLICATION,
        "on": "2025-08-18",
        "reason_code": "plan_not_viable",
        "step": "approved",
    }


class ContractSigned(OfGroup):
    """The contract of an approved loan was signed: for how much each member is liable. Subject: the application."""

    type = "contract_signed"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    number = fields.Code(required=True)
    amount = fields.Money(required=True)
    shares = fields.Items(
        fields.Nested({"member": fields.Id(required=True), "amount": fields.Money(required=True)}),
        required=True,
        min=1,
        max=1000,
    )
    example = {
        **PLACE,
        "application": APPLICATION,
        "on": "2025-08-22",
        "number": "MKT 14/2025",
        "amount": 12_000_000,
        "shares": [{"member": MEMBER, "amount": 12_000_000}],
    }


class ApplicationWithdrawn(OfGroup):
    """A group no longer wants its loan; `released` was reserved for it. Subject: the application."""

    type = "application_withdrawn"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    released = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "application": APPLICATION,
        "on": "2025-08-25",
        "reason_code": "group_withdrew",
        "released": 12_000_000,
    }


class ApplicationLapsed(OfGroup):
    """The next step was not taken in time, or the group is lost; `released` was reserved for it.

    Subject: the application.
    """

    type = "application_lapsed"
    application = fields.Id(required=True)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    released = fields.Money(required=True, min=0)
    reason_code = fields.Code()
    example = {
        **PLACE,
        "application": APPLICATION,
        "on": "2025-10-19",
        "relates_to": None,
        "released": 12_000_000,
        "reason_code": None,
    }
