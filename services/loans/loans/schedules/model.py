"""When a loan is due and how much: due dates that keep their day, whole and equal instalments."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from loans.rule_broken import RuleBroken

SHIFTS = ("next_working", "previous_working", "next_working_same_month", "none")

IsWorking = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Product:
    """How a loan is repaid: months from disbursement to the last due date, the first without instalments.

    `every_months` lies between two due dates; instalments are multiples of `multiple_of`, but for the last;
    `shift` says where a due date moves that falls on a weekend or public holiday. Due dates fall on the
    `anchor_day` of their months, or on the day of disbursement where the product has none.
    """

    code: str
    term_months: int
    grace_months: int
    every_months: int = 1
    multiple_of: int = 1
    shift: str = "next_working"
    anchor_day: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.grace_months < self.term_months or self.every_months < 1 or self.multiple_of < 1:
            raise ValueError("a product repays at least one instalment after its grace")
        if (self.term_months - self.grace_months) % self.every_months:
            raise ValueError("the months after the grace are a whole number of instalments")
        if self.anchor_day is not None and not 1 <= self.anchor_day <= 31:
            raise ValueError("the anchor day is a day of the month")
        if self.multiple_of not in (1, 100, 1000):
            raise ValueError("instalments are multiples of 1, 100 or 1000")
        if self.shift not in SHIFTS:
            raise ValueError(f"a due date moves by one of {SHIFTS}")

    @property
    def instalments(self) -> int:
        return (self.term_months - self.grace_months) // self.every_months


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due on one day, in whole shillings."""

    number: int
    due_on: date
    amount: int


def product_from(document: dict[str, Any], code: str | None) -> Product:
    """The product of that code in a rule document of products; the document's default where none is named."""
    chosen = code or document["default"]
    if chosen not in document["products"]:
        known = ", ".join(sorted(document["products"]))
        raise RuleBroken(
            "product_unknown", f"Choose a loan product that is on offer: {known}.", {"product": chosen}
        )
    return Product(chosen, **document["products"][chosen])


def add_months(anchor: date, months: int, day: int | None = None) -> date:
    """The same day, or another `day` of the month, `months` later.

    It is the month's last day where the month has no such day (31 Jan, 28 Feb, 31 Mar).
    """
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    return date(year, month + 1, min(day or anchor.day, monthrange(year, month + 1)[1]))


def months_before_first_anchor(on: date, anchor_day: int | None) -> int:
    """0, or 1 where the anchor day of the month of disbursement is over: no group loses a day of its grace."""
    return 0 if anchor_day is None or add_months(on, 0, anchor_day) >= on else 1


def move_to_working_day(day: date, shift: str, is_working: IsWorking) -> date:
    """Where a due date really falls, by the product's rule."""
    if shift == "none" or is_working(day):
        return day
    if shift == "previous_working":
        return _walk(day, -1, is_working)
    moved = _walk(day, 1, is_working)
    if shift == "next_working_same_month" and moved.month != day.month:
        return _walk(day, -1, is_working)
    return moved


def make_schedule(principal: int, anchor: date, product: Product, is_working: IsWorking) -> list[Instalment]:
    """The instalments of a loan of `principal` disbursed on `anchor`.

    Each due date is counted from `anchor`, never from the date before: a moved or short month shifts nothing
    after it. With an anchor day they are counted from the first one on or after `anchor`.
    """
    first = months_before_first_anchor(anchor, product.anchor_day)
    amounts = instalment_amounts(principal, product.instalments, product.multiple_of)
    dues = (
        move_to_working_day(
            add_months(anchor, first + product.grace_months + product.every_months * n, product.anchor_day),
            product.shift,
            is_working,
        )
        for n in range(1, product.instalments + 1)
    )
    return [
        Instalment(n, due, amount) for n, (due, amount) in enumerate(zip(dues, amounts, strict=True), start=1)
    ]


def instalment_amounts(principal: int, count: int, multiple_of: int = 1) -> list[int]:
    """Equal amounts in multiples of `multiple_of`; the last takes the difference; they sum to `principal`."""
    each = principal // count // multiple_of * multiple_of
    if each == 0:
        raise RuleBroken(
            "instalments_too_small", "This amount is too small for that many instalments; choose fewer."
        )
    return [each] * (count - 1) + [principal - each * (count - 1)]


def _walk(day: date, step: int, is_working: IsWorking) -> date:
    while not is_working(day):
        day += timedelta(days=step)
    return day
