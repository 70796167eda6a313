"""When an application ends without a loan."""

from collections.abc import Collection
from datetime import datetime, timedelta

from loans.rule_broken import RuleBroken


def require_withdrawable(status: str, next_step: str | None) -> None:
    """A group withdraws what it has not been paid, at whichever step it is."""
    if next_step is None:
        raise RuleBroken(
            "not_withdrawable", f"This application is {status}; only what was not paid out can be withdrawn."
        )


def require_reason(reason_code: str, reasons: Collection[str]) -> None:
    """A withdrawal names its reason by a code of the rules."""
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give the reason as one of: {', '.join(sorted(reasons))}.")


def release_at(lapses: datetime, recorded: datetime, record_within_days: int) -> datetime:
    """When a lapsed approval is released by itself.

    Some days are left for recording a payment that was made in time, counted from the approval's recording
    where that came late.
    """
    return max(lapses, recorded) + timedelta(days=record_within_days)
