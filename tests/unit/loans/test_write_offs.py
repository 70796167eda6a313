"""When a loan may be given up or put off, and on what terms."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.reschedules.model import require_later, revised
from loans.rule_broken import RuleBroken
from loans.schedules.model import Instalment, Product
from loans.write_offs.model import (
    require_active,
    require_after,
    require_after_payments,
    require_given_up,
    require_hopeless,
    require_within,
)

ON, FIRST = date(2026, 3, 16), date(2026, 7, 31)
STANDARD = Product("standard", 12, 3)


def test_a_loan_is_given_up_after_a_year_of_arrears():
    require_hopeless(1, 365, 365)
    for outstanding, late in ((1, 364), (0, 400)):
        with pytest.raises(RuleBroken, match="not_late_enough"):
            require_hopeless(outstanding, late, 365)


def test_only_what_is_owed_is_given_up_and_only_what_was_given_up_is_recovered():
    require_active("active")
    require_given_up("written_off")
    for state in ("repaid", "void", "written_off", "recovered"):
        with pytest.raises(RuleBroken, match="loan_not_active"):
            require_active(state)
    for state in ("active", "repaid", "void", "recovered"):
        with pytest.raises(RuleBroken, match="not_written_off"):
            require_given_up(state)


def test_nobody_recovers_more_than_was_given_up():
    require_within(5, 5)
    with pytest.raises(RuleBroken, match="more_than_written_off"):
        require_within(6, 5)


def test_the_steps_do_not_run_backwards():
    require_after(ON, ON, "request")
    require_after_payments(ON, None)
    require_after_payments(ON, ON)
    require_later(ON, FIRST, [])
    for code, rule in (
        ("before_earlier_step", lambda: require_after(ON, FIRST, "request")),
        ("before_last_payment", lambda: require_after_payments(ON, FIRST)),
        ("first_due_too_early", lambda: require_later(ON, ON, [])),
        ("before_earlier_step", lambda: require_later(ON, FIRST, [ON])),
    ):
        with pytest.raises(RuleBroken, match=code):
            rule()


def test_new_terms_begin_with_what_was_paid_and_keep_the_day_of_the_first():
    terms = revised(900, 700, ON, FIRST, 3, STANDARD, lambda day: True)
    assert terms == [
        Instalment(1, ON, 200),
        Instalment(2, date(2026, 7, 31), 233),
        Instalment(3, date(2026, 8, 31), 233),
        Instalment(4, date(2026, 9, 30), 234),
    ]
    assert revised(900, 900, ON, FIRST, 1, STANDARD, lambda day: True) == [Instalment(1, FIRST, 900)]


@given(st.integers(1_000, 10**9), st.integers(0, 900), st.integers(1, 60))
def test_new_terms_sum_to_the_principal_too(principal, paid, count):
    terms = revised(principal, principal - paid, ON, FIRST, count, STANDARD, lambda day: day.weekday() < 5)
    assert sum(line.amount for line in terms) == principal
    assert [line.number for line in terms] == list(range(1, len(terms) + 1))
    assert sorted(line.due_on for line in terms) == [line.due_on for line in terms]
    assert all(line.due_on.weekday() < 5 for line in terms[-count:])
