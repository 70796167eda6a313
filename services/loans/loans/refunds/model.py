"""How much of a loan's credit can be refunded."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from loans.repayments.model import Payment
from loans.reversals.model import credit_curve
from loans.rule_broken import RuleBroken


def refundable(principal: int, payments: Iterable[Payment], refunds: Mapping[date, int], on: date) -> int:
    """All the credit that the loan holds on `on` and on every day since: the least of those days."""
    curve = credit_curve(principal, payments, refunds)
    then = [held for day, held in curve if day <= on][-1:] or [0]
    return min([*then, *(held for day, held in curve if day > on)])


def require_credit(amount: int) -> None:
    """Credit is refunded once: afterwards there is none."""
    if amount <= 0:
        raise RuleBroken("no_credit", "This loan holds no credit on that day, or it was refunded already.")


def require_other_person(actor: str, recorded_by: Collection[str]) -> None:
    """Maker and checker differ: who recorded a payment of the loan does not pay its credit out."""
    if actor in recorded_by:
        raise RuleBroken(
            "maker_is_checker", "You recorded a payment of this loan; another officer must refund its credit."
        )
