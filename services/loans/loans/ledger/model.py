"""The chart of accounts of a pot, and how each fact of the loan scheme is booked in it.

Each entry belongs to one pot and is balanced in each of two books:

* `fund` states the law of the pot: what came in (opening, set-asides, repayments, recoveries, transfers in, and a
  shortfall while one is open) stands on the credit side, where it went (available, reserved, credits held,
  disbursed, refunded, transfers out) on the debit side. As every entry balances, what came in always equals
  where it went.
* `loans` states who owes: `outstanding` and, once given up, `written_off`, one account a loan each, against
  `lent`, the pot's control account.

Amounts are whole shillings (the smallest unit that circulates), always positive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

Book = Literal["fund", "loans"]
Side = Literal["debit", "credit"]


@dataclass(frozen=True, slots=True)
class AccountKind:
    """A kind of account: its book, the side on which it grows, and whose it is."""

    book: Book
    normal: Side
    of: Literal["pot", "application", "loan"]


CHART: Mapping[str, AccountKind] = MappingProxyType(
    {
        "opening": AccountKind("fund", "credit", "pot"),
        "set_aside": AccountKind("fund", "credit", "pot"),
        "repayment": AccountKind("fund", "credit", "pot"),
        "recovery": AccountKind("fund", "credit", "pot"),
        "shortfall": AccountKind("fund", "credit", "pot"),
        "transfer_in": AccountKind("fund", "credit", "pot"),
        "available": AccountKind("fund", "debit", "pot"),
        "reserved": AccountKind("fund", "debit", "application"),
        "credit_held": AccountKind("fund", "debit", "loan"),
        "disbursed": AccountKind("fund", "debit", "pot"),
        "refunded": AccountKind("fund", "debit", "pot"),
        "transfer_out": AccountKind("fund", "debit", "pot"),
        "outstanding": AccountKind("loans", "debit", "loan"),
        "written_off": AccountKind("loans", "debit", "loan"),
        "lent": AccountKind("loans", "credit", "pot"),
    }
)


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry on one account; `subject` is the application or loan whose account it is."""

    kind: str
    subject: UUID | None
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced entry of one pot: `document` is the record that caused it, `on` its value date."""

    kind: str
    council: UUID
    pot: str
    on: date
    document: UUID
    postings: tuple[Posting, ...]
    relates_to: date | None = None  # the day in a closed quarter on which it really happened

    def __post_init__(self) -> None:
        for book in ("fund", "loans"):
            lines = [line for line in self.postings if CHART[line.kind].book == book]
            if sum(line.debit for line in lines) != sum(line.credit for line in lines):
                raise ValueError(f"the {book} book of a {self.kind} entry does not balance")
        for line in self.postings:
            if (line.subject is None) != (CHART[line.kind].of == "pot"):
                raise ValueError(f"a {line.kind} account belongs to its {CHART[line.kind].of}")
            if min(line.debit, line.credit) != 0 or max(line.debit, line.credit) <= 0:
                raise ValueError("a posting has one positive amount on one side")

    def adjusting(self, relates_to: date | None) -> "Entry":
        """The same entry as an adjustment of what happened on a day whose quarter is closed."""
        return replace(self, relates_to=relates_to)


@dataclass(frozen=True, slots=True)
class LoanHistory:
    """All that a loan has done in its pot: what was paid out, came in, was given back, and is owed."""

    principal: int
    paid: int
    recovered: int
    refunded: int
    credit_held: int
    outstanding: int
    written_off: int


@dataclass(frozen=True, slots=True)
class Pot:
    """A pot of a council: the unit that balances by itself; pots never borrow from each other."""

    council: UUID
    pot: str

    def set_aside(self, set_aside: UUID, on: date, amount: int) -> Entry:
        """Money of the council's own revenue becomes available."""
        return self._entry(
            "set_aside", on, set_aside, debit("available", amount), credit("set_aside", amount)
        )

    def reserve(self, application: UUID, on: date, amount: int) -> Entry:
        """An approval takes the money out of what others may be promised."""
        return self._entry(
            "reservation",
            on,
            application,
            debit("reserved", amount, application),
            credit("available", amount),
        )

    def disburse(self, loan: UUID, application: UUID, on: date, principal: int) -> Entry:
        """The reserved money leaves, and the group owes it."""
        return self._entry(
            "disbursement",
            on,
            loan,
            debit("disbursed", principal),
            credit("reserved", principal, application),
            debit("outstanding", principal, loan),
            credit("lent", principal),
        )

    def repay(self, repayment: UUID, loan: UUID, on: date, principal: int, over: int) -> Entry:
        """A payment: `principal` can be lent again, `over` is held for the group as its credit."""
        return self._entry(
            "repayment",
            on,
            repayment,
            debit("available", principal),
            debit("credit_held", over, loan),
            credit("repayment", principal + over),
            debit("lent", principal),
            credit("outstanding", principal, loan),
        )

    def reallocate(self, repayment: UUID, loan: UUID, on: date, amount: int) -> Entry:
        """`repayment`, known or undone only now, turns this much of what was paid on that day into credit.

        A negative amount is credit that pays principal after all.
        """
        return self._entry(
            "reallocation",
            on,
            repayment,
            debit("credit_held", amount, loan),
            credit("available", amount),
            debit("outstanding", amount, loan),
            credit("lent", amount),
        )

    def reverse(self, repayment: UUID, loan: UUID, on: date, principal: int, over: int) -> Entry:
        """The opposite of a payment: it never was, so the group owes `principal` and holds `over` less."""
        return self._entry(
            "reversal",
            on,
            repayment,
            debit("repayment", principal + over),
            credit("available", principal),
            credit("credit_held", over, loan),
            debit("outstanding", principal, loan),
            credit("lent", principal),
        )

    def refund(self, refund: UUID, loan: UUID, on: date, amount: int) -> Entry:
        """Credit goes back to the group."""
        return self._entry(
            "refund", on, refund, debit("refunded", amount), credit("credit_held", amount, loan)
        )

    def void(self, loan: UUID, application: UUID, on: date, principal: int, *, reserved: bool) -> Entry:
        """The bank sent the money back: it is reserved again, or available where the approval has lapsed."""
        return self._entry(
            "disbursement_void",
            on,
            loan,
            debit("reserved", principal, application) if reserved else debit("available", principal),
            credit("disbursed", principal),
            debit("lent", principal),
            credit("outstanding", principal, loan),
        )

    def release(self, application: UUID, on: date, amount: int) -> Entry:
        """An approval that came to nothing gives its reserve back."""
        return self._entry(
            "release", on, application, debit("available", amount), credit("reserved", amount, application)
        )

    def write_off(self, document: UUID, loan: UUID, on: date, amount: int, kind: str = "write_off") -> Entry:
        """What a loan still owes is given up: it is asked for no longer in the portfolio, and owed all the same."""
        return self._entry(
            kind, on, document, debit("written_off", amount, loan), credit("outstanding", amount, loan)
        )

    def recover(self, recovery: UUID, loan: UUID, on: date, amount: int) -> Entry:
        """Money comes in for what was given up: it can be lent again."""
        return self._entry(
            "recovery",
            on,
            recovery,
            debit("available", amount),
            credit("recovery", amount),
            debit("lent", amount),
            credit("written_off", amount, loan),
        )

    def unrecover(self, recovery: UUID, loan: UUID, on: date, amount: int) -> Entry:
        """The opposite of a recovery: it never was."""
        return self._entry(
            "reversal",
            on,
            recovery,
            debit("recovery", amount),
            credit("available", amount),
            debit("written_off", amount, loan),
            credit("lent", amount),
        )

    def open(self, opening: UUID, on: date, amount: int) -> Entry:
        """What the pot held before this system kept its books."""
        return self._entry("opening", on, opening, debit("available", amount), credit("opening", amount))

    def fall_short(self, document: UUID, on: date, amount: int) -> Entry:
        """Money that `document` took back was lent again: what is missing; a negative amount covers it."""
        return self._entry("shortfall", on, document, debit("available", amount), credit("shortfall", amount))

    def hand_over_loan(self, move: UUID, loan: UUID, on: date, history: LoanHistory) -> Entry:
        """Another council takes a loan over, with its whole history and what is owed."""
        return self._loan_moves("transfer_out", move, loan, on, history, 1)

    def take_over_loan(self, move: UUID, loan: UUID, on: date, history: LoanHistory) -> Entry:
        """The other side of `hand_over_loan`."""
        return self._loan_moves("transfer_in", move, loan, on, history, -1)

    def hand_over_reserve(self, move: UUID, application: UUID, on: date, amount: int) -> Entry:
        """Another council takes an approval over, with the money that is reserved for it."""
        lines = debit("transfer_out", amount), credit("reserved", amount, application)
        return self._entry("transfer_out", on, move, *lines)

    def take_over_reserve(self, move: UUID, application: UUID, on: date, amount: int) -> Entry:
        """The other side of `hand_over_reserve`."""
        lines = debit("reserved", amount, application), credit("transfer_in", amount)
        return self._entry("transfer_in", on, move, *lines)

    def hand_over(self, move: UUID, on: date, amount: int) -> Entry:
        """Another council takes over money that can be promised."""
        return self._entry(
            "transfer_out", on, move, debit("transfer_out", amount), credit("available", amount)
        )

    def take_over(self, move: UUID, on: date, amount: int) -> Entry:
        """The other side of `hand_over`."""
        return self._entry("transfer_in", on, move, debit("available", amount), credit("transfer_in", amount))

    def _loan_moves(
        self, kind: str, move: UUID, loan: UUID, on: date, history: LoanHistory, sign: int
    ) -> Entry:
        owed = history.outstanding + history.written_off
        lines = (
            debit("repayment", sign * history.paid),
            debit("recovery", sign * history.recovered),
            credit("disbursed", sign * history.principal),
            credit("refunded", sign * history.refunded),
            credit("credit_held", sign * history.credit_held, loan),
            debit(kind, sign * owed),
            debit("lent", sign * owed),
            credit("outstanding", sign * history.outstanding, loan),
            credit("written_off", sign * history.written_off, loan),
        )
        return self._entry(kind, on, move, *lines)

    def _entry(self, kind: str, on: date, document: UUID, *lines: Posting) -> Entry:
        moved = tuple(line for line in lines if line.debit or line.credit)
        return Entry(kind, self.council, self.pot, on, document, moved)


def available_moves(entries: Iterable[Entry]) -> dict[date, int]:
    """What entries add to and take from the available money, by value date."""
    moves: dict[date, int] = {}
    for entry in entries:
        for line in entry.postings:
            if line.kind == "available":
                moves[entry.on] = moves.get(entry.on, 0) + line.debit - line.credit
    return moves


def shortfall_changes(
    available: Mapping[date, int],
    shortfall: Mapping[date, int],
    moves: Mapping[date, int],
    *,
    may_fall_short: bool,
) -> dict[date, int]:
    """By how much a pot's shortfall changes on each day once `moves` of available money are booked.

    `available` and `shortfall` are what moved on each day so far. Without its shortfall the pot would hold less
    than nothing on some days: on each of those the shortfall is just what is missing, and on all others nothing,
    whatever the order in which facts came to be known. Only what undoes a payment may make it grow.
    """
    held = short = kept = 0
    changes: dict[date, int] = {}
    for day in sorted({*available, *shortfall, *moves}):
        held += available.get(day, 0) - shortfall.get(day, 0) + moves.get(day, 0)
        short += shortfall.get(day, 0)
        needed = max(0, -held) if may_fall_short else min(short, max(0, -held))
        if change := needed - kept - shortfall.get(day, 0):
            changes[day] = change
        kept = needed
    return changes


def debit(kind: str, amount: int, subject: UUID | None = None) -> Posting:
    """An amount on the debit side; a negative one is an amount on the other side."""
    return Posting(kind, subject, max(amount, 0), max(-amount, 0))


def credit(kind: str, amount: int, subject: UUID | None = None) -> Posting:
    """An amount on the credit side; a negative one is an amount on the other side."""
    return debit(kind, -amount, subject)
