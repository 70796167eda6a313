"""The rules of complaints, their answers and their appeals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.appeals.model import Answered, check_appeal, check_appeal_decision
from cases.complaints.model import (
    Complaint,
    admit,
    check_acknowledgement,
    check_answer,
    check_resume,
    check_wait,
)
from cases.rule_broken import RuleBroken

RULES: dict[str, Any] = {
    "kinds": {
        "malalamiko": {"decisions": ["upheld", "not_upheld"]},
        "maoni": {"decisions": ["noted"]},
    },
    "categories": {"service": {"private": False}, "corruption_giving": {"private": True}},
    "channels": {"in_person": {}, "phone": {}},
    "answer_channels": {
        "letter": {"public": False, "needs_contact": True},
        "media": {"public": True, "needs_contact": False},
        "receipt": {"public": False, "needs_contact": False},
    },
    "appeal_decisions": {"upheld": {}, "dismissed": {}},
}
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RECEIVED = Complaint("received", NOW - 10 * DAY, "malalamiko", private=False, reachable=True)
ACKNOWLEDGED = replace(RECEIVED, state="acknowledged", acknowledged_at=NOW - 8 * DAY)


def admission(**other: Any) -> Any:
    given = {"kind": "malalamiko", "category": "service", "channel": "phone", "received_at": NOW, "now": NOW}
    return admit(RULES, **{**given, "complex": False, "asked_private": False, **other})


def answer(complaint: Complaint, *, decision: str = "upheld", by: str = "letter", at: datetime = NOW) -> None:
    check_answer(RULES, complaint, decision=decision, answer_channel=by, answered_at=at, now=NOW)


def test_a_complex_complaint_runs_on_the_longer_clock() -> None:
    assert admission().decide_clock == "decide"
    assert admission(complex=True).decide_clock == "decide_complex"


def test_corruption_is_a_private_matter_whatever_was_asked() -> None:
    assert admission(category="corruption_giving").private
    assert admission(asked_private=True).private
    assert not admission().private


@pytest.mark.parametrize(
    ("broken", "other"),
    [
        ("in_future", {"received_at": NOW + timedelta(seconds=1)}),
        ("unknown_kind", {"kind": "complaint"}),
        ("unknown_category", {"category": "weather"}),
        ("unknown_channel", {"channel": "pigeon"}),
    ],
)
def test_what_is_not_in_the_lists_is_not_taken_in(broken: str, other: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken, match=broken):
        admission(**other)


def test_a_complaint_is_acknowledged_once() -> None:
    check_acknowledgement(RECEIVED, acknowledged_at=NOW, now=NOW)
    with pytest.raises(RuleBroken, match="already_acknowledged"):
        check_acknowledgement(ACKNOWLEDGED, acknowledged_at=NOW, now=NOW)


@pytest.mark.parametrize(("broken", "at"), [("in_future", NOW + HOUR), ("before_receipt", NOW - 11 * DAY)])
def test_nothing_happens_before_receipt_or_in_the_future(broken: str, at: datetime) -> None:
    with pytest.raises(RuleBroken, match=broken):
        check_acknowledgement(RECEIVED, acknowledged_at=at, now=NOW)
    with pytest.raises(RuleBroken, match=broken):
        answer(RECEIVED, at=at)
    with pytest.raises(RuleBroken, match=broken):
        check_wait(RECEIVED, waiting_from=at, now=NOW)


def test_a_complaint_may_be_answered_without_having_been_acknowledged() -> None:
    answer(RECEIVED)
    answer(ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("broken", "complaint", "other"),
    [
        ("already_answered", replace(RECEIVED, state="answered"), {}),
        ("already_answered", replace(RECEIVED, state="decided"), {}),
        ("unknown_decision", RECEIVED, {"decision": "noted"}),
        ("unknown_answer_channel", RECEIVED, {"by": "rumour"}),
        ("media_refused", replace(RECEIVED, private=True), {"by": "media"}),
        ("nobody_to_reach", replace(RECEIVED, reachable=False), {}),
        ("before_acknowledgement", ACKNOWLEDGED, {"at": NOW - 9 * DAY}),
        ("before_pause", replace(ACKNOWLEDGED, waiting_from=NOW - DAY), {"at": NOW - 2 * DAY}),
        ("before_pause", replace(ACKNOWLEDGED, paused_until=NOW - DAY), {"at": NOW - 2 * DAY}),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    broken: str, complaint: Complaint, other: dict[str, Any]
) -> None:
    with pytest.raises(RuleBroken, match=broken):
        answer(complaint, **other)


def test_who_left_no_name_finds_the_answer_with_the_receipt_code() -> None:
    answer(replace(RECEIVED, reachable=False), by="receipt")
    answer(replace(RECEIVED, reachable=False), by="media")


def test_each_kind_has_decisions_of_its_own() -> None:
    answer(replace(RECEIVED, kind="maoni"), decision="noted")


def test_the_clock_is_stopped_and_started_in_turn() -> None:
    check_wait(RECEIVED, waiting_from=NOW, now=NOW)
    waiting = replace(RECEIVED, waiting_from=NOW - DAY)
    check_resume(waiting, resumed_at=NOW, now=NOW)
    for broken, check in [
        ("already_waiting", lambda: check_wait(waiting, waiting_from=NOW, now=NOW)),
        ("not_waiting", lambda: check_resume(RECEIVED, resumed_at=NOW, now=NOW)),
        ("before_pause", lambda: check_resume(waiting, resumed_at=NOW - 2 * DAY, now=NOW)),
        ("in_future", lambda: check_resume(waiting, resumed_at=NOW + HOUR, now=NOW)),
        (
            "before_pause",
            lambda: check_wait(replace(RECEIVED, paused_until=NOW - HOUR), waiting_from=NOW - DAY, now=NOW),
        ),
        (
            "already_answered",
            lambda: check_wait(replace(RECEIVED, state="answered"), waiting_from=NOW, now=NOW),
        ),
    ]:
        with pytest.raises(RuleBroken, match=broken):
            check()


# Appeals

ANSWERED = Answered("answered", answered_at=NOW - 5 * DAY, answered_by="officer.1", appeal_by=NOW + 25 * DAY)
APPEALED = replace(ANSWERED, state="appealed", appealed_at=NOW - DAY)


def test_an_answer_may_be_appealed_once_and_in_time() -> None:
    check_appeal(ANSWERED, appealed_at=NOW, now=NOW)
    for broken, complaint, at in [
        ("already_appealed", APPEALED, NOW),
        ("already_appealed", replace(APPEALED, state="decided"), NOW),
        ("not_answered", Answered("received", None, None, None), NOW),
        ("in_future", ANSWERED, NOW + HOUR),
        ("before_answer", ANSWERED, NOW - 6 * DAY),
        ("appeal_too_late", replace(ANSWERED, appeal_by=NOW), NOW),
    ]:
        with pytest.raises(RuleBroken, match=broken):
            check_appeal(complaint, appealed_at=at, now=NOW)


def test_another_officer_decides_the_appeal() -> None:
    def decide(
        complaint: Answered = APPEALED, officer: str = "officer.2", at: datetime = NOW, **other: str
    ) -> None:
        decision = other.get("decision", "upheld")
        check_appeal_decision(RULES, complaint, decision=decision, officer=officer, decided_at=at, now=NOW)

    decide()
    for broken, given in [
        ("same_officer", {"officer": "officer.1"}),
        ("no_appeal_open", {"complaint": ANSWERED}),
        ("no_appeal_open", {"complaint": replace(APPEALED, state="decided")}),
        ("unknown_decision", {"decision": "perhaps"}),
        ("before_appeal", {"at": NOW - 2 * DAY}),
        ("in_future", {"at": NOW + HOUR}),
    ]:
        with pytest.raises(RuleBroken, match=broken):
            decide(**given)
