"""What revenue reports and balances take and give. Money in whole shillings."""

from chassis.schemas import MAX_MONEY, Schema, fields

_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_REPORT = "0192f1a0-0000-7000-8000-000000000010"


class ReportRevenueIn(Schema):
    """What a council took in during a quarter: `earmarked` is the part of it that the law leaves out."""

    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True, min=4, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    own_source = fields.Money(required=True, min=0)
    earmarked = fields.Money(required=True, min=0)
    instrument = fields.Code(required=True, max=60)
    example = {
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-10-06",
        "own_source": 6_000_000_000,
        "earmarked": 495_000_000,
        "instrument": "RV 1/2025",
    }


class ReportRevenueOut(Schema):
    """`missing` is what is still to be set aside for the quarter; below 0 where more was."""

    report = fields.Id()
    council = fields.Id()
    expected = fields.Money(min=0)
    actual = fields.Money(min=0)
    missing = fields.Money(min=-MAX_MONEY)
    example = {
        "report": _REPORT,
        "council": _COUNCIL,
        "expected": 550_500_000,
        "actual": 500_000_000,
        "missing": 50_500_000,
    }


class SetAsidesIn(Schema):
    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True, min=4, max=7)
    example = {"council": _COUNCIL, "fiscal_year": "2025/26"}


class QuarterLine(Schema):
    """A quarter; what was not reported yet is null."""

    quarter = fields.Count(min=1, max=4)
    own_source = fields.Money(min=0)
    earmarked = fields.Money(min=0)
    expected = fields.Money(min=0)
    actual = fields.Money(min=0)
    missing = fields.Money(min=-MAX_MONEY)
    example = {
        "quarter": 1,
        "own_source": 6_000_000_000,
        "earmarked": 495_000_000,
        "expected": 550_500_000,
        "actual": 500_000_000,
        "missing": 50_500_000,
    }


class SetAsidesOut(Schema):
    council = fields.Id()
    fiscal_year = fields.Text()
    quarters = fields.Items(fields.Nested(QuarterLine), max=4)
    example = {"council": _COUNCIL, "fiscal_year": "2025/26", "quarters": [QuarterLine.example]}


class RecordAccountBalanceIn(Schema):
    """What the bank's statement `instrument` says that the special account holds at the end of a day."""

    council = fields.Id(required=True)
    on = fields.Day(required=True)
    balance = fields.Money(required=True, min=0)
    instrument = fields.Code(required=True, max=60)
    example = {"council": _COUNCIL, "on": "2025-09-30", "balance": 538_500_000, "instrument": "ST 9/2025"}


class RecordAccountBalanceOut(Schema):
    """`ledger` is what the account holds by the books; `difference` what the bank has more, or less."""

    council = fields.Id()
    on = fields.Day()
    balance = fields.Money(min=0)
    ledger = fields.Money(min=-MAX_MONEY)
    difference = fields.Money(min=-MAX_MONEY)
    example = {
        "council": _COUNCIL,
        "on": "2025-09-30",
        "balance": 538_500_000,
        "ledger": 538_500_000,
        "difference": 0,
    }
