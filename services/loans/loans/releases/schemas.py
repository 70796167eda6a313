"""What ending an application takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.applications.schemas import STATUSES

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"


class WithdrawApplicationIn(Schema):
    """`on` is the day on which the group's word came."""

    application = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True, max=40)
    expected_version = fields.Count(min=1)
    example = {"application": _APPLICATION, "on": "2025-08-25", "reason_code": "group_withdrew"}


class WithdrawApplicationOut(Schema):
    """`released` is what was reserved for the application and is available again."""

    application = fields.Id()
    status = fields.Choice(STATUSES)
    released = fields.Money(min=0)
    version = fields.Count()
    example = {"application": _APPLICATION, "status": "withdrawn", "released": 12_000_000, "version": 3}


class ReleaseExpiredIn(Schema):
    """Releases a council's approvals that have lapsed by `on`; `after` is the last id of the call before."""

    council = fields.Id(required=True)
    on = fields.Day(required=True)
    after = fields.Id()
    example = {"council": _COUNCIL, "on": "2025-11-03"}


class Released(Schema):
    """`amount` is what was reserved; null where nothing was yet."""

    application = fields.Id()
    amount = fields.Money()
    example = {"application": _APPLICATION, "amount": 12_000_000}


class ReleaseExpiredOut(Schema):
    """`after` is given where there may be more: call again with it."""

    released = fields.Items(fields.Nested(Released), max=200)
    after = fields.Id()
    example = {"released": [Released.example], "after": None}
