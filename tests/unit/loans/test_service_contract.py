"""What the service shows to the world: examples that hold, rules that load, roles that fit."""

from pathlib import Path

import pytest
import yaml

import loans
from chassis.auth import Roles
from chassis.rules import read_rules
from loans.fund.model import POTS
from loans.schedules.model import product_from
from loans.service import SERVICE

RULES = Path(loans.__file__).parent / "rules"


@pytest.mark.parametrize("operation", SERVICE.operations.values(), ids=lambda operation: operation.name)
def test_the_examples_of_every_operation_hold(operation):
    takes, replies = operation.takes(), operation.replies()
    assert takes.validate(operation.takes.example) == {}
    assert replies.validate(operation.replies.example) == {}


@pytest.mark.parametrize("event", SERVICE.published.values(), ids=lambda event: event.type)
def test_the_examples_of_every_event_hold(event):
    assert event().validate(event.example) == {}


def test_every_permission_that_is_needed_is_granted_to_somebody():
    roles = Roles.load(RULES / "roles.yaml")
    needed = {operation.needs for operation in SERVICE.operations.values() if operation.needs}
    assert {need for need in needed if not roles.grants(need)} == set()


def test_an_auditor_reads_all_and_changes_nothing():
    roles = Roles.load(RULES / "roles.yaml")
    for operation in SERVICE.operations.values():
        if operation.needs and operation.needs != "log.applied" and not operation.needs.startswith("ops."):
            reads = operation.kind == "query"
            assert ("auditor" in roles.grants(operation.needs)) == reads, operation.name


def test_the_rules_of_2019_2021_and_2024_load_with_their_sources():
    versions = {(rule.name, rule.version): rule for rule in read_rules(RULES)}
    for version in ("2019", "2021", "2024"):
        rule = versions["loan_rules", version]
        assert sum(rule.document["shares"].values()) == 100
        assert set(rule.document["shares"]) == set(rule.document["groups"]) == set(POTS)
        assert "37A" in rule.source or "same Act" in rule.source


def test_every_product_of_the_rules_can_be_repaid():
    for rule in read_rules(RULES):
        if rule.name == "loan_products":
            for code in rule.document["products"]:
                assert product_from(rule.document, code).instalments > 0


def test_every_role_is_one_of_the_offices():
    told = yaml.safe_load((RULES / "roles.yaml").read_text())
    assert set(told) == {
        "ward_officer",
        "council_officer",
        "council_director",
        "region_officer",
        "registrar",
        "case_worker",
        "supervisor",
        "complaints_officer",
        "finance_officer",
        "auditor",
        "operations",
        "service",
        "portal",
    }
