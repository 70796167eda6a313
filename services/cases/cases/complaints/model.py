"""The rules of a complaint: what is admitted, how it may be answered, and what the citizen may do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.rule_broken import RuleBroken

STATES = ("received", "acknowledged", "answered", "appealed", "decided")

# What the citizen reads beside the state; the words in each language are the portal's.
NEXT_STEPS = {
    "received": "office_acknowledges",
    "acknowledged": "office_decides",
    "answered": "you_may_appeal",
    "appealed": "office_decides_appeal",
    "decided": "outside_bodies",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as far as its rules ask."""

    state: str
    received_at: datetime
    kind: str
    private: bool
    reachable: bool  # did the complainant leave a way to be reached?
    acknowledged_at: datetime | None = None
    waiting_from: datetime | None = None  # the office waits for the complainant since
    paused_until: datetime | None = None  # end of the last pause that has ended


@dataclass(frozen=True, slots=True)
class Admission:
    """What the coded lists say of a new complaint."""

    private: bool
    decide_clock: str  # which clock of the `clocks` rule the decision runs on


def admit(
    rules: Mapping[str, Any],
    *,
    kind: str,
    category: str,
    channel: str,
    received_at: datetime,
    now: datetime,
    complex: bool,
    asked_private: bool,
) -> Admission:
    """Take a complaint in: its codes are in the lists in force and it has come already.

    Raises:
        RuleBroken: `in_future`, `unknown_kind`, `unknown_category`, `unknown_channel`.
    """
    if received_at > now:
        raise RuleBroken(
            "in_future", "A complaint cannot be received in the future; give the moment it came."
        )
    check_code(rules["kinds"], kind, "kind")
    check_code(rules["categories"], category, "category")
    check_code(rules["channels"], channel, "channel")
    private = asked_private or rules["categories"][category]["private"]
    return Admission(private, "decide_complex" if complex else "decide")


def check_code(codes: Mapping[str, Any], code: str, what: str) -> None:
    """Refuse a code that is not in its list, as `unknown_<what>`."""
    if code not in codes:
        raise RuleBroken(
            f"unknown_{what}",
            f"This {what} is not in the list in force; ask `complaint_lists` for the codes.",
        )


def check_acknowledgement(complaint: Complaint, *, acknowledged_at: datetime, now: datetime) -> None:
    """A complaint is acknowledged once, after it was received."""
    if complaint.state != "received":
        raise RuleBroken(
            "already_acknowledged", "This complaint was acknowledged before; go on to its answer."
        )
    _check_moment(complaint, acknowledged_at, now)


def check_answer(
    rules: Mapping[str, Any],
    complaint: Complaint,
    *,
    decision: str,
    answer_channel: str,
    answered_at: datetime,
    now: datetime,
) -> None:
    """A complaint is answered once, by a decision of its kind and a way that fits.

    Raises:
        RuleBroken: `already_answered`, `unknown_decision`, `unknown_answer_channel`, `media_refused`,
            `nobody_to_reach`, `in_future`, `before_receipt`, `before_acknowledgement`, `before_pause`.
    """
    if complaint.state not in ("received", "acknowledged"):
        raise RuleBroken("already_answered", "This complaint has its answer; what follows is an appeal.")
    if decision not in rules["kinds"][complaint.kind]["decisions"]:
        raise RuleBroken(
            "unknown_decision",
            "This decision does not fit the kind of complaint; ask `complaint_lists` for those that do.",
        )
    check_answer_channel(
        rules, private=complaint.private, reachable=complaint.reachable, answer_channel=answer_channel
    )
    _check_moment(complaint, answered_at, now)
    if complaint.acknowledged_at is not None and answered_at < complaint.acknowledged_at:
        raise RuleBroken(
            "before_acknowledgement", "The answer lies before the acknowledgement; correct its moment."
        )
    _check_after_pauses(complaint, answered_at)


def check_answer_channel(
    rules: Mapping[str, Any], *, private: bool, reachable: bool, answer_channel: str
) -> None:
    """A way of answering must reach the complainant and keep private matters out of the papers."""
    check_code(rules["answer_channels"], answer_channel, "answer_channel")
    way = rules["answer_channels"][answer_channel]
    if way["public"] and private:
        raise RuleBroken(
            "media_refused",
            "This is a private matter and is not answered in public; answer the complainant alone.",
        )
    if way["needs_contact"] and not reachable:
        raise RuleBroken(
            "nobody_to_reach",
            "The complainant left no way to be reached; leave the answer for whoever shows the receipt.",
        )


def check_wait(complaint: Complaint, *, waiting_from: datetime, now: datetime) -> None:
    """The office may wait for the complainant while an answer is owed, and once at a time."""
    if complaint.state not in ("received", "acknowledged"):
        raise RuleBroken("already_answered", "This complaint has its answer; there is nothing to wait for.")
    if complaint.waiting_from is not None:
        raise RuleBroken(
            "already_waiting", "The clock is stopped already; resume it before you stop it again."
        )
    _check_moment(complaint, waiting_from, now)
    _check_after_pauses(complaint, waiting_from)


def check_resume(complaint: Complaint, *, resumed_at: datetime, now: datetime) -> None:
    """A stopped clock is started again, not before it was stopped."""
    if complaint.waiting_from is None:
        raise RuleBroken("not_waiting", "The clock of this complaint is running; there is nothing to resume.")
    _check_moment(complaint, resumed_at, now)
    if resumed_at < complaint.waiting_from:
        raise RuleBroken(
            "before_pause", "The clock cannot start again before it was stopped; correct the moment."
        )


def _check_moment(complaint: Complaint, at: datetime, now: datetime) -> None:
    if at > now:
        raise RuleBroken("in_future", "This moment lies in the future; enter it once it has come.")
    if at < complaint.received_at:
        raise RuleBroken("before_receipt", "This lies before the complaint was received; correct its moment.")


def _check_after_pauses(complaint: Complaint, at: datetime) -> None:
    held = complaint.waiting_from or complaint.paused_until
    if held is not None and at < held:
        raise RuleBroken(
            "before_pause", "This lies before or inside the time of waiting; correct its moment."
        )


def outside_bodies(rules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bodies outside the office to which anybody may turn, whatever the office decides."""
    return [{"body": body, "names": told["names"]} for body, told in sorted(rules["appeal_bodies"].items())]


def next_step(row: Mapping[str, Any]) -> str:
    """What comes next, as a code that the portal words: `row` holds `state` and `waiting`."""
    return "you_are_asked_for_more" if row["waiting"] else NEXT_STEPS[row["state"]]
