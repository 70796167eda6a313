"""Which organisations are admitted, and how a submission is decided."""

from datetime import date
from pathlib import Path

import pytest

import registry
from chassis.rules import read_rules
from registry.organisations.model import (
    check_admissible,
    check_decision,
    check_reason,
    number_to_register,
)
from registry.rule_broken import RuleBroken

RULES = {
    (rule.name, rule.country): rule.document for rule in read_rules(Path(registry.__file__).parent / "rules")
}
NGO = RULES["organisations", "TZ"]
DAY = date(2025, 8, 4)


@pytest.mark.parametrize("kind", ["non_governmental_organisation", "community_based_organisation"])
def test_ngos_and_community_based_organisations_are_admitted(kind):
    check_admissible(NGO, kind, "district")


@pytest.mark.parametrize(
    "kind",
    [
        "company",
        "trust",
        "trade_union",
        "cooperative",
        "religious_body",
        "political_party",
        "savings_group",
        "sports_body",
    ],
)
def test_what_the_act_excludes_is_refused_with_where_it_belongs(kind):
    with pytest.raises(RuleBroken, match="kind_not_admitted") as refused:
        check_admissible(NGO, kind, "district")
    assert refused.value.message == NGO["not_admitted"][kind]


def test_an_unknown_kind_or_level_is_refused_with_what_there_is():
    with pytest.raises(RuleBroken, match="kind_unknown") as refused:
        check_admissible(NGO, "club", "district")
    assert "community_based_organisation" in refused.value.message
    with pytest.raises(RuleBroken, match="level_unknown"):
        check_admissible(NGO, "community_based_organisation", "village")


def test_who_submits_does_not_decide_and_nobody_decides_twice_or_too_early():
    check_decision("submitted", "juma", "neema", DAY, DAY)
    with pytest.raises(RuleBroken, match="maker_is_checker"):
        check_decision("submitted", "juma", "juma", DAY, DAY)
    with pytest.raises(RuleBroken, match="already_decided"):
        check_decision("refused", "juma", "neema", DAY, DAY)
    with pytest.raises(RuleBroken, match="decided_before_submitted"):
        check_decision("submitted", "juma", "neema", DAY, date(2025, 8, 3))


def test_only_a_refusal_has_a_reason_and_it_needs_one():
    check_reason("refuse", "papers_incomplete", NGO["refusal_reasons"])
    check_reason("register", None, NGO["refusal_reasons"])
    for decision, reason in (("refuse", None), ("refuse", "mood"), ("register", "false_data")):
        with pytest.raises(RuleBroken):
            check_reason(decision, reason, NGO["refusal_reasons"])


def test_the_number_is_taken_to_the_letter():
    assert number_to_register("00NGO-R-4900", None) == "00NGO-R-4900"
    assert number_to_register(None, "00NGO-00007227") == "00NGO-00007227"
    with pytest.raises(RuleBroken, match="number_differs"):
        number_to_register("00NGO-R-4900", "00ngo-r-4900")
    with pytest.raises(RuleBroken, match="number_missing"):
        number_to_register(None, None)
