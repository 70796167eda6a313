"""What comes back of a loan, and what goes back to its group."""

from chassis.schemas import fields
from loans.events.examples import LOAN, PLACE, REFUND, REPAYMENT
from loans.events.of_group import OfGroup


class RepaymentRecorded(OfGroup):
    """A group paid: by how much its debt (`principal`) fell and its `credit` grew. Subject: the loan."""

    type = "repayment_recorded"
    repayment = fields.Id(required=True)
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    outstanding = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "repayment": REPAYMENT,
        "loan": LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "on": "2026-02-02",
        "relates_to": None,
        "outstanding": 0,
    }


class RepaymentReversed(OfGroup):
    """A payment never was: by how much the debt (`principal`) grew and the credit fell. Subject: the loan."""

    type = "repayment_reversed"
    repayment = fields.Id(required=True)
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    outstanding = fields.Money(required=True, min=0)
    reason_code = fields.Code(required=True)
    example = {
        **PLACE,
        "repayment": REPAYMENT,
        "loan": LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "on": "2026-02-02",
        "relates_to": None,
        "outstanding": 6_000_000,
        "reason_code": "payment_returned",
    }


class LoanRepaid(OfGroup):
    """A loan's whole principal came back, `on` the value date that completed it. Subject: the loan."""

    type = "loan_repaid"
    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "loan": LOAN, "on": "2026-02-02"}


class LoanReopened(OfGroup):
    """A loan that was repaid is owed again, as a payment was reversed. Subject: the loan."""

    type = "loan_reopened"
    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "loan": LOAN, "on": "2026-02-02"}


class CreditRefunded(OfGroup):
    """What a group had paid too much went back to it. Subject: the loan."""

    type = "credit_refunded"
    refund = fields.Id(required=True)
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "refund": REFUND, "loan": LOAN, "amount": 500_000, "on": "2026-02-16"}
