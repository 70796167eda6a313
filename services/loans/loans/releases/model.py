"""When an application ends without a loan."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from loans.rule_broken import RuleBroken
from loans.schedules.model import add_months

WITHDRAWABLE = ("submitted", "approved")


def require_withdrawable(status: str) -> None:
    """A group withdraws what it has not been paid."""
    if status not in WITHDRAWABLE:
        raise RuleBroken(
            "not_withdrawable", f"This application is {status}; only what was not paid out can be withdrawn."
        )


def require_reason(reason_code: str, reasons: Collection[str]) -> None:
    """A withdrawal names its reason by a code of the rules."""
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give the reason as one of: {', '.join(sorted(reasons))}.")


def lapses_on(approved_on: date, within_months: int | None) -> date | None:
    """The first day on which an approval can no longer be paid out; None where the rules set no term."""
    return None if within_months is None else add_months(approved_on, within_months) + timedelta(days=1)


def has_lapsed(approved_on: date, within_months: int | None, on: date) -> bool:
    """Whether an approval can no longer be paid out on a day."""
    lapses = lapses_on(approved_on, within_months)
    return lapses is not None and on >= lapses


def release_at(lapses: datetime, recorded: datetime, record_within_days: int) -> datetime:
    """When a lapsed approval is released by itself.

    Some days are left for recording a payment that was made in time, counted from the approval's recording
    where that came late.
    """
    return max(lapses, recorded) + timedelta(days=record_within_days)
