"""What a fund's commands and queries take and give. Money in whole shillings."""

from chassis.schemas import MAX_MONEY, Schema, fields
from loans.fund.model import POTS

_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"
_SET_ASIDE = "0192f1a0-0000-7000-8000-000000000007"


class PotAmounts(Schema):
    """An amount for each pot."""

    women = fields.Money(required=True, min=0)
    youth = fields.Money(required=True, min=0)
    pwd = fields.Money(required=True, min=0)
    example = {"women": 220_200_000, "youth": 220_200_000, "pwd": 110_100_000}


class SetAsideIn(Schema):
    """`on` is the day of the transfer to the special account, `instrument` the number of its paper.

    Where that day lies in a closed quarter it comes as `relates_to`, and `on` is a later day.
    """

    council = fields.Id(required=True)
    fiscal_year = fields.Text(required=True, min=4, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    amount = fields.Money(required=True)
    instrument = fields.Code(required=True, max=60)
    relates_to = fields.Day()
    example = {
        "council": _COUNCIL,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-07-14",
        "amount": 550_500_000,
        "instrument": "TT 118/2025",
    }


class SetAsideOut(Schema):
    set_aside = fields.Id()
    council = fields.Id()
    amount = fields.Money()
    pots = fields.Nested(PotAmounts)
    rule_version = fields.Text()
    example = {
        "set_aside": _SET_ASIDE,
        "council": _COUNCIL,
        "amount": 550_500_000,
        "pots": PotAmounts.example,
        "rule_version": "2024",
    }


class RecordOpeningBalanceIn(Schema):
    """What each pot held on a day before these books began, by the paper `instrument` that shows it."""

    council = fields.Id(required=True)
    on = fields.Day(required=True)
    pots = fields.Nested(PotAmounts, required=True)
    instrument = fields.Code(required=True, max=60)
    example = {
        "council": _COUNCIL,
        "on": "2025-07-01",
        "pots": {"women": 31_000_000, "youth": 18_500_000, "pwd": 22_000_000},
        "instrument": "BS 6/2025",
    }


class RecordOpeningBalanceOut(Schema):
    opening = fields.Id()
    council = fields.Id()
    pots = fields.Nested(PotAmounts)
    example = {
        "opening": _SET_ASIDE,
        "council": _COUNCIL,
        "pots": {"women": 31_000_000, "youth": 18_500_000, "pwd": 22_000_000},
    }


class FundPositionIn(Schema):
    """`as_of` is a value date; left out, it is today."""

    council = fields.Id(required=True)
    as_of = fields.Day()
    example = {"council": _COUNCIL, "as_of": "2025-09-30"}


class PotPosition(Schema):
    """One pot: what came in (opening to transfers in) equals where it went (available to transfers out)."""

    pot = fields.Choice(POTS)
    opening = fields.Money(min=0)
    set_asides = fields.Money(min=0)
    repayments = fields.Money(min=0)
    recoveries = fields.Money(min=0)
    shortfall = fields.Money(min=0)
    transfers_in = fields.Money(min=0)
    available = fields.Money(min=0)
    reserved = fields.Money(min=0)
    credits_held = fields.Money(min=0)
    disbursed = fields.Money(min=0)
    refunded = fields.Money(min=0)
    transfers_out = fields.Money(min=0)
    outstanding = fields.Money(min=0)
    example = {
        "pot": "youth",
        "opening": 0,
        "set_asides": 220_200_000,
        "repayments": 6_500_000,
        "recoveries": 0,
        "shortfall": 0,
        "transfers_in": 0,
        "available": 202_200_000,
        "reserved": 12_000_000,
        "credits_held": 500_000,
        "disbursed": 12_000_000,
        "refunded": 0,
        "transfers_out": 0,
        "outstanding": 6_000_000,
    }


class AccountOut(Schema):
    """The special account by the bank's last word: `difference` is what the bank has more than the books, or less."""

    on = fields.Day()
    balance = fields.Money(min=0)
    ledger = fields.Money(min=-MAX_MONEY)
    difference = fields.Money(min=-MAX_MONEY)
    example = {"on": "2025-09-30", "balance": 214_700_000, "ledger": 214_700_000, "difference": 0}


class FundPositionOut(Schema):
    """The pots, whether the scheme lends on that day, and the account where the bank's balance is known."""

    council = fields.Id()
    as_of = fields.Day()
    pots = fields.Items(fields.Nested(PotPosition), max=3)
    lending = fields.Choice(("open", "suspended"))
    lending_instrument = fields.Text()
    account = fields.Nested(AccountOut)
    example = {
        "council": _COUNCIL,
        "as_of": "2025-09-30",
        "pots": [PotPosition.example],
        "lending": "open",
        "lending_instrument": "Regulations of 2019",
        "account": AccountOut.example,
    }
