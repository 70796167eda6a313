"""How a loan stands on a day: what is paid, by which payment, what is overdue and for how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from loans.repayments.model import Paid, Payment, allocate, counted, split
from loans.schedules.model import Instalment


@dataclass(frozen=True, slots=True)
class InstalmentStanding:
    """An instalment with what was paid of it; its state is `paid`, `overdue`, `part_paid` or `open`."""

    number: int
    due_on: date
    amount: int
    paid: int
    state: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan on a day: principal still owed, credit held, what is overdue, and since how many days."""

    outstanding: int
    credit: int
    overdue: int
    days_late: int
    instalments: tuple[InstalmentStanding, ...]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A payment, its parts, the instalments it paid, and what was still owed after it."""

    repayment: UUID
    on: date
    amount: int
    principal: int
    credit: int
    outstanding: int
    paid: tuple[Paid, ...]


def standing(instalments: Sequence[Instalment], payments: Iterable[Payment], as_of: date) -> Standing:
    """A loan's standing at the end of `as_of`, by the payments dated up to then.

    An instalment is late from the day after its due date.
    """
    until = counted(payments, as_of)
    principal = sum(instalment.amount for instalment in instalments)
    splits = split(principal, until)
    paid_of: dict[int, int] = {}
    for paid in allocate(instalments, until):
        paid_of[paid.number] = paid_of.get(paid.number, 0) + paid.amount
    lines = tuple(_line(instalment, paid_of.get(instalment.number, 0), as_of) for instalment in instalments)
    late = [line for line in lines if line.state == "overdue"]
    return Standing(
        outstanding=principal - sum(s.principal for s in splits),
        credit=sum(s.credit for s in splits),
        overdue=sum(line.amount - line.paid for line in late),
        days_late=(as_of - min(line.due_on for line in late)).days if late else 0,
        instalments=lines,
    )


def statement(
    instalments: Sequence[Instalment], payments: Iterable[Payment], as_of: date
) -> list[StatementLine]:
    """The payments dated up to `as_of` in value-date order, each with what it paid."""
    until = counted(payments, as_of)
    paid = allocate(instalments, until)
    left = sum(instalment.amount for instalment in instalments)
    lines = []
    for s in split(left, until):
        left -= s.principal
        own = tuple(p for p in paid if p.repayment == s.payment.repayment)
        lines.append(
            StatementLine(
                s.payment.repayment, s.payment.on, s.payment.amount, s.principal, s.credit, left, own
            )
        )
    return lines


def _line(instalment: Instalment, paid: int, as_of: date) -> InstalmentStanding:
    if paid == instalment.amount:
        state = "paid"
    elif instalment.due_on < as_of:
        state = "overdue"
    else:
        state = "part_paid" if paid else "open"
    return InstalmentStanding(instalment.number, instalment.due_on, instalment.amount, paid, state)
