"""What giving a loan up takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields

_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_RECOVERY = "0192f1a0-0000-7000-8000-000000000009"


class RequestWriteOffIn(Schema):
    """`instrument` is the paper that shows what was done to collect."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True, max=40)
    instrument = fields.Code(required=True, max=60)
    example = {
        "loan": _LOAN,
        "on": "2027-10-04",
        "reason_code": "group_cannot_be_found",
        "instrument": "COL 12/2027",
    }


class RequestWriteOffOut(Schema):
    loan = fields.Id()
    outstanding = fields.Money()
    days_late = fields.Count()
    example = {"loan": _LOAN, "outstanding": 4_000_000, "days_late": 580}


class ApproveWriteOffIn(Schema):
    """`on` is the day of the council's resolution."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {"loan": _LOAN, "on": "2027-10-25"}


class ApproveWriteOffOut(Schema):
    loan = fields.Id()
    on = fields.Day()
    amount = fields.Money()
    version = fields.Count()
    example = {"loan": _LOAN, "on": "2027-10-25", "amount": 4_000_000, "version": 6}


class RecordRecoveryIn(Schema):
    """Money that came in for a loan that was given up; dates and papers as of a repayment."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    receipt_number = fields.Code(required=True, max=60)
    bank_reference = fields.Code(required=True, max=60)
    relates_to = fields.Day()
    example = {
        "loan": _LOAN,
        "on": "2028-01-10",
        "amount": 1_000_000,
        "receipt_number": "ERV 007811",
        "bank_reference": "NMB 20280110-31",
    }


class RecordRecoveryOut(Schema):
    """`written_off` is what is still to be recovered; with 0 the group is clear."""

    recovery = fields.Id()
    loan = fields.Id()
    amount = fields.Money()
    written_off = fields.Money(min=0)
    state = fields.Choice(("written_off", "recovered"))
    version = fields.Count()
    example = {
        "recovery": _RECOVERY,
        "loan": _LOAN,
        "amount": 1_000_000,
        "written_off": 3_000_000,
        "state": "written_off",
        "version": 7,
    }
