"""The verdict on made-up remains: each thing that can go wrong is told as what it is, and nothing else."""

import json
from dataclasses import replace

import pytest

from chassis.envelope import CHAIN_START, chained
from reliability.history import History
from reliability.verdict import Effect, Logged, Made, Remains, judge

EVENT, OTHER = "event-1", "event-2"


def told(event: str, cause: str, version: int = 1, actor: str = "officer") -> str:
    return json.dumps(
        {
            "id": event,
            "type": "loan_repaid",
            "subject": "a loan",
            "causationid": cause,
            "aggregateversion": version,
            "actor": actor,
        }
    )


def log(*bodies: str) -> list[Logged]:
    chain, made = CHAIN_START, []
    for position, body in enumerate(bodies, start=1):
        chain = chained(chain, body)
        made.append(Logged(position, json.loads(body)["id"], body, chain))
    return made


def world(outcome: str = "committed") -> tuple[History, Remains]:
    """One command that a caller asked for, and everything that it left."""
    history = History()
    attempt = history.begin("command-1", "loans", "repay")
    history.tries(attempt)
    reply = {"loan": "a loan", "events": [EVENT]}
    if outcome == "committed":
        history.committed(attempt, reply)
    elif outcome == "refused":
        history.refused(attempt, "not_yet")
    else:
        history.failed(attempt, "no_answer")
    remains = Remains(
        effects={"loans": [Effect("command-1", "repay", reply)]},
        logs={"loans": log(told(EVENT, "command-1"))},
        rows={("loans", "repay"): Made("loan", ["a loan"])},
        taken={("reports", "loans"): [(1, EVENT)]},
    )
    return history, remains


def kinds(history, remains) -> list[str]:
    return [violation.kind for violation in judge(history, remains)]


@pytest.mark.parametrize("outcome", ["committed", "unknown"])
def test_what_took_effect_once_is_right_whether_or_not_its_caller_was_told(outcome):
    assert kinds(*world(outcome)) == []


def test_who_got_no_answer_may_find_nothing():
    history, remains = world("unknown")
    nothing = Remains(effects={"loans": []}, logs={"loans": []}, taken={("reports", "loans"): []})
    assert kinds(history, nothing) == []
    assert remains.effects


def test_what_was_answered_and_left_nothing_is_lost():
    history, remains = world()
    nothing = replace(remains, effects={"loans": []}, logs={"loans": []}, rows={}, taken={})
    assert kinds(history, nothing) == ["lost"]


def test_what_was_refused_and_took_effect_is_unexpected():
    assert kinds(*world("refused")) == ["unexpected"]


def test_a_refusal_after_a_try_in_the_dark_proves_nothing():
    history = History()
    attempt = history.begin("command-1", "loans", "repay")
    history.tries(attempt)
    history.failed(attempt, "no_answer")
    history.tries(attempt)
    history.refused(attempt, "unauthenticated")
    assert attempt.outcome == "unknown"


def test_what_nobody_asked_for_is_unexpected():
    _, remains = world()
    assert kinds(History(), remains) == ["unexpected"]


def test_a_second_row_or_a_second_event_of_a_command_is_twice():
    history, remains = world()
    rows = replace(remains, rows={("loans", "repay"): Made("loan", ["a loan", "a loan"])})
    assert kinds(history, rows) == ["twice"]
    events = log(told(EVENT, "command-1"), told(OTHER, "command-1"))
    more = replace(remains, logs={"loans": events}, taken={("reports", "loans"): [(1, EVENT), (2, OTHER)]})
    assert kinds(history, more) == ["twice"]


def test_an_event_without_a_cause_is_unexpected_unless_the_service_itself_is_its_cause():
    history, remains = world()
    own = log(told(EVENT, "command-1"), told(OTHER, "none", actor="service:loans"))
    taken = {("reports", "loans"): [(1, EVENT), (2, OTHER)]}
    assert kinds(history, replace(remains, logs={"loans": own}, taken=taken)) == []
    stray = log(told(EVENT, "command-1"), told(OTHER, "none"))
    assert kinds(history, replace(remains, logs={"loans": stray}, taken=taken)) == ["unexpected"]


def test_an_event_that_a_follower_does_not_hold_is_lost_and_one_held_twice_is_twice():
    history, remains = world()
    assert kinds(history, replace(remains, taken={("reports", "loans"): []})) == ["lost"]
    twice = [(1, EVENT), (1, EVENT)]
    assert kinds(history, replace(remains, taken={("reports", "loans"): twice})) == ["twice"]


def test_a_hole_a_broken_chain_and_a_version_that_goes_back_are_out_of_order():
    history, remains = world()
    taken = {("reports", "loans"): [(1, EVENT), (2, OTHER)]}
    back = log(told(EVENT, "command-1", 2), told(OTHER, "x", 1, actor="service:loans"))
    assert kinds(history, replace(remains, logs={"loans": back}, taken=taken)) == ["order"]
    [only] = remains.logs["loans"]
    hole = replace(only, position=2)
    at_two = {("reports", "loans"): [(2, EVENT)]}
    assert kinds(history, replace(remains, logs={"loans": [hole]}, taken=at_two)) == ["order"]
    forged = replace(only, chain=b"\0" * 32)
    assert kinds(history, replace(remains, logs={"loans": [forged]})) == ["order"]
