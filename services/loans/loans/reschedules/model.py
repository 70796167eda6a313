"""The terms of a loan that is put off."""

from collections.abc import Sequence
from datetime import date

from loans.rule_broken import RuleBroken
from loans.schedules.model import (
    Instalment,
    IsWorking,
    Product,
    add_months,
    instalment_amounts,
    move_to_working_day,
)


def revised(
    principal: int,
    outstanding: int,
    on: date,
    first_due_on: date,
    count: int,
    product: Product,
    is_working: IsWorking,
) -> list[Instalment]:
    """The terms by which `outstanding` is paid in `count` instalments, the first on `first_due_on`.

    The days keep the day of the first, as far apart as the product has it. What had been paid by then stands as the
    first line, due on the day of the rescheduling, so that the amounts sum to the principal here too.
    """
    paid = [Instalment(1, on, principal - outstanding)] if outstanding < principal else []
    amounts = instalment_amounts(outstanding, count, product.multiple_of)
    return [
        *paid,
        *(
            Instalment(
                len(paid) + n + 1,
                move_to_working_day(
                    add_months(first_due_on, n * product.every_months), product.shift, is_working
                ),
                amount,
            )
            for n, amount in enumerate(amounts)
        ),
    ]


def require_later(on: date, first_due_on: date, revisions: Sequence[date]) -> None:
    """New terms begin after the day on which they are agreed, and after the terms before them."""
    if first_due_on <= on:
        raise RuleBroken(
            "first_due_too_early", "The first instalment falls due after the day of rescheduling."
        )
    if revisions and on <= max(revisions):
        raise RuleBroken(
            "before_earlier_step", f"This loan was rescheduled on {max(revisions)}; this must be later."
        )
