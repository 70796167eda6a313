"""The facts that this service publishes: its public contract. Ids, codes, figures; whole shillings."""

from chassis.schemas import MAX_MONEY, Event, fields
from loans.fund.model import POTS

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"
_REFUND = "0192f1a0-0000-7000-8000-000000000008"
_RECOVERY = "0192f1a0-0000-7000-8000-000000000009"
_REPORT = "0192f1a0-0000-7000-8000-000000000010"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"
_PLACE = {"group": _GROUP, "council": _COUNCIL, "ward": _WARD, "pot": "youth"}


class FundSetAside(Event):
    """Money was set aside from a council's own revenue and split among its pots. Subject: the council."""

    type = "fund_set_aside"
    council = fields.Id(required=True)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    pots = fields.Nested(
        {pot: fields.Money(required=True, min=0) for pot in POTS},
        required=True,
    )
    instrument = fields.Code(required=True)
    relates_to = fields.Day()
    example = {
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-07-14",
        "relates_to": None,
        "amount": 550_500_000,
        "pots": {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000},
        "instrument": "TT 118/2025",
    }


class ApplicationSubmitted(Event):
    """A group asked for a loan and meets every criterion. Subject: the application."""

    type = "application_submitted"
    application = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {
        **_PLACE,
        "application": _APPLICATION,
        "reference": "A-00012-7",
        "amount": 12_000_000,
        "on": "2025-08-04",
    }


class ApplicationApproved(Event):
    """The council approved a loan; its amount is reserved in the pot. Subject: the application."""

    type = "application_approved"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {**_PLACE, "application": _APPLICATION, "amount": 12_000_000, "on": "2025-08-18"}


class ApplicationRejected(Event):
    """The council rejected an application, and says why by a code. Subject: the application."""

    type = "application_rejected"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = {**_PLACE, "application": _APPLICATION, "on": "2025-08-18", "reason_code": "plan_not_viable"}


class LoanDisbursed(Event):
    """Money or goods went to the group, to be repaid by these instalments. Subject: the loan."""

    type = "loan_disbursed"
    loan = fields.Id(required=True)
    reference = fields.Code(required=True, max=20)
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
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
        **_PLACE,
        "loan": _LOAN,
        "reference": "L-00007-3",
        "application": _APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-01",
        "method": "bank",
        "instalments": [
            {"number": 1, "due_on": "2026-01-02", "amount": 6_000_000},
            {"number": 2, "due_on": "2026-02-02", "amount": 6_000_000},
        ],
    }


class RepaymentRecorded(Event):
    """A group paid: by how much its debt (`principal`) fell and its `credit` grew. Subject: the loan."""

    type = "repayment_recorded"
    repayment = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    outstanding = fields.Money(required=True, min=0)
    example = {
        **_PLACE,
        "repayment": _REPAYMENT,
        "loan": _LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "on": "2026-02-02",
        "relates_to": None,
        "outstanding": 0,
    }


class LoanRepaid(Event):
    """A loan's whole principal came back, `on` the value date that completed it. Subject: the loan."""

    type = "loan_repaid"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    example = {**_PLACE, "loan": _LOAN, "on": "2026-02-02"}


class OpeningBalanceRecorded(Event):
    """What a council's pots held before these books began. Subject: the council."""

    type = "opening_balance_recorded"
    council = fields.Id(required=True)
    on = fields.Day(required=True)
    pots = fields.Nested(
        {pot: fields.Money(required=True, min=0) for pot in POTS},
        required=True,
    )
    instrument = fields.Code(required=True)
    example = {
        "council": _COUNCIL,
        "on": "2025-07-01",
        "pots": {"women": 31_000_000, "youth": 18_500_000, "pwd": 22_000_000},
        "instrument": "BS 6/2025",
    }


class QuarterClosed(Event):
    """The books of a quarter are closed, and its pots stand for good. Subject: the council."""

    type = "quarter_closed"
    council = fields.Id(required=True)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    ends = fields.Day(required=True)
    on = fields.Day(required=True)
    pots = fields.Items(
        fields.Nested(
            {
                "pot": fields.Choice(POTS, required=True),
                "available": fields.Money(required=True, min=0),
                "reserved": fields.Money(required=True, min=0),
                "credits_held": fields.Money(required=True, min=0),
                "outstanding": fields.Money(required=True, min=0),
                "shortfall": fields.Money(required=True, min=0),
            }
        ),
        required=True,
        min=3,
        max=3,
    )
    example = {
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "ends": "2025-09-30",
        "on": "2025-10-06",
        "pots": [
            {
                "pot": pot,
                "available": 202_200_000,
                "reserved": 6_000_000,
                "credits_held": 0,
                "outstanding": 12_000_000,
                "shortfall": 0,
            }
            for pot in POTS
        ],
    }


class ApplicationWithdrawn(Event):
    """A group no longer wants its loan; `released` was reserved for it. Subject: the application."""

    type = "application_withdrawn"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    released = fields.Money(required=True, min=0)
    example = {
        **_PLACE,
        "application": _APPLICATION,
        "on": "2025-08-25",
        "reason_code": "group_withdrew",
        "released": 12_000_000,
    }


class ApplicationLapsed(Event):
    """An approval was not paid out in time; `released` was reserved for it. Subject: the application."""

    type = "application_lapsed"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    released = fields.Money(required=True)
    example = {
        **_PLACE,
        "application": _APPLICATION,
        "on": "2025-10-19",
        "relates_to": None,
        "released": 12_000_000,
    }


class DisbursementVoided(Event):
    """The bank sent a disbursement back: `goes_to` reserved again, or available. Subject: the loan."""

    type = "disbursement_voided"
    loan = fields.Id(required=True)
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    principal = fields.Money(required=True)
    on = fields.Day(required=True)
    goes_to = fields.Choice(("reserved", "available"), required=True)
    reason_code = fields.Code(required=True)
    example = {
        **_PLACE,
        "loan": _LOAN,
        "application": _APPLICATION,
        "principal": 12_000_000,
        "on": "2025-09-04",
        "goes_to": "reserved",
        "reason_code": "account_closed",
    }


class RepaymentReversed(Event):
    """A payment never was: by how much the debt (`principal`) grew and the credit fell. Subject: the loan."""

    type = "repayment_reversed"
    repayment = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    principal = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    outstanding = fields.Money(required=True, min=0)
    reason_code = fields.Code(required=True)
    example = {
        **_PLACE,
        "repayment": _REPAYMENT,
        "loan": _LOAN,
        "amount": 6_500_000,
        "principal": 6_000_000,
        "credit": 500_000,
        "on": "2026-02-02",
        "relates_to": None,
        "outstanding": 6_000_000,
        "reason_code": "payment_returned",
    }


class LoanReopened(Event):
    """A loan that was repaid is owed again, as a payment was reversed. Subject: the loan."""

    type = "loan_reopened"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    example = {**_PLACE, "loan": _LOAN, "on": "2026-02-02"}


class CreditRefunded(Event):
    """What a group had paid too much went back to it. Subject: the loan."""

    type = "credit_refunded"
    refund = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    example = {**_PLACE, "refund": _REFUND, "loan": _LOAN, "amount": 500_000, "on": "2026-02-16"}


class ArrearsChanged(Event):
    """At the close of a day a loan came into another bucket: late by at least `bucket` days. Subject: the loan."""

    type = "arrears_changed"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    bucket = fields.Count(required=True)
    days_late = fields.Count(required=True)
    overdue = fields.Money(required=True, min=0)
    outstanding = fields.Money(required=True, min=0)
    example = {
        **_PLACE,
        "loan": _LOAN,
        "on": "2026-02-03",
        "bucket": 31,
        "days_late": 31,
        "overdue": 1_500_000,
        "outstanding": 6_000_000,
    }


class LoanRescheduled(Event):
    """A loan has new terms beside those of its contract: `outstanding` by these instalments. Subject: the loan."""

    type = "loan_rescheduled"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
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
        **_PLACE,
        "loan": _LOAN,
        "revision": 1,
        "on": "2026-03-16",
        "outstanding": 6_000_000,
        "reason_code": "disaster",
        "instalments": [
            {"number": 1, "due_on": "2026-07-01", "amount": 3_000_000},
            {"number": 2, "due_on": "2026-08-03", "amount": 3_000_000},
        ],
    }


class LoanWrittenOff(Event):
    """A loan was given up: its group still owes `amount` and gets no other. Subject: the loan."""

    type = "loan_written_off"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = {
        **_PLACE,
        "loan": _LOAN,
        "amount": 4_000_000,
        "on": "2027-10-25",
        "reason_code": "group_cannot_be_found",
    }


class RecoveryRecorded(Event):
    """Money came in for a loan that was given up; with nothing left written off its group is clear.

    Subject: the loan.
    """

    type = "recovery_recorded"
    recovery = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    written_off = fields.Money(required=True, min=0)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    example = {
        **_PLACE,
        "recovery": _RECOVERY,
        "loan": _LOAN,
        "amount": 1_000_000,
        "written_off": 3_000_000,
        "on": "2028-01-10",
        "relates_to": None,
    }


class RecoveryReversed(Event):
    """A recovery never was; `written_off` is what is to be recovered again. Subject: the loan."""

    type = "recovery_reversed"
    recovery = fields.Id(required=True)
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    amount = fields.Money(required=True)
    written_off = fields.Money(required=True)
    on = fields.Day(required=True)
    relates_to = fields.Day()
    reason_code = fields.Code(required=True)
    example = {
        **_PLACE,
        "recovery": _RECOVERY,
        "loan": _LOAN,
        "amount": 1_000_000,
        "written_off": 4_000_000,
        "on": "2028-01-10",
        "relates_to": None,
        "reason_code": "payment_returned",
    }


class SchemeSuspended(Event):
    """From `on` nothing is approved or disbursed in an area and below it. Subject: the area."""

    type = "scheme_suspended"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    on = fields.Day(required=True)
    instrument = fields.Code(required=True)
    example = {"area": _COUNCIL, "country": "TZ", "on": "2023-04-13", "instrument": "WN 13/04/2023"}


class SchemeResumed(Event):
    """From `on` the scheme lends again in an area. Subject: the area."""

    type = "scheme_resumed"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    on = fields.Day(required=True)
    instrument = fields.Code(required=True)
    example = {"area": _COUNCIL, "country": "TZ", "on": "2023-04-13", "instrument": "WN 13/04/2023"}


class RevenueReported(Event):
    """What a council took in during a quarter, what of it was to be set aside, and what was. Subject: the council."""

    type = "revenue_reported"
    report = fields.Id(required=True)
    council = fields.Id(required=True)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    own_source = fields.Money(required=True, min=0)
    earmarked = fields.Money(required=True, min=0)
    expected = fields.Money(required=True, min=0)
    actual = fields.Money(required=True, min=0)
    instrument = fields.Code(required=True)
    example = {
        "report": _REPORT,
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-10-06",
        "own_source": 6_000_000_000,
        "earmarked": 495_000_000,
        "expected": 550_500_000,
        "actual": 500_000_000,
        "instrument": "RV 1/2025",
    }


class AccountBalanceRecorded(Event):
    """What the bank says that the special account holds, beside what the books say. Subject: the council."""

    type = "account_balance_recorded"
    council = fields.Id(required=True)
    on = fields.Day(required=True)
    balance = fields.Money(required=True, min=0)
    ledger = fields.Money(required=True, min=-MAX_MONEY)
    difference = fields.Money(required=True, min=-MAX_MONEY)
    example = {
        "council": _COUNCIL,
        "on": "2025-09-30",
        "balance": 538_500_000,
        "ledger": 538_500_000,
        "difference": 0,
    }


class BankStatementImported(Event):
    """A statement of the special account was taken in; `unmatched` lines wait for a person. Subject: the council."""

    type = "bank_statement_imported"
    council = fields.Id(required=True)
    statement = fields.Code(required=True)
    lines = fields.Count(required=True)
    new = fields.Count(required=True)
    matched = fields.Count(required=True)
    unmatched = fields.Count(required=True)
    example = {
        "council": _COUNCIL,
        "statement": "ST 2/2026",
        "lines": 31,
        "new": 31,
        "matched": 29,
        "unmatched": 2,
    }
