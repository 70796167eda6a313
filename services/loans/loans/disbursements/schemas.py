"""What paying out takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_LOAN = "0192f1a0-0000-7000-8000-000000000002"

METHODS = ("bank", "in_kind")


class Asset(Schema):
    """Goods bought for the group; `identifier` is a registration or serial number."""

    description = fields.Text(required=True, max=200)
    identifier = fields.Code(max=60)
    example = {"description": "Motorbike, 125 cc", "identifier": "MC 482 ABC"}


class InstalmentOut(Schema):
    number = fields.Count(min=1)
    due_on = fields.Day()
    amount = fields.Money()
    example = {"number": 1, "due_on": "2026-01-02", "amount": 1_333_333}


class DisburseIn(Schema):
    """`on` is the day on which the group got the money or the goods; the due dates are counted from it."""

    application = fields.Id(required=True)
    on = fields.Day(required=True)
    method = fields.Choice(METHODS, required=True)
    bank_reference = fields.Code(max=60)
    asset = fields.Nested(Asset)
    expected_version = fields.Count(min=1)
    example = {
        "application": _APPLICATION,
        "on": "2025-09-01",
        "method": "bank",
        "bank_reference": "CRDB 20250901-118",
    }


class DisburseOut(Schema):
    loan = fields.Id()
    reference = fields.Text()
    application = fields.Id()
    principal = fields.Money()
    instalments = fields.Items(fields.Nested(InstalmentOut), max=600)
    version = fields.Count()
    example = {
        "loan": _LOAN,
        "reference": "L-00007-3",
        "application": _APPLICATION,
        "principal": 12_000_000,
        "instalments": [InstalmentOut.example],
        "version": 1,
    }


class VoidDisbursementIn(Schema):
    """`on` is the day on which the money was back in the special account."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True, max=40)
    example = {"loan": _LOAN, "on": "2025-09-04", "reason_code": "account_closed"}


class VoidDisbursementOut(Schema):
    """`goes_to` says whether the money is reserved for the application again or, its approval lapsed, available."""

    loan = fields.Id()
    application = fields.Id()
    principal = fields.Money()
    on = fields.Day()
    goes_to = fields.Choice(("reserved", "available"))
    version = fields.Count()
    example = {
        "loan": _LOAN,
        "application": _APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-04",
        "goes_to": "reserved",
        "version": 2,
    }
