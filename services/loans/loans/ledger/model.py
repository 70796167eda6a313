"""The chart of accounts of a pot, and how each fact of the loan scheme is booked in it.

Each entry belongs to one pot and is balanced in each of two books:

* `fund` states the law of the pot: what came in (opening, set-asides, repayments, recoveries, and a shortfall
  while one is open) stands on the credit side, where it went (available, reserved, credits held, disbursed,
  refunded) on the debit side. As every entry balances, what came in always equals where it went.
* `loans` states who owes: `outstanding`, one account a loan, against `lent`, the pot's control account.

Amounts are whole shillings (the smallest unit that circulates), always positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
        "available": AccountKind("fund", "debit", "pot"),
        "reserved": AccountKind("fund", "debit", "application"),
        "credit_held": AccountKind("fund", "debit", "loan"),
        "disbursed": AccountKind("fund", "debit", "pot"),
        "refunded": AccountKind("fund", "debit", "pot"),
        "outstanding": AccountKind("loans", "debit", "loan"),
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
        """An earlier payment came to be known: this part of `repayment` paid nothing more and is credit."""
        return self._entry(
            "reallocation",
            on,
            repayment,
            debit("credit_held", amount, loan),
            credit("available", amount),
            debit("outstanding", amount, loan),
            credit("lent", amount),
        )

    def _entry(self, kind: str, on: date, document: UUID, *lines: Posting) -> Entry:
        moved = tuple(line for line in lines if line.debit or line.credit)
        return Entry(kind, self.council, self.pot, on, document, moved)


def debit(kind: str, amount: int, subject: UUID | None = None) -> Posting:
    return Posting(kind, subject, amount, 0)


def credit(kind: str, amount: int, subject: UUID | None = None) -> Posting:
    return Posting(kind, subject, 0, amount)
