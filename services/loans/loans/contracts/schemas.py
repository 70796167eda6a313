"""What signing a contract takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.applications.schemas import STATUSES

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_MEMBER = "0192f1a0-0000-7000-8000-000000000012"


class Share(Schema):
    """What a member is liable for."""

    member = fields.Id(required=True)
    amount = fields.Money(required=True)
    example = {"member": _MEMBER, "amount": 2_400_000}


class SignContractIn(Schema):
    """`number` is the contract's, unique in the council; without `shares` all members share equally."""

    application = fields.Id(required=True)
    on = fields.Day(required=True)
    number = fields.Code(required=True, max=60)
    shares = fields.Items(fields.Nested(Share), min=1, max=1000)
    expected_version = fields.Count(min=1)
    example = {"application": _APPLICATION, "on": "2025-08-22", "number": "MKT 14/2025"}


class SignContractOut(Schema):
    """`disburse_by` is the last day on which the loan can be paid out; null where the rules set no term."""

    application = fields.Id()
    status = fields.Choice(STATUSES)
    number = fields.Text()
    amount = fields.Money()
    shares = fields.Items(fields.Nested(Share), max=1000)
    disburse_by = fields.Day()
    version = fields.Count()
    example = {
        "application": _APPLICATION,
        "status": "contract_signed",
        "number": "MKT 14/2025",
        "amount": 12_000_000,
        "shares": [Share.example],
        "disburse_by": "2025-10-22",
        "version": 5,
    }
