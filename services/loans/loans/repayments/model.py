"""What a payment pays: oldest due principal first, in the order of value dates, the rest held as credit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from loans.rule_broken import RuleBroken
from loans.schedules.model import Instalment


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for a loan: its value date, and its place in the order of recording.

    A payment that was reversed counts until the day before `reversed_on`: not at all where that is its own day.
    """

    repayment: UUID
    on: date
    recorded: int
    amount: int
    reversed_on: date | None = None


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
class Change:
    """What changes on one value date: principal paid, and credit left over; either may be negative."""

    on: date
    principal: int
    credit: int


@dataclass(frozen=True, slots=True)
class Booking:
    """What one more fact about payments changes: on its own value date, and on later ones."""

    own: Change
    moved: tuple[Change, ...]  # principal that turns into credit, or credit into principal
    outstanding: int
    repaid_on: date | None

    @property
    def principal(self) -> int:
        """By how much the loan's outstanding principal falls."""
        return self.own.principal + sum(change.principal for change in self.moved)

    @property
    def credit(self) -> int:
        """By how much the loan's credit grows."""
        return self.own.credit + sum(change.credit for change in self.moved)


def counted(payments: Iterable[Payment], as_of: date | None = None) -> list[Payment]:
    """The payments that count at the end of `as_of`, or as known now: not those reversed by then."""
    return [
        p
        for p in payments
        if (as_of is None or p.on <= as_of)
        and (p.reversed_on is None or (as_of is not None and p.reversed_on > as_of))
    ]


def last_change(payments: Iterable[Payment]) -> date | None:
    """The last value date on which payments changed a loan: one came in, or no longer counted."""
    days = (p.on if p.reversed_on is None else p.reversed_on for p in payments if p.reversed_on != p.on)
    return max(days, default=None)


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


def changes(principal: int, payments: Iterable[Payment]) -> dict[date, Change]:
    """What payments and their reversals change on each value date: first principal is paid, the rest is credit."""
    came_in: dict[date, int] = {}
    for payment in payments:
        came_in[payment.on] = came_in.get(payment.on, 0) + payment.amount
        if payment.reversed_on is not None:
            came_in[payment.reversed_on] = came_in.get(payment.reversed_on, 0) - payment.amount
    total, by_day = 0, {}
    for on in sorted(came_in):
        before, total = total, total + came_in[on]
        paid = min(principal, total) - min(principal, before)
        by_day[on] = Change(on, paid, came_in[on] - paid)
    return by_day


def book(principal: int, before: Sequence[Payment], after: Sequence[Payment], on: date) -> Booking:
    """What it changes on a loan of `principal` that its payments are `after` and not `before`.

    They differ by one payment, recorded or reversed with value date `on`. Any order of recording leaves the
    same changes on each day, as everything is placed by its value date.
    """
    old, new = changes(principal, before), changes(principal, after)
    nothing = Change(on, 0, 0)
    differences = [
        Change(
            day,
            new.get(day, nothing).principal - old.get(day, nothing).principal,
            new.get(day, nothing).credit - old.get(day, nothing).credit,
        )
        for day in sorted({on, *old, *new})
    ]
    own = next(change for change in differences if change.on == on)
    moved = tuple(change for change in differences if change.on != on and change.principal)
    outstanding = principal - sum(change.principal for change in new.values())
    return Booking(own, moved, outstanding, _repaid_on(principal, new) if outstanding == 0 else None)


def _repaid_on(principal: int, by_day: Mapping[date, Change]) -> date | None:
    """The day since which nothing is owed."""
    left, since = principal, None
    for on in sorted(by_day):
        left -= by_day[on].principal
        since = (since or on) if left == 0 else None
    return since


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


def require_payable(state: str) -> None:
    """A loan that the bank sent back is owed by nobody; what was given up comes in as a recovery."""
    if state in ("written_off", "recovered"):
        raise RuleBroken(
            "loan_written_off", "This loan was written off; record the money as a recovery of it."
        )
    if state == "void":
        raise RuleBroken(
            "loan_void", "This loan was never paid out: the bank sent it back. Check the loan's number."
        )
