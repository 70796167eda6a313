"""What recording a payment takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields

_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"


class RecordRepaymentIn(Schema):
    """`on` is the day on which the money came into the special account (its value date).

    Where that day lies in a closed quarter it comes as `relates_to`, and `on` is a later day.
    """

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    receipt_number = fields.Code(required=True, max=60)
    bank_reference = fields.Code(required=True, max=60)
    relates_to = fields.Day()
    example = {
        "loan": _LOAN,
        "on": "2026-02-02",
        "amount": 6_500_000,
        "receipt_number": "ERV 004512",
        "bank_reference": "NMB 20260202-77",
    }


class RecordRepaymentOut(Schema):
    """`principal` and `credit` say by how much the loan's debt fell and its credit grew."""

    repayment = fields.Id()
    loan = fields.Id()
    amount = fields.Money()
    principal = fields.Money(min=0)
    credit = fields.Money(min=0)
    outstanding = fields.Money(min=0)
    state = fields.Choice(("active", "repaid"))
    version = fields.Count()
    example = {
        "repayment": _REPAYMENT,
        "loan": _LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "outstanding": 0,
        "state": "repaid",
        "version": 3,
    }
