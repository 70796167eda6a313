"""When a payment may be reversed, a credit refunded, a disbursement voided, an application ended."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.disbursements.model import require_unpaid
from loans.fund.model import require_opening
from loans.refunds.model import refundable, require_credit
from loans.refunds.model import require_other_person as require_other_refunder
from loans.releases.model import release_at, require_withdrawable
from loans.repayments.model import Payment
from loans.reversals.model import (
    require_after,
    require_credit_unspent,
    require_other_person,
    require_reason,
    without,
)
from loans.rule_broken import RuleBroken

JAN, FEB, MAR = date(2026, 1, 2), date(2026, 2, 2), date(2026, 3, 2)


def payment(on: date, amount: int, recorded: int = 1) -> Payment:
    return Payment(uuid4(), on, recorded, amount)


def test_a_credit_is_refundable_as_far_as_it_stood_on_every_day_since():
    paid = [payment(JAN, 250), payment(FEB, 100, 2)]
    assert refundable(300, paid, {}, JAN) == 0
    assert refundable(300, paid, {}, FEB) == 50
    assert refundable(300, paid, {FEB: 50}, FEB) == 0
    assert refundable(300, paid, {MAR: 50}, FEB) == 0
    assert refundable(300, [], {}, FEB) == 0
    with pytest.raises(RuleBroken, match="no_credit"):
        require_credit(0)


def test_who_recorded_a_payment_refunds_nothing_of_its_loan():
    require_other_refunder("director", {"finance"})
    with pytest.raises(RuleBroken, match="maker_is_checker"):
        require_other_refunder("finance", {"finance", "cashier"})


def test_a_payment_whose_credit_was_refunded_cannot_be_reversed():
    paid = [payment(JAN, 250), payment(FEB, 100, 2), payment(MAR, 30, 3)]
    require_credit_unspent(300, paid, {MAR: 50})
    require_credit_unspent(300, without(paid, paid[2].repayment, MAR), {MAR: 50})
    for one in paid[:2]:
        with pytest.raises(RuleBroken, match="credit_refunded"):
            require_credit_unspent(300, without(paid, one.repayment, one.on), {MAR: 50})


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 250)), max_size=8),
    st.integers(min_value=0, max_value=70),
)
def test_what_is_refundable_can_be_refunded_and_nothing_of_it_twice(pairs, at):
    paid = [payment(JAN + timedelta(days), amount, n) for n, (days, amount) in enumerate(pairs)]
    on = JAN + timedelta(at)
    amount = refundable(300, paid, {}, on)
    require_credit_unspent(300, paid, {on: amount})
    assert refundable(300, paid, {on: amount}, on) == 0
    if amount:
        with pytest.raises(RuleBroken):
            require_credit_unspent(300, paid, {on: amount + 1})


def test_a_correction_has_a_reason_another_officer_and_a_day_not_before_the_original():
    require_reason("entered_wrongly", ["entered_wrongly"])
    require_other_person("b", "a")
    require_after(JAN, JAN, "payment")
    for code, rule in (
        ("reason_unknown", lambda: require_reason("because", ["entered_wrongly"])),
        ("maker_is_checker", lambda: require_other_person("a", "a")),
        ("before_original", lambda: require_after(JAN, FEB, "payment")),
    ):
        with pytest.raises(RuleBroken, match=code):
            rule()


def test_a_disbursement_is_voided_once_and_not_after_a_payment():
    never = Payment(uuid4(), JAN, 1, 100, JAN)
    until_march = Payment(uuid4(), JAN, 1, 100, MAR)
    require_unpaid("active", [], FEB)
    require_unpaid("active", [never], JAN)
    require_unpaid("active", [until_march], MAR)
    with pytest.raises(RuleBroken, match="already_void"):
        require_unpaid("void", [], FEB)
    for paid in (payment(JAN, 100), until_march):
        with pytest.raises(RuleBroken, match="loan_has_payments"):
            require_unpaid("active", [paid], FEB)


@pytest.mark.parametrize("status", ["rejected", "disbursed", "closed", "withdrawn", "lapsed"])
def test_only_what_was_not_paid_out_is_withdrawn(status):
    require_withdrawable("submitted", "recommended")
    require_withdrawable("contract_signed", "disbursed")
    with pytest.raises(RuleBroken, match="not_withdrawable"):
        require_withdrawable(status, None)


def test_a_late_entry_has_its_days_to_record_the_payment():
    lapses, recorded = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    assert release_at(lapses, datetime(2026, 1, 1, tzinfo=UTC), 14) == datetime(2026, 3, 15, tzinfo=UTC)
    assert release_at(lapses, recorded, 14) == datetime(2026, 6, 15, tzinfo=UTC)


def test_an_opening_balance_holds_something_and_comes_before_all_else():
    require_opening(JAN, {"women": 1, "youth": 0, "pwd": 0}, None)
    require_opening(JAN, {"women": 1, "youth": 0, "pwd": 0}, JAN)
    with pytest.raises(RuleBroken, match="nothing_held"):
        require_opening(JAN, {"women": 0, "youth": 0, "pwd": 0}, None)
    with pytest.raises(RuleBroken, match="opening_after_facts"):
        require_opening(FEB, {"women": 1, "youth": 0, "pwd": 0}, JAN)
