"""The rules of an appeal: in time, once, and decided by an officer who had no hand in the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.rule_broken import RuleBroken


@dataclass(frozen=True, slots=True)
class Answered:
    """An answered complaint as far as an appeal asks."""

    state: str
    answered_at: datetime | None
    answered_by: str | None  # an officer's subject
    appeal_by: datetime | None
    appealed_at: datetime | None = None


def check_appeal(complaint: Answered, *, appealed_at: datetime, now: datetime) -> None:
    """Whoever is not content may appeal, once, until the time to appeal has run out."""
    if complaint.state in ("appealed", "decided"):
        raise RuleBroken(
            "already_appealed",
            "This answer was appealed before; the bodies outside the office are open still.",
        )
    if complaint.state != "answered" or complaint.answered_at is None or complaint.appeal_by is None:
        raise RuleBroken(
            "not_answered", "There is no answer yet to appeal against; the office still owes it."
        )
    if appealed_at > now:
        raise RuleBroken("in_future", "This moment lies in the future; enter it once it has come.")
    if appealed_at < complaint.answered_at:
        raise RuleBroken("before_answer", "The appeal lies before the answer; correct its moment.")
    if appealed_at >= complaint.appeal_by:
        raise RuleBroken(
            "appeal_too_late",
            "The time to appeal inside the office is over; the bodies outside it are open still.",
        )


def check_appeal_decision(
    rules: Mapping[str, Any],
    complaint: Answered,
    *,
    decision: str,
    officer: str,
    decided_at: datetime,
    now: datetime,
) -> None:
    """An appeal is decided once, by another officer than the one who answered."""
    if complaint.state != "appealed" or complaint.appealed_at is None:
        raise RuleBroken("no_appeal_open", "No appeal is waiting for a decision here.")
    if officer == complaint.answered_by:
        raise RuleBroken(
            "same_officer", "You gave the answer that is appealed; another officer decides the appeal."
        )
    if decision not in rules["appeal_decisions"]:
        raise RuleBroken(
            "unknown_decision", "This decision is not in the list in force; ask `complaint_lists`."
        )
    if decided_at > now:
        raise RuleBroken("in_future", "This moment lies in the future; enter it once it has come.")
    if decided_at < complaint.appealed_at:
        raise RuleBroken("before_appeal", "The decision lies before the appeal; correct its moment.")
