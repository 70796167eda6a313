"""What comes into a council's fund, and how its books are closed and checked."""

from chassis.schemas import MAX_MONEY, Event, fields
from loans.events.examples import COUNCIL, REPORT
from loans.fund.model import POTS


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
        "council": COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-07-14",
        "relates_to": None,
        "amount": 550_500_000,
        "pots": {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000},
        "instrument": "TT 118/2025",
    }


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
        "council": COUNCIL,
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
        "council": COUNCIL,
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
        "report": REPORT,
        "council": COUNCIL,
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
        "council": COUNCIL,
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
        "council": COUNCIL,
        "statement": "ST 2/2026",
        "lines": 31,
        "new": 31,
        "matched": 29,
        "unmatched": 2,
    }
