"""A quarter of a fund: what it held, what came in, what went out, what it holds; and whether that adds up."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

POTS = ("women", "youth", "pwd")


@dataclass(frozen=True, slots=True)
class Statement:
    """One pot of one council over one quarter, or several of them together; whole units of money.

    Attributes:
        brought_forward: available, reserved and held for groups when the quarter began, less what fell short.
        taken_over, handed_over: what came from other councils, and went to them, when areas changed.
        opening: what the pot held before these books, where they began in this quarter.
        repayments, recoveries, disbursed: net of what was taken back.
        shortfall: what is missing at the end, where a payment was taken back after its money was lent again.
    """

    brought_forward: int = 0
    opening: int = 0
    set_asides: int = 0
    repayments: int = 0
    recoveries: int = 0
    taken_over: int = 0
    shortfall: int = 0
    available: int = 0
    reserved: int = 0
    credits: int = 0
    disbursed: int = 0
    refunded: int = 0
    handed_over: int = 0

    @property
    def came_in(self) -> int:
        return (
            self.brought_forward
            + self.opening
            + self.set_asides
            + self.repayments
            + self.recoveries
            + self.taken_over
            + self.shortfall
        )

    @property
    def went(self) -> int:
        return (
            self.available + self.reserved + self.credits + self.disbursed + self.refunded + self.handed_over
        )

    @property
    def held(self) -> int:
        """What the special account should hold at the end."""
        return self.available + self.reserved + self.credits - self.shortfall

    @property
    def difference(self) -> int:
        """What came in and is nowhere; 0 where the statement balances."""
        return self.came_in - self.went

    @property
    def moved(self) -> bool:
        """Whether there is anything to tell."""
        return any(getattr(self, field.name) for field in fields(self))


def statement(before: dict[str, int], during: dict[str, int], after: dict[str, int]) -> Statement:
    """A pot's statement of its figures before, in, and up to the end of a quarter, by indicator."""
    stocks = ("fund_available", "fund_reserved", "fund_credits")
    available = after.get("fund_available", 0)
    return Statement(
        brought_forward=sum(before.get(name, 0) for name in stocks),
        opening=during.get("fund_opening", 0),
        set_asides=during.get("fund_set_aside", 0),
        repayments=during.get("fund_repaid", 0),
        recoveries=during.get("fund_recovered", 0),
        taken_over=during.get("fund_taken_over", 0),
        shortfall=max(0, -available),
        available=max(0, available),
        reserved=after.get("fund_reserved", 0),
        credits=after.get("fund_credits", 0),
        disbursed=during.get("fund_disbursed", 0),
        refunded=during.get("fund_refunded", 0),
        handed_over=during.get("fund_handed_over", 0),
    )


def together(statements: Iterable[Statement]) -> Statement:
    """Several pots or councils as one; a shortfall of one is never covered by another."""
    all_of = list(statements)
    return Statement(
        **{field.name: sum(getattr(each, field.name) for each in all_of) for field in fields(Statement)}
    )
