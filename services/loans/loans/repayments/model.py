"""What a payment pays: oldest due principal first, in the order of value dates, the rest held as credit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from loans.rule_broken import RuleBroken
from loans.schedules.model import Instalment


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for a loan: its value date, and its place in the order of recording."""

    repayment: UUID
    on: date
    recorded: int
    amount: int


@dataclass(frozen=True, slots=True)
class Split:
    """A payment's two parts: what it paid of the principal, and what was left over."""

    payment: Payment
    principal: int
    credit: int


@dataclass(frozen=True, slots=True)
class Paid:
    """How much of which instalment a payment paid."""

    repayment: UUID
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class Booking:
    """What one more payment changes: its own split, and what payments dated after it now leave over."""

    split: Split
    moved: tuple[Split, ...]  # `principal` is 0, `credit` the part of a later payment that turned into credit
    outstanding: int
    repaid_on: date | None

    @property
    def principal(self) -> int:
        """By how much the loan's outstanding principal falls."""
        return self.split.principal - sum(move.credit for move in self.moved)

    @property
    def credit(self) -> int:
        """By how much the loan's credit grows."""
        return self.split.credit + sum(move.credit for move in self.moved)


def in_value_order(payments: Iterable[Payment]) -> list[Payment]:
    """By value date; payments of one day in the order in which they were recorded."""
    return sorted(payments, key=lambda payment: (payment.on, payment.recorded))


def split(principal: int, payments: Iterable[Payment]) -> list[Split]:
    """Each payment's share in paying `principal`, in value-date order."""
    left = principal
    splits = []
    for payment in in_value_order(payments):
        paid = min(left, payment.amount)
        left -= paid
        splits.append(Split(payment, paid, payment.amount - paid))
    return splits


def book(principal: int, recorded: Sequence[Payment], new: Payment) -> Booking:
    """What `new` changes on a loan of `principal` that already has the payments `recorded`.

    Any order of recording leaves the same splits, as every payment is placed by its value date.
    """
    before = {s.payment.repayment: s for s in split(principal, recorded)}
    after = split(principal, [*recorded, new])
    own = next(s for s in after if s.payment.repayment == new.repayment)
    moved = tuple(
        Split(s.payment, 0, s.credit - before[s.payment.repayment].credit)
        for s in after
        if s is not own and s.credit != before[s.payment.repayment].credit
    )
    outstanding = principal - sum(s.principal for s in after)
    last = max((s.payment.on for s in after if s.principal), default=None)
    return Booking(own, moved, outstanding, last if outstanding == 0 else None)


def allocate(instalments: Sequence[Instalment], payments: Iterable[Payment]) -> list[Paid]:
    """Which payment paid which instalment: the oldest due first."""
    open_amounts = [[i.number, i.amount] for i in sorted(instalments, key=lambda i: (i.due_on, i.number))]
    paid = []
    at = 0
    for payment in in_value_order(payments):
        left = payment.amount
        while left and at < len(open_amounts):
            part = min(left, open_amounts[at][1])
            paid.append(Paid(payment.repayment, open_amounts[at][0], part))
            left -= part
            open_amounts[at][1] -= part
            if not open_amounts[at][1]:
                at += 1
    return paid


def require_payment_date(on: date, disbursed_on: date) -> None:
    """No payment is older than the loan that it pays."""
    if on < disbursed_on:
        raise RuleBroken(
            "before_disbursement",
            f"The loan was disbursed on {disbursed_on}; a payment of an earlier day belongs to another loan.",
            {"on": str(on)},
        )
