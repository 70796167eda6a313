"""The facts that this service publishes: its public contract. Ids, codes, figures; whole shillings."""

from chassis.schemas import Event, fields
from loans.fund.model import POTS

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"
_PLACE = {"group": _GROUP, "council": _COUNCIL, "ward": _WARD, "pot": "youth"}


class FundSetAside(Event):
    """Money was set aside from a council's own revenue and split among its pots. Subject: the council."""

    type = "fund_set_aside"
    council = fields.Id(required=True)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    pots = fields.Nested(
        {pot: fields.Money(required=True, min=0) for pot in POTS},
        required=True,
    )
    instrument = fields.Code(required=True)
    example = {
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-07-14",
        "amount": 550_500_000,
        "pots": {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000},
        "instrument": "TT 118/2025",
    }


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
        **_PLACE,
        "application": _APPLICATION,
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
    example = {**_PLACE, "application": _APPLICATION, "amount": 12_000_000, "on": "2025-08-18"}


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
    example = {**_PLACE, "application": _APPLICATION, "on": "2025-08-18", "reason_code": "plan_not_viable"}


class LoanDisbursed(Event):
    """Money or goods went to the group, to be repaid by these instalments. Subject: the loan."""

    type = "loan_disbursed"
    loan = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    principal = fields.Money(required=True)
    on = fields.Day(required=True)
    method = fields.Choice(("bank", "in_kind"), required=True)
    instalments = fields.Items(
        fields.Nested(
            {
                "number": fields.Count(required=True, min=1),
                "due_on": fields.Day(required=True),
                "amount": fields.Money(required=True),
            }
        ),
        required=True,
        min=1,
        max=600,
    )
    example = {
        **_PLACE,
        "loan": _LOAN,
        "reference": "L-00007-3",
        "application": _APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-01",
        "method": "bank",
        "instalments": [
            {"number": 1, "due_on": "2026-01-02", "amount": 6_000_000},
            {"number": 2, "due_on": "2026-02-02", "amount": 6_000_000},
        ],
    }


class RepaymentRecorded(Event):
    """A group paid: by how much its debt (`principal`) fell and its `credit` grew. Subject: the loan."""

    type = "repayment_recorded"
    repayment = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    outstanding = fields.Money(required=True, min=0)
    example = {
        **_PLACE,
        "repayment": _REPAYMENT,
        "loan": _LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "on": "2026-02-02",
        "outstanding": 0,
    }


class LoanRepaid(Event):
    """A loan's whole principal came back, `on` the value date that completed it. Subject: the loan."""

    type = "loan_repaid"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    example = {**_PLACE, "loan": _LOAN, "on": "2026-02-02"}
