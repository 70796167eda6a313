"""What the loan queries take and give. Money in whole shillings."""

from chassis.schemas import Schema, fields
from loans.disbursements.schemas import METHODS, Asset
from loans.fund.model import POTS

_APPLICATION = "0192f1a0-0000-7000-8000-000000000001"
_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_REPAYMENT = "0192f1a0-0000-7000-8000-000000000003"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"

STATES = ("active", "repaid", "void", "written_off", "recovered")


class LoanIn(Schema):
    """`as_of` is a value date; left out, it is today."""

    loan = fields.Id(required=True)
    as_of = fields.Day()
    example = {"loan": _LOAN, "as_of": "2026-02-02"}


class InstalmentLine(Schema):
    """An instalment and what was paid of it; late from the day after its due date."""

    number = fields.Count(min=1)
    due_on = fields.Day()
    amount = fields.Money()
    paid = fields.Money(min=0)
    state = fields.Choice(("paid", "part_paid", "open", "overdue"))
    example = {"number": 1, "due_on": "2026-01-02", "amount": 6_000_000, "paid": 6_000_000, "state": "paid"}


class LoanLine(Schema):
    """A loan in a list, as it stands now."""

    loan = fields.Id()
    reference = fields.Text()
    application = fields.Id()
    group = fields.Id()
    council = fields.Id()
    ward = fields.Id()
    pot = fields.Choice(POTS)
    principal = fields.Money()
    on = fields.Day()
    state = fields.Choice(STATES)
    outstanding = fields.Money(min=0)
    credit = fields.Money(min=0)
    version = fields.Count()
    example = {
        "loan": _LOAN,
        "reference": "L-00007-3",
        "application": _APPLICATION,
        "group": _GROUP,
        "council": _COUNCIL,
        "ward": _WARD,
        "pot": "youth",
        "principal": 12_000_000,
        "on": "2025-09-01",
        "state": "active",
        "outstanding": 6_000_000,
        "credit": 0,
        "version": 2,
    }


class LoanOut(LoanLine):
    """A loan as it stood at the end of a day, with its schedule."""

    as_of = fields.Day()
    product = fields.Text()
    method = fields.Choice(METHODS)
    bank_reference = fields.Text()
    asset = fields.Nested(Asset)
    repaid_on = fields.Day()
    voided_on = fields.Day()
    written_off_on = fields.Day()
    written_off = fields.Money(min=0)
    overdue = fields.Money(min=0)
    days_late = fields.Count()
    instalments = fields.Items(fields.Nested(InstalmentLine), max=600)
    example = {
        **LoanLine.example,
        "as_of": "2026-02-02",
        "product": "standard",
        "method": "bank",
        "bank_reference": "CRDB 20250901-118",
        "asset": None,
        "repaid_on": None,
        "voided_on": None,
        "written_off_on": None,
        "written_off": 0,
        "overdue": 0,
        "days_late": 0,
        "instalments": [InstalmentLine.example],
    }


class ScheduleOut(Schema):
    loan = fields.Id()
    as_of = fields.Day()
    principal = fields.Money()
    instalments = fields.Items(fields.Nested(InstalmentLine), max=600)
    example = {
        "loan": _LOAN,
        "as_of": "2026-02-02",
        "principal": 12_000_000,
        "instalments": [InstalmentLine.example],
    }


class PaidLine(Schema):
    """How much of which instalment a payment paid."""

    number = fields.Count(min=1)
    amount = fields.Money()
    example = {"number": 1, "amount": 6_000_000}


class StatementLine(Schema):
    """A payment in value-date order; `outstanding` is what was owed after it."""

    repayment = fields.Id()
    on = fields.Day()
    receipt_number = fields.Text()
    bank_reference = fields.Text()
    amount = fields.Money()
    principal = fields.Money(min=0)
    credit = fields.Money(min=0)
    outstanding = fields.Money(min=0)
    paid = fields.Items(fields.Nested(PaidLine), max=600)
    example = {
        "repayment": _REPAYMENT,
        "on": "2026-01-02",
        "receipt_number": "ERV 004512",
        "bank_reference": "NMB 20260102-77",
        "amount": 6_000_000,
        "principal": 6_000_000,
        "credit": 0,
        "outstanding": 6_000_000,
        "paid": [PaidLine.example],
    }


class ReversalLine(Schema):
    """A payment that does not count from `on`; nothing of it stands among the payments any more."""

    repayment = fields.Id()
    on = fields.Day()
    receipt_number = fields.Text()
    amount = fields.Money()
    reason_code = fields.Text()
    example = {
        "repayment": _REPAYMENT,
        "on": "2026-01-02",
        "receipt_number": "ERV 004511",
        "amount": 600_000,
        "reason_code": "entered_wrongly",
    }


class RefundLine(Schema):
    """Credit that went back to the group."""

    refund = fields.Id()
    on = fields.Day()
    amount = fields.Money()
    bank_reference = fields.Text()
    example = {
        "refund": _REPAYMENT,
        "on": "2026-02-16",
        "amount": 500_000,
        "bank_reference": "NMB 20260216-09",
    }


class StatementOut(Schema):
    loan = fields.Id()
    reference = fields.Text()
    as_of = fields.Day()
    principal = fields.Money()
    on = fields.Day()
    payments = fields.Items(fields.Nested(StatementLine), max=10_000)
    reversals = fields.Items(fields.Nested(ReversalLine), max=10_000)
    refunds = fields.Items(fields.Nested(RefundLine), max=10_000)
    outstanding = fields.Money(min=0)
    credit = fields.Money(min=0)
    example = {
        "loan": _LOAN,
        "reference": "L-00007-3",
        "as_of": "2026-02-02",
        "principal": 12_000_000,
        "on": "2025-09-01",
        "payments": [StatementLine.example],
        "reversals": [ReversalLine.example],
        "refunds": [],
        "outstanding": 6_000_000,
        "credit": 0,
    }


class LoansIn(Schema):
    """A page of the loans that the caller may see, oldest first; `after` is the last id."""

    council = fields.Id()
    group = fields.Id()
    state = fields.Choice(STATES)
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"council": _COUNCIL, "state": "active", "limit": 50}


class LoansOut(Schema):
    loans = fields.Items(fields.Nested(LoanLine), max=200)
    after = fields.Id()
    example = {"loans": [LoanLine.example], "after": None}
