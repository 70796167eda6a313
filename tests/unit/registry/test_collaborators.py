"""Who may be appointed as a collaborator, and how one leaves."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import registry
from chassis.rules import read_rules
from registry.collaborators.model import (
    Appointment,
    check_appointments,
    check_dates,
    check_exit,
    reasons_against,
)
from registry.rule_broken import RuleBroken

RULES = {rule.name: rule.document for rule in read_rules(Path(registry.__file__).parent / "rules")}[
    "collaborators"
]
ISSUED = date(2020, 4, 8)
LAN = Appointment("Nguyễn Thị Lan", date(1985, 6, 2), "college", "social_work", certificate=False)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"qualification": "vocational", "field": "sociology"},
        {"qualification": "upper_secondary", "field": "other", "certificate": True},
        {"born_on": date(2002, 4, 8)},
    ],
)
def test_who_meets_the_rules_may_be_appointed(facts):
    assert reasons_against(replace(LAN, **facts), RULES, ISSUED) == []


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"born_on": date(2002, 4, 9)}, "under 18 years on the day of the decision"),
        ({"qualification": "lower_secondary", "certificate": True}, "qualification below upper_secondary"),
        ({"qualification": "doctor"}, "no such qualification"),
        ({"field": "other"}, "neither trained in social work"),
        ({"qualification": "upper_secondary"}, "neither trained in social work"),
    ],
)
def test_who_does_not_is_refused_with_the_reason(facts, reason):
    (against,) = reasons_against(replace(LAN, **facts), RULES, ISSUED)
    assert against.startswith(reason)


def test_a_decision_names_everyone_at_fault_by_place_and_no_one_by_name():
    young = replace(LAN, name="Trần Văn An", born_on=date(2010, 1, 1))
    twice = replace(LAN, name="nguyen thi lan")
    with pytest.raises(RuleBroken, match="unqualified") as refused:
        check_appointments([LAN, young, twice], ["a", "b", "z"], {"a", "b"}, RULES, ISSUED)
    assert refused.value.fields == {
        "appointments.2": "under 18 years on the day of the decision",
        "appointments.3": "stands in this list twice; area outside that of the decision",
    }


def test_a_decision_takes_effect_when_issued_or_later():
    check_dates(ISSUED, ISSUED)
    with pytest.raises(RuleBroken, match="effective_before_issued"):
        check_dates(ISSUED, date(2020, 4, 7))


def test_an_exit_follows_the_appointment_once_and_for_a_reason():
    reasons = RULES["exit_reasons"]
    check_exit(ISSUED, None, ISSUED, "retired", reasons)
    for effective_on, exited_on, reason, code in (
        (date(2020, 4, 9), None, "retired", "left_before_appointed"),
        (ISSUED, date(2020, 5, 1), "retired", "already_left"),
        (ISSUED, None, "bored", "reason_unknown"),
    ):
        with pytest.raises(RuleBroken, match=code):
            check_exit(effective_on, exited_on, ISSUED, reason, reasons)
