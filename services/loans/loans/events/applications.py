"""An application on its way from the ward to the council's word."""

from chassis.schemas import Event, fields
from loans.events.examples import APPLICATION, PLACE
from loans.fund.model import POTS


class ApplicationSubmitted(Event):
    """A group asked for a loan and meets every criterion. Subject: the application."""

    type = "application_submitted"
    application = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {
        **PLACE,
        "application": APPLICATION,
        "reference": "A-00012-7",
        "amount": 12_000_000,
        "on": "2025-08-04",
    }


class ApplicationApproved(Event):
    """The council approved a loan; its amount is reserved in the pot. Subject: the application."""

    type = "application_approved"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "application": APPLICATION, "amount": 12_000_000, "on": "2025-08-18"}


class ApplicationRejected(Event):
    """The council rejected an application, and says why by a code. Subject: the application."""

    type = "application_rejected"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = {**PLACE, "application": APPLICATION, "on": "2025-08-18", "reason_code": "plan_not_viable"}


class ApplicationWithdrawn(Event):
    """A group no longer wants its loan; `released` was reserved for it. Subject: the application."""

    type = "application_withdrawn"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
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


class ApplicationLapsed(Event):
    """An approval was not paid out in time, or the group is lost; `released` was reserved for it.

    Subject: the application.
    """

    type = "application_lapsed"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
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
