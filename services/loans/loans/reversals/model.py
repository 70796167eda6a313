"""When a payment may be reversed, and what its papers stand for afterwards."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from loans.repayments.model import Payment, changes
from loans.rule_broken import RuleBroken

# The reasons by which the money did come in: the receipt and the bank reference are to be entered again.
ENTERED_AGAIN = ("entered_wrongly", "not_for_this_loan")


def require_reason(reason_code: str, reasons: Collection[str]) -> None:
    """A correction names its reason by a code of the rules."""
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give the reason as one of: {', '.join(sorted(reasons))}.")


def require_other_person(actor: str, recorded_by: str) -> None:
    """Maker and checker differ: nobody undoes or pays back what they recorded themselves."""
    if actor == recorded_by:
        raise RuleBroken("maker_is_checker", "You recorded this yourself; another officer must correct it.")


def require_after(on: date, earlier: date, what: str) -> None:
    """A correction is not dated before what it corrects."""
    if on < earlier:
        raise RuleBroken(
            "before_original", f"The {what} is of {earlier}; a correction is not earlier.", {"on": str(on)}
        )


def without(payments: Sequence[Payment], repayment: UUID, value_on: date) -> list[Payment]:
    """The payments when one of them no longer counts from `value_on`."""
    return [
        Payment(p.repayment, p.on, p.recorded, p.amount, value_on) if p.repayment == repayment else p
        for p in payments
    ]


def credit_curve(
    principal: int, payments: Iterable[Payment], refunds: Mapping[date, int]
) -> list[tuple[date, int]]:
    """The credit that a loan holds from each day on which it changes."""
    by_day = changes(principal, payments)
    held, curve = 0, []
    for on in sorted({*by_day, *refunds}):
        held += (by_day[on].credit if on in by_day else 0) - refunds.get(on, 0)
        curve.append((on, held))
    return curve


def require_credit_unspent(principal: int, payments: Iterable[Payment], refunds: Mapping[date, int]) -> None:
    """A payment whose credit went back to the group can no longer be reversed."""
    if any(held < 0 for _, held in credit_curve(principal, payments, refunds)):
        raise RuleBroken(
            "credit_refunded",
            "The credit that this payment left was refunded; have the group pay it in again first.",
        )
