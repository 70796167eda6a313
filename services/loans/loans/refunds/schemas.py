"""What refunding a credit takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields

_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REFUND = "0192f1a0-0000-7000-8000-000000000008"


class RefundCreditIn(Schema):
    """`on` is the day on which the bank paid the group."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    bank_reference = fields.Code(required=True, max=60)
    example = {"loan": _LOAN, "on": "2026-02-16", "bank_reference": "NMB 20260216-09"}


class RefundCreditOut(Schema):
    """`amount` is all the credit that the loan held."""

    refund = fields.Id()
    loan = fields.Id()
    on = fields.Day()
    amount = fields.Money()
    credit = fields.Money(min=0)
    version = fields.Count()
    example = {
        "refund": _REFUND,
        "loan": _LOAN,
        "on": "2026-02-16",
        "amount": 500_000,
        "credit": 0,
        "version": 4,
    }
