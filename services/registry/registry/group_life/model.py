"""What may happen to a group once it is on record."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from registry.rule_broken import RuleBroken

ALIVE = ("registered", "verified", "not_found")
_SEEN = ("verified", "not_found")


def require_alive(status: str) -> None:
    """Nobody joins or leaves a group that is no more, and it ceases once."""
    if status not in ALIVE:
        raise RuleBroken("group_is_no_more", f"This group is {status}; nothing more happens to it.")


def require_verified_once(status: str) -> None:
    """Visits follow a verification; before it the group waits for its first."""
    if status not in _SEEN:
        raise RuleBroken(
            "not_verified_yet", f"This group is {status}; only a group that was verified is visited again."
        )


def require_other_officer(registered_by: str, visitor: str) -> None:
    """Who registered a group does not vouch for it."""
    if registered_by == visitor:
        raise RuleBroken(
            "maker_is_checker", "Who registered a group cannot vouch for it; pass the visit to a colleague."
        )


def require_in_order(on: date, last_on: date) -> None:
    """What happens to a group is recorded in the order of its days."""
    if on < last_on:
        raise RuleBroken(
            "before_last_step",
            f"What is on record of this group goes to {last_on}; give that day or a later one.",
            {"on": str(on)},
        )


def require_reason(reason_code: str, reasons: Sequence[str]) -> None:
    """A reason comes from the list in force."""
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give one of the reasons {', '.join(reasons)}.")


def require_leaves_after_joining(on: date, joined_on: date) -> None:
    """Nobody leaves before they came."""
    if on < joined_on:
        raise RuleBroken(
            "left_before_joining", f"This member joined on {joined_on}; check the day.", {"on": str(on)}
        )


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last."""
    year, month0 = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))
