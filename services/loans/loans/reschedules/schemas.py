"""What putting a loan off takes and gives. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.disbursements.schemas import InstalmentOut

_LOAN = "0192f1a0-0000-7000-8000-000000000002"


class RequestRescheduleIn(Schema):
    """What is owed is to be paid in `instalments` parts from `first_due_on`, by the group's letter `instrument`."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    first_due_on = fields.Day(required=True)
    instalments = fields.Count(required=True, min=1, max=120)
    reason_code = fields.Code(required=True, max=40)
    instrument = fields.Code(required=True, max=60)
    example = {
        "loan": _LOAN,
        "on": "2026-03-16",
        "first_due_on": "2026-07-01",
        "instalments": 6,
        "reason_code": "disaster",
        "instrument": "ADD 4/2026",
    }


class RequestRescheduleOut(Schema):
    """The request as it waits for another officer; `revision` is the one that the loan's terms would be."""

    loan = fields.Id()
    revision = fields.Count()
    on = fields.Day()
    first_due_on = fields.Day()
    instalments = fields.Count()
    outstanding = fields.Money()
    example = {
        "loan": _LOAN,
        "revision": 1,
        "on": "2026-03-16",
        "first_due_on": "2026-07-01",
        "instalments": 6,
        "outstanding": 6_000_000,
    }


class RescheduleLoanIn(Schema):
    """Another officer's word on the request that waits: what is owed on the day `on` is paid by the new terms."""

    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {"loan": _LOAN, "on": "2026-03-23"}


class RescheduleLoanOut(Schema):
    """The new terms: the first line is what had been paid by then, if anything was."""

    loan = fields.Id()
    revision = fields.Count()
    outstanding = fields.Money()
    instalments = fields.Items(fields.Nested(InstalmentOut), max=601)
    version = fields.Count()
    example = {
        "loan": _LOAN,
        "revision": 1,
        "outstanding": 6_000_000,
        "instalments": [InstalmentOut.example],
        "version": 4,
    }
