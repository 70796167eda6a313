"""What the service shows to the world: examples that hold, rules that load, roles that fit."""

from pathlib import Path

import pytest

import registry
from chassis.auth import Roles
from chassis.reference import check_reference
from chassis.rules import read_rules
from registry.service import SERVICE

RULES = Path(registry.__file__).parent / "rules"


@pytest.mark.parametrize("operation", SERVICE.operations.values(), ids=lambda operation: operation.name)
def test_the_examples_of_every_operation_hold(operation):
    takes, replies = operation.takes(), operation.replies()
    assert takes.validate(operation.takes.example) == {}
    assert replies.validate(operation.replies.example) == {}


@pytest.mark.parametrize("event", SERVICE.published.values(), ids=lambda event: event.type)
def test_the_examples_of_every_event_hold(event):
    assert event().validate(event.example) == {}
    assert event.__doc__


def test_references_in_examples_have_true_check_characters():
    for event in SERVICE.published.values():
        if "reference" in event.example:
            check_reference(event.example["reference"])


def test_no_event_has_a_field_for_a_personal_word():
    personal = {"national_id", "born_on", "phone", "findings", "account_number", "note"}
    for event in SERVICE.published.values():
        assert not personal & event().fields.keys(), event.type


def test_every_permission_that_is_needed_is_granted_to_somebody():
    roles = Roles.load(RULES / "roles.yaml")
    needed = {operation.needs for operation in SERVICE.operations.values() if operation.needs}
    assert {need for need in needed if not roles.grants(need)} == set()


def test_an_auditor_reads_all_changes_nothing_and_sees_no_personal_data():
    roles = Roles.load(RULES / "roles.yaml")
    own = {name: op for name, op in SERVICE.operations.items() if op.run.__module__.startswith("registry.")}
    assert len(own) >= 17
    for operation in own.values():
        assert ("auditor" in roles.grants(operation.needs)) == (operation.kind == "query"), operation.name
    for permission in ("member.read_personal", "collaborator.read_personal"):
        assert "auditor" not in roles.grants(permission)


def test_what_a_lender_asks_is_answered_to_services_and_auditors_alone():
    assert Roles.load(RULES / "roles.yaml").grants("member_facts.read") == {"service", "auditor"}


def test_every_rule_names_its_source():
    rules = read_rules(RULES)
    assert {(rule.name, rule.country) for rule in rules} == {
        ("groups", "TZ"),
        ("group_life", "TZ"),
        ("organisations", "TZ"),
        ("organisations", "ID"),
        ("collaborators", "VN"),
    }
    assert all(len(rule.source) > 40 for rule in rules)
