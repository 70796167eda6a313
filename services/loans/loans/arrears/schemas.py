"""What the questions about arrears take and give. Money in whole shillings, rates per ten thousand."""

from chassis.schemas import Schema, fields
from loans.fund.model import POTS

_AREA = "0192f1a0-0000-7000-8000-000000000005"
_WARD = "0192f1a0-0000-7000-8000-000000000006"
_LOAN = "0192f1a0-0000-7000-8000-000000000002"
_GROUP = "0192f1a0-0000-7000-8000-000000000004"


class PortfolioIn(Schema):
    """`since` begins the period of the rates; left out, it is the first day of the fiscal quarter."""

    area = fields.Id(required=True)
    as_of = fields.Day()
    since = fields.Day()
    example = {"area": _AREA, "as_of": "2026-03-31", "since": "2026-01-01"}


class BucketOut(Schema):
    """Loans at least `from_days` late, and less than the next bucket; 0 is in time."""

    from_days = fields.Count()
    loans = fields.Count()
    outstanding = fields.Money(min=0)
    overdue = fields.Money(min=0)
    example = {"from_days": 31, "loans": 2, "outstanding": 9_000_000, "overdue": 1_500_000}


class AtRiskOut(Schema):
    """PARx: what is owed by loans more than `days` late, or rescheduled."""

    days = fields.Count()
    outstanding = fields.Money(min=0)
    rate = fields.Count()
    example = {"days": 30, "outstanding": 9_000_000, "rate": 1_500}


class EndangeredOut(Schema):
    """Loans of groups that ceased or cannot be found, late or not."""

    loans = fields.Count()
    outstanding = fields.Money(min=0)
    example = {"loans": 1, "outstanding": 6_000_000}


class PortfolioOut(Schema):
    """The loans of an area that are not repaid, and how they are paid; a rate of nothing is null."""

    area = fields.Id()
    as_of = fields.Day()
    since = fields.Day()
    loans = fields.Count()
    outstanding = fields.Money(min=0)
    overdue = fields.Money(min=0)
    rescheduled = fields.Money(min=0)
    ageing = fields.Items(fields.Nested(BucketOut), max=20)
    at_risk = fields.Items(fields.Nested(AtRiskOut), max=20)
    endangered = fields.Nested(EndangeredOut)
    arrears_rate = fields.Count()
    fell_due = fields.Money(min=0)
    on_time = fields.Money(min=0)
    collected = fields.Money(min=0)
    on_time_rate = fields.Count()
    current_recovery_rate = fields.Count()
    example = {
        "area": _AREA,
        "as_of": "2026-03-31",
        "since": "2026-01-01",
        "loans": 12,
        "outstanding": 60_000_000,
        "overdue": 1_500_000,
        "rescheduled": 0,
        "ageing": [BucketOut.example],
        "at_risk": [AtRiskOut.example],
        "endangered": EndangeredOut.example,
        "arrears_rate": 250,
        "fell_due": 10_000_000,
        "on_time": 8_000_000,
        "collected": 9_500_000,
        "on_time_rate": 8_000,
        "current_recovery_rate": 9_500,
    }


class DefaultersIn(Schema):
    """A page of the loans of an area that are late or whose group is lost; `after` is the last id."""

    area = fields.Id(required=True)
    as_of = fields.Day()
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"area": _AREA, "as_of": "2026-03-31", "limit": 50}


class DefaulterLine(Schema):
    """`warning` tells of a group that ceased or cannot be found, before it is late too."""

    loan = fields.Id()
    reference = fields.Text()
    group = fields.Id()
    council = fields.Id()
    ward = fields.Id()
    pot = fields.Choice(POTS)
    principal = fields.Money()
    outstanding = fields.Money(min=0)
    overdue = fields.Money(min=0)
    days_late = fields.Count()
    bucket = fields.Count()
    rescheduled = fields.Flag()
    warning = fields.Choice(["group_not_found", "group_ceased"])
    example = {
        "loan": _LOAN,
        "reference": "L-00007-3",
        "group": _GROUP,
        "council": _AREA,
        "ward": _WARD,
        "pot": "youth",
        "principal": 12_000_000,
        "outstanding": 6_000_000,
        "overdue": 1_500_000,
        "days_late": 45,
        "bucket": 31,
        "rescheduled": False,
        "warning": None,
    }


class DefaultersOut(Schema):
    as_of = fields.Day()
    defaulters = fields.Items(fields.Nested(DefaulterLine), max=200)
    after = fields.Id()
    example = {"as_of": "2026-03-31", "defaulters": [DefaulterLine.example], "after": None}


class CollectionSheetIn(Schema):
    """What an officer collects in a ward on a day; `after` is the last id of the page before."""

    ward = fields.Id(required=True)
    on = fields.Day(required=True)
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=100)
    example = {"ward": _WARD, "on": "2026-02-02", "limit": 100}


class CollectionLine(Schema):
    """`overdue` fell due before the day, `due` falls due on it; then what is next."""

    loan = fields.Id()
    reference = fields.Text()
    group = fields.Id()
    pot = fields.Choice(POTS)
    outstanding = fields.Money(min=0)
    overdue = fields.Money(min=0)
    days_late = fields.Count()
    due = fields.Money(min=0)
    next_due_on = fields.Day()
    next_amount = fields.Money()
    example = {
        "loan": _LOAN,
        "reference": "L-00007-3",
        "group": _GROUP,
        "pot": "youth",
        "outstanding": 6_000_000,
        "overdue": 500_000,
        "days_late": 31,
        "due": 1_000_000,
        "next_due_on": "2026-03-02",
        "next_amount": 1_000_000,
    }


class CollectionSheetOut(Schema):
    ward = fields.Id()
    on = fields.Day()
    lines = fields.Items(fields.Nested(CollectionLine), max=200)
    after = fields.Id()
    example = {"ward": _WARD, "on": "2026-02-02", "lines": [CollectionLine.example], "after": None}


class CloseDayIn(Schema):
    """The last day to close: with it, all days since the last one that was."""

    council = fields.Id(required=True)
    on = fields.Day(required=True)
    example = {"council": _AREA, "on": "2026-02-02"}


class CloseDayOut(Schema):
    """How many days were closed, and how many loans came into another bucket."""

    council = fields.Id()
    closed_through = fields.Day()
    days = fields.Count()
    changed = fields.Count()
    example = {"council": _AREA, "closed_through": "2026-02-02", "days": 1, "changed": 3}
