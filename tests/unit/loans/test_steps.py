"""Which step comes next, until when it can be taken, and what the committees and the contract must say."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import loans
from chassis.rules import read_rules
from loans.applications.model import approved_amount
from loans.committees.model import assessed_amount, require_coded, require_fit, require_visited
from loans.contracts.model import agreed_shares, equal_shares, shares_of
from loans.rule_broken import RuleBroken
from loans.steps.model import (
    STEPS,
    Lapse,
    require_in_time,
    require_next,
    rule_of,
    state_before_disbursement,
    way_of,
)

RULES = {
    r.version: r.document for r in read_rules(Path(loans.__file__).parent / "rules") if r.name == "loan_steps"
}
CODES = RULES["2024"]["visit"]
REACHED = date(2025, 12, 31)
MEMBERS = [UUID(int=n) for n in (3, 1, 2)]
VISIT = {
    "enterprise": "running",
    "premises": "own",
    "records": "none",
    "market": "weak",
    "risks": ["theft", "flood"],
    "members_met": 3,
}


def test_each_version_of_the_rules_has_its_steps_windows_and_clocks():
    assert [(version, rules["window"]) for version, rules in RULES.items()] == [
        ("2019", False),
        ("2021", False),
        ("2024", True),
    ]
    assert way_of(RULES["2019"]) == way_of(RULES["2021"]) == list(STEPS[1:])
    assert way_of(RULES["2024"]) == list(STEPS)
    assert all(rule_of(RULES["2024"], step)["clock"] for step in STEPS)
    for rules in RULES.values():
        steps = rules["steps"]
        assert {each["step"] for each in steps} <= set(STEPS)
        assert all(not each["clock"] or each["clock"]["unit"] in ("working_days", "months") for each in steps)


def test_no_step_is_skipped():
    require_next(STEPS, "submitted", "recommended", "recommended")
    for later in STEPS[1:]:
        with pytest.raises(RuleBroken, match="step_skipped"):
            require_next(STEPS, "submitted", "recommended", later)
    require_next(STEPS[1:], "submitted", "assessed", "recommended")  # not demanded: nothing is skipped by it
    require_next(STEPS, "rejected", None, "approved")


def test_money_that_came_back_is_where_it_was_before():
    assert state_before_disbursement(STEPS) == "contract_signed"
    assert state_before_disbursement(["approved", "disbursed"]) == "approved"


def test_a_step_is_taken_within_its_months():
    require_in_time(REACHED, Lapse(REACHED, 2), "approved")
    require_in_time(date(2026, 2, 28), Lapse(REACHED, 2), "approved")
    with pytest.raises(RuleBroken, match="approval_lapsed"):
        require_in_time(date(2026, 3, 1), Lapse(REACHED, 2), "approved")
    require_in_time(date(2030, 1, 1), Lapse(REACHED, None), "approved")
    for status, code in (("approved", "before_approval"), ("submitted", "before_earlier_step")):
        with pytest.raises(RuleBroken, match=code):
            require_in_time(date(2025, 12, 30), Lapse(REACHED, 2), status)


def test_what_is_promised_lapses_on_the_day_after_its_months():
    lapse = Lapse(REACHED, 2)
    assert lapse.lapses_on == date(2026, 3, 1)
    assert not lapse.is_over(date(2026, 2, 28))
    assert lapse.is_over(date(2026, 3, 1))
    assert not Lapse(REACHED, None).is_over(date(2030, 1, 1))


def test_the_visit_form_is_coded():
    require_coded(VISIT, CODES)
    for wrong in (
        {"enterprise": "fine"},
        {"market": "own"},
        {"risks": ["ghosts"]},
        {"risks": ["theft", "theft"]},
    ):
        with pytest.raises(RuleBroken, match="code_unknown"):
            require_coded({**VISIT, **wrong}, CODES)


def test_an_assessment_passes_where_group_and_enterprise_were_found():
    require_fit(VISIT, CODES)
    for wrong in ({"enterprise": "not_found"}, {"members_met": 0}):
        with pytest.raises(RuleBroken, match="not_fit"):
            require_fit({**VISIT, **wrong}, CODES)


def test_a_visit_lies_between_application_and_assessment():
    require_visited(date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 3), 5, 5)
    for visited_on in (date(2025, 12, 31), date(2026, 1, 4)):
        with pytest.raises(RuleBroken, match="visit_out_of_order"):
            require_visited(visited_on, date(2026, 1, 1), date(2026, 1, 3), 5, 5)
    with pytest.raises(RuleBroken, match="too_many_met"):
        require_visited(date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 3), 6, 5)


def test_each_officer_grants_at_most_what_the_one_before_would():
    bounds = {"min": 500_000, "max": 150_000_000}
    assert assessed_amount(9_000_000, None, bounds) == 9_000_000
    assert assessed_amount(9_000_000, 6_000_000, bounds) == 6_000_000
    for wrong, code in ((9_000_001, "more_than_asked"), (499_999, "amount")):
        with pytest.raises(RuleBroken, match=code):
            assessed_amount(9_000_000, wrong, bounds)
    assert approved_amount(9_000_000, None, bounds, 6_000_000) == 6_000_000
    assert approved_amount(9_000_000, 5_000_000, bounds, 6_000_000) == 5_000_000
    with pytest.raises(RuleBroken, match="more_than_assessed"):
        approved_amount(9_000_000, 6_000_001, bounds, 6_000_000)


@given(principal=st.integers(1, 150_000_000), count=st.integers(1, 60))
def test_equal_shares_sum_to_the_principal_and_differ_by_a_shilling_at_most(principal, count):
    principal = max(principal, count)
    shares = equal_shares(principal, [UUID(int=n) for n in range(count)])
    assert sum(shares.values()) == principal
    assert max(shares.values()) - min(shares.values()) <= 1
    assert min(shares.values()) > 0


def test_agreed_shares_are_of_every_member_once_and_sum_to_the_shilling():
    given = [{"member": member, "amount": amount} for member, amount in zip(MEMBERS, (5, 3, 2), strict=True)]
    assert agreed_shares(10, MEMBERS, given) == dict(zip(MEMBERS, (5, 3, 2), strict=True))
    assert shares_of(10, MEMBERS, None) == {MEMBERS[1]: 4, MEMBERS[2]: 3, MEMBERS[0]: 3}
    with pytest.raises(RuleBroken, match="shares_do_not_sum"):
        shares_of(11, MEMBERS, given)
    stranger = [*given[:2], {"member": UUID(int=9), "amount": 2}]
    for wrong in (given[:2], [*given, given[0]], stranger):
        with pytest.raises(RuleBroken, match="shares_not_of_members"):
            shares_of(10, MEMBERS, wrong)
