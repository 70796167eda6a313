"""What is asked of a quarter's fund, and what is answered."""

from chassis.schemas import MAX_MONEY, Schema, fields
from reports.indicators.schemas import Position

_AREA = "018f4c3e-0000-7000-8000-000000000001"
_LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e90"


class FundStatementIn(Schema):
    area = fields.Id()
    country = fields.Code(min=2, max=2)
    fiscal_year = fields.Text(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    example = {"area": _AREA, "fiscal_year": "2025/26", "quarter": 1}


class StatementOut(Schema):
    """brought_forward to shortfall is what came in, available to handed_over where it is or went: the same."""

    brought_forward = fields.Money(min=-MAX_MONEY)
    opening = fields.Money(min=-MAX_MONEY)
    set_asides = fields.Money(min=-MAX_MONEY)
    repayments = fields.Money(min=-MAX_MONEY)
    recoveries = fields.Money(min=-MAX_MONEY)
    taken_over = fields.Money(min=0)  # from other councils, when areas changed
    shortfall = fields.Money(min=0)
    available = fields.Money(min=0)
    reserved = fields.Money(min=-MAX_MONEY)
    credits = fields.Money(min=-MAX_MONEY)
    disbursed = fields.Money(min=-MAX_MONEY)
    refunded = fields.Money(min=-MAX_MONEY)
    handed_over = fields.Money(min=0)
    difference = fields.Money(min=-MAX_MONEY)  # 0 where it balances
    example = {
        "brought_forward": 40_000_000,
        "opening": 0,
        "set_asides": 62_000_000,
        "repayments": 6_500_000,
        "recoveries": 0,
        "taken_over": 0,
        "shortfall": 0,
        "available": 84_000_000,
        "reserved": 12_000_000,
        "credits": 500_000,
        "disbursed": 12_000_000,
        "refunded": 0,
        "handed_over": 0,
        "difference": 0,
    }


class CouncilOut(Schema):
    area = fields.Id()
    name = fields.Text()
    pots = fields.Map(fields.Code(), fields.Nested(nested=StatementOut))
    whole = fields.Nested(nested=StatementOut)
    balances = fields.Flag()  # each pot adds up, and the council's closed books hold as much
    expected = fields.Money(min=0)  # null where no revenue was reported for the quarter
    set_aside = fields.Money(min=0)  # for the quarter, whenever it was done
    account_difference = fields.Money(min=-MAX_MONEY)
    bank_lines_unmatched = fields.Count()
    closed = fields.Money(min=-MAX_MONEY)  # null while the books of the quarter are open
    example = {
        "area": _AREA,
        "name": "Nkasi District Council",
        "pots": {"women": StatementOut.example},
        "whole": StatementOut.example,
        "balances": True,
        "expected": 62_000_000,
        "set_aside": 62_000_000,
        "account_difference": 0,
        "bank_lines_unmatched": 0,
        "closed": 96_500_000,
    }


class FundStatementOut(Schema):
    country = fields.Code()
    currency = fields.Code()
    area = fields.Id()
    fiscal_year = fields.Text()
    quarter = fields.Count()
    first_on = fields.Day()
    last_on = fields.Day()
    councils = fields.Items(fields.Nested(nested=CouncilOut), max=10_000)
    whole = fields.Nested(nested=StatementOut)
    balances = fields.Flag()
    figures_version = fields.Count()
    data_as_of = fields.Items(fields.Nested(nested=Position))
    example = {
        "country": "TZ",
        "currency": "TZS",
        "area": _AREA,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "first_on": "2025-07-01",
        "last_on": "2025-09-30",
        "councils": [CouncilOut.example],
        "whole": StatementOut.example,
        "balances": True,
        "figures_version": 1,
        "data_as_of": [
            {"source": "loans", "log": _LOG, "position": 4711, "time": "2026-03-02T08:15:00+00:00"}
        ],
    }
