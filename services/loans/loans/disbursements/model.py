"""How an approved loan may be paid out, and when that can be undone."""

from collections.abc import Iterable
from datetime import date

from loans.repayments.model import Payment
from loans.rule_broken import RuleBroken


def require_way(method: str, bank_reference: str | None, asset: object | None) -> None:
    """A bank payment names its reference and no goods; goods are described."""
    if method == "bank" and bank_reference is None:
        raise RuleBroken("bank_reference_missing", "Add the bank's reference of the payment.")
    if method == "bank" and asset is not None:
        raise RuleBroken(
            "asset_with_bank", "Money was paid to the group: leave the asset out, or choose in_kind."
        )
    if method == "in_kind" and asset is None:
        raise RuleBroken("asset_missing", "Describe the asset that was bought for the group.")


def require_unpaid(state: str, payments: Iterable[Payment], on: date) -> None:
    """A disbursement that the bank sent back is voided once, and nobody can have paid on it."""
    if state == "void":
        raise RuleBroken("already_void", "This disbursement was voided already; read the loan.")
    if state in ("written_off", "recovered"):
        raise RuleBroken("loan_written_off", "This loan was written off, so it had been paid out.")
    if any(p.reversed_on is None or p.reversed_on > max(on, p.on) for p in payments):
        raise RuleBroken(
            "loan_has_payments",
            "The group has paid on this loan, so it got the money; reverse wrong payments first.",
        )
