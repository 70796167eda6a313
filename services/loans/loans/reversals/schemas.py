"""What reversing a payment takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields

_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"


class ReverseRepaymentIn(Schema):
    """`on` is the day on which the fault was found; the reversal itself counts from the payment's own day.

    Where that day lies in a closed quarter the reversal is an adjustment, dated `on`.
    """

    repayment = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True, max=40)
    example = {"repayment": _REPAYMENT, "on": "2026-02-09", "reason_code": "payment_returned"}


class ReverseRepaymentOut(Schema):
    """`principal` and `credit` say by how much the debt grew (what was given up too) and the credit fell.

    `on` is the value date of the reversal, `shortfall` what is missing in the pot since.
    """

    repayment = fields.Id()
    loan = fields.Id()
    on = fields.Day()
    relates_to = fields.Day()
    amount = fields.Money()
    principal = fields.Money(min=0)
    credit = fields.Money(min=0)
    outstanding = fields.Money(min=0)
    shortfall = fields.Money(min=0)
    state = fields.Choice(("active", "repaid", "written_off"))
    version = fields.Count()
    example = {
        "repayment": _REPAYMENT,
        "loan": _LOAN,
        "on": "2026-02-02",
        "relates_to": None,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "outstanding": 6_000_000,
        "shortfall": 0,
        "state": "active",
        "version": 4,
    }
