"""A loan: paid out, late, put off, given up."""

from chassis.schemas import fields
from loans.events.examples import APPLICATION, LOAN, PLACE, RECOVERY
from loans.events.of_group import OfGroup


class LoanDisbursed(OfGroup):
    """Money or goods went to the group, to be repaid by these instalments. Subject: the loan."""

    type = "loan_disbursed"
    loan = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    application = fields.Id(required=True)
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
        **PLACE,
        "loan": LOAN,
        "reference": "L-00007-3",
        "application": APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-01",
        "method": "bank",
        "instalments": [
            {"number": 1, "due_on": "2026-01-02", "amount": 6_000_000},
            {"number": 2, "due_on": "2026-02-02", "amount": 6_000_000},
        ],
    }


class DisbursementVoided(OfGroup):
    """The bank sent a disbursement back: `goes_to` reserved again, or available. Subject: the loan."""

    type = "disbursement_voided"
    loan = fields.Id(required=True)
    application = fields.Id(required=True)
    principal = fields.Money(required=True)
    on = fields.Day(required=True)
    goes_to = fields.Choice(("reserved", "available"), required=True)
    reason_code = fields.Code(required=True)
    example = {
        **PLACE,
        "loan": LOAN,
        "application": APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-04",
        "goes_to": "reserved",
        "reason_code": "account_closed",
    }


class ArrearsChanged(OfGroup):
    """At the close of a day a loan came into another bucket: late by at least `bucket` days. Subject: the loan."""

    type = "arrears_changed"
    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    bucket = fields.Count(required=True)
    days_late = fields.Count(required=True)
    overdue = fields.Money(required=True, min=0)
    outstanding = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "loan": LOAN,
        "on": "2026-02-03",
        "bucket": 31,
        "days_late": 31,
        "overdue": 1_500_000,
        "outstanding": 6_000_000,
    }


class LoanEndangered(OfGroup):
    """A group that still owes cannot be found, or is no more. Subject: the loan."""

    type = "loan_endangered"
    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    cause = fields.Choice(["group_not_found", "group_ceased"], required=True)
    outstanding = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "loan": LOAN,
        "on": "2026-02-03",
        "cause": "group_not_found",
        "outstanding": 6_000_000,
    }


class LoanOutOfDanger(OfGroup):
    """A group that could not be found was seen again. Subject: the loan."""

    type = "loan_out_of_danger"
    loan = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {**PLACE, "loan": LOAN, "on": "2026-02-10"}


class RescheduleRequested(OfGroup):
    """An officer asks to put a loan off: what is owed in so many `instalments`. Subject: the loan."""

    type = "reschedule_requested"
    loan = fields.Id(required=True)
    revision = fields.Count(required=True, min=1)
    on = fields.Day(required=True)
    first_due_on = fields.Day(required=True)
    instalments = fields.Count(required=True, min=1)
    reason_code = fields.Code(required=True)
    example = {
        **PLACE,
        "loan": LOAN,
        "revision": 1,
        "on": "2026-03-16",
        "first_due_on": "2026-07-01",
        "instalments": 6,
        "reason_code": "disaster",
    }


class LoanRescheduled(OfGroup):
    """A loan has new terms beside those of its contract: `outstanding` by these instalments. Subject: the loan."""

    type = "loan_rescheduled"
    loan = fields.Id(required=True)
    revision = fields.Count(required=True, min=1)
    on = fields.Day(required=True)
    outstanding = fields.Money(required=True)
    reason_code = fields.Code(required=True)
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
        max=601,
    )
    example = {
        **PLACE,
        "loan": LOAN,
        "revision": 1,
        "on": "2026-03-16",
        "outstanding": 6_000_000,
        "reason_code": "disaster",
        "instalments": [
            {"number": 1, "due_on": "2026-07-01", "amount": 3_000_000},
            {"number": 2, "due_on": "2026-08-03", "amount": 3_000_000},
        ],
    }


class LoanWrittenOff(OfGroup):
    """A loan was given up: its group still owes `amount` and gets no other. Subject: the loan."""

    type = "loan_written_off"
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = {
        **PLACE,
        "loan": LOAN,
        "amount": 4_000_000,
        "on": "2027-10-25",
        "reason_code": "group_cannot_be_found",
    }


class RecoveryRecorded(OfGroup):
    """Money came in for a loan that was given up; with nothing left written off its group is clear.

    Subject: the loan.
    """

    type = "recovery_recorded"
    recovery = fields.Id(required=True)
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    written_off = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    example = {
        **PLACE,
        "recovery": RECOVERY,
        "loan": LOAN,
        "amount": 1_000_000,
        "written_off": 3_000_000,
        "on": "2028-01-10",
        "relates_to": None,
    }


class RecoveryReversed(OfGroup):
    """A recovery never was; `written_off` is what is to be recovered again. Subject: the loan."""

    type = "recovery_reversed"
    recovery = fields.Id(required=True)
    loan = fields.Id(required=True)
    amount = fields.Money(required=True)
    written_off = fields.Money(required=True)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    reason_code = fields.Code(required=True)
    example = {
        **PLACE,
        "recovery": RECOVERY,
        "loan": LOAN,
        "amount": 1_000_000,
        "written_off": 4_000_000,
        "on": "2028-01-10",
        "relates_to": None,
        "reason_code": "payment_returned",
    }
