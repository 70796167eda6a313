"""What goes from one council to another when areas change."""

from chassis.schemas import Event, fields
from loans.events.examples import APPLICATION, COUNCIL, LOAN, PLACE
from loans.fund.model import POTS

_OTHER = "0192f1a0-0000-7000-8000-000000000015"


class LoanTransferred(Event):
    """A loan follows its ward to another council, with its whole history. Subject: the loan."""

    type = "loan_transferred"
    loan = fields.Id(required=True)
    group = fields.Id(required=True)
    handed_over_by = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    outstanding = fields.Money(required=True, min=0)
    written_off = fields.Money(required=True, min=0)
    credit = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "loan": LOAN,
        "handed_over_by": _OTHER,
        "on": "2026-07-01",
        "outstanding": 6_000_000,
        "written_off": 0,
        "credit": 0,
    }


class ApplicationTransferred(Event):
    """An application follows its ward to another council, with what is reserved for it. Subject: the application."""

    type = "application_transferred"
    application = fields.Id(required=True)
    group = fields.Id(required=True)
    handed_over_by = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    pot = fields.Choice(POTS, required=True)
    on = fields.Day(required=True)
    reserved = fields.Money(required=True, min=0)
    example = {
        **PLACE,
        "application": APPLICATION,
        "handed_over_by": _OTHER,
        "on": "2026-07-01",
        "reserved": 9_000_000,
    }


class FundTransferred(Event):
    """A council took over what another one could promise, and what it was short of. Subject: who took over."""

    type = "fund_transferred"
    handed_over_by = fields.Id(required=True)
    council = fields.Id(required=True)
    on = fields.Day(required=True)
    effective_on = fields.Day(required=True)
    pots = fields.Nested({pot: fields.Money(required=True, min=0) for pot in POTS}, required=True)
    shortfalls = fields.Nested({pot: fields.Money(required=True, min=0) for pot in POTS}, required=True)
    example = {
        "handed_over_by": _OTHER,
        "council": COUNCIL,
        "on": "2026-07-01",
        "effective_on": "2026-07-01",
        "pots": {"women": 3_000_000, "youth": 2_000_000, "pwd": 0},
        "shortfalls": {"women": 0, "youth": 0, "pwd": 0},
    }
