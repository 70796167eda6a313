"""Constructed loans: the same by their number alone, within the rules, and paid for by their block's set-asides."""

from collections import Counter
from datetime import date, timedelta

import pytest

from loans.applications.model import GroupFacts, MemberFacts, Papers, judge
from loans.fund.model import split_set_aside
from loans.schedules.model import Product, make_schedule
from registry.people.model import age_on
from ustawi.demo import plans
from ustawi.demo.files import DataFiles
from ustawi.demo.plans import BLOCK, LAST_DAY, SHARES, blocks, plan, transfers
from ustawi.demo.stage import QUARTER_BEGINS, RUKWA, RUKWA_COUNCILS, YEAR_ENDS
from ustawi.demo.steps import Days
from ustawi.demo.windows import window_of

WARDS = DataFiles().wards(RUKWA)
SOME = range(250)
RULES = {
    "amount": {"min": 500_000, "max": 150_000_000},
    "groups": {
        "women": {"min_members": 5, "min_age": 18, "max_age": None},
        "youth": {"min_members": 5, "min_age": 18, "max_age": 45},
        "pwd": {"min_members": 2, "min_age": 18, "max_age": None},
    },
}


def instalments(loan):
    product = Product("standard", 12, 3, 1, 1, "next_working")
    made = make_schedule(loan.amount, loan.disbursed_on, product, lambda day: day.weekday() < 5)
    return [{"number": i.number, "due_on": i.due_on.isoformat(), "amount": i.amount} for i in made]


def test_a_loan_is_the_same_by_its_number_alone():
    assert [plan(number, WARDS) for number in SOME] == [plan(number, WARDS) for number in SOME]


def test_more_loans_are_the_same_ones_and_others():
    assert [n for block in blocks(300) for n in block][:100] == [n for block in blocks(100) for n in block]
    assert [len(block) for block in blocks(250)] == [BLOCK, BLOCK, 50]


@pytest.mark.parametrize("number", range(0, 250, 7))
def test_every_group_may_borrow_by_the_rules_of_its_day(number):
    loan = plan(number, WARDS)
    members = tuple(
        MemberFacts(
            member=place,
            age=age_on(date.fromisoformat(told["born_on"]), loan.applied_on),
            adult=True,
            citizen=told["citizen"],
            formally_employed=told["formally_employed"],
            disability=told["disability"],
            other_groups=0,
        )
        for place, told in enumerate(loan.members())
    )
    facts = GroupFacts("group", loan.kind, "verified", loan.council, loan.ward, True, True, members)
    of_kind = {kind: {**rule, "all_with_disability": kind == "pwd"} for kind, rule in RULES["groups"].items()}
    for rule in of_kind.values():
        rule["one_alone_with_finding"] = False
    verdict = judge(
        facts,
        Papers("MUH", "WEO"),
        loan.amount,
        {**RULES, "groups": of_kind},
        "2024",
        owing=set(),
        live=False,
    )
    assert verdict.unmet == ()


def test_nobody_is_in_two_groups():
    ids = Counter(member["national_id"] for number in SOME for member in plan(number, WARDS).members())
    assert max(ids.values()) == 1


def test_the_days_follow_each_other_and_lie_in_their_quarter():
    for number in SOME:
        loan = plan(number, WARDS)
        begins = date.fromisoformat(QUARTER_BEGINS[loan.quarter - 1])
        assert loan.registered_on < loan.verified_on < loan.applied_on < loan.decided_on < loan.disbursed_on
        days = Days.between(loan.applied_on, loan.decided_on, loan.disbursed_on)
        assert loan.applied_on <= days.recommended_on <= days.assessed_on <= loan.decided_on
        assert loan.decided_on <= days.signed_on <= loan.disbursed_on
        opens_on, closes_on = window_of(loan.quarter)
        assert opens_on <= loan.applied_on <= closes_on
        assert begins <= loan.applied_on
        assert loan.disbursed_on < begins + timedelta(days=90)
        assert loan.disbursed_on <= date.fromisoformat(YEAR_ENDS)


def test_no_payment_is_before_the_loan_or_in_the_days_to_come():
    for number in SOME:
        loan = plan(number, WARDS)
        payments = loan.payments(instalments(loan))
        assert all(
            loan.disbursed_on < date.fromisoformat(on) <= LAST_DAY and amount > 0 for on, amount in payments
        )
        assert sum(amount for _, amount in payments) <= loan.amount


def test_some_pay_on_time_some_late_some_early_and_some_not():
    habits = Counter(plan(number, WARDS).habit for number in SOME)
    assert set(habits) == {"punctual", "late", "early", "stops"}
    assert min(habits.values()) > len(SOME) * 0.08


def test_loans_are_spread_over_councils_kinds_and_quarters():
    loans = [plan(number, WARDS) for number in SOME]
    assert {loan.council for loan in loans} == set(RUKWA_COUNCILS)
    assert {loan.kind for loan in loans} == {"women", "youth", "pwd"}
    assert {loan.quarter for loan in loans} == {1, 2, 3, 4}
    assert len({loan.ward for loan in loans}) > 80


@pytest.mark.parametrize("block", [0, 1, 7])
def test_the_set_asides_of_a_block_cover_each_pot_before_the_first_approval(block):
    set_aside: Counter[tuple[str, int, str]] = Counter()
    there_on = {}
    for transfer in transfers(block, WARDS):
        there_on[transfer.council, transfer.quarter] = date.fromisoformat(transfer.on)
        for pot, part in split_set_aside(transfer.amount, SHARES).items():
            set_aside[transfer.council, transfer.quarter, pot] += part
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        loan = plan(number, WARDS)
        set_aside[loan.council, loan.quarter, loan.kind] -= loan.amount
        assert there_on[loan.council, loan.quarter] < loan.decided_on
    assert min(set_aside.values()) >= 0


def test_every_transfer_has_an_instrument_of_its_own():
    instruments = [transfer.instrument for block in range(20) for transfer in transfers(block, WARDS)]
    assert len(set(instruments)) == len(instruments)
    assert plans.FIRST_PERSON > 90  # the people of the chapters come first
