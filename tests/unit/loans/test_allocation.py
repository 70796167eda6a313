"""What a payment pays: the oldest due principal first, in value-date order, whatever the order of entry."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.repayments.model import Paid, Payment, Split, allocate, book, require_payment_date, split
from loans.rule_broken import RuleBroken
from loans.schedules.model import Instalment

JAN, FEB, MAR = date(2026, 1, 2), date(2026, 2, 2), date(2026, 3, 2)
INSTALMENTS = [Instalment(1, JAN, 100), Instalment(2, FEB, 100), Instalment(3, MAR, 100)]


def payment(on: date, amount: int, recorded: int = 1) -> Payment:
    return Payment(uuid4(), on, recorded, amount)


payments = st.lists(
    st.tuples(st.integers(min_value=0, max_value=60), st.integers(min_value=1, max_value=250)), max_size=8
).map(
    lambda pairs: [
        payment(JAN + timedelta(days), amount, n) for n, (days, amount) in enumerate(pairs, start=1)
    ]
)


def test_a_payment_pays_the_oldest_due_first():
    paid = payment(JAN, 250)
    assert allocate(INSTALMENTS, [paid]) == [
        Paid(paid.repayment, 1, 100),
        Paid(paid.repayment, 2, 100),
        Paid(paid.repayment, 3, 50),
    ]


def test_what_is_over_is_credit():
    first, second = payment(JAN, 250), payment(FEB, 80, 2)
    assert split(300, [first, second]) == [Split(first, 250, 0), Split(second, 50, 30)]


def test_a_payment_of_an_earlier_day_goes_first_and_turns_a_later_one_into_credit():
    later, earlier = payment(MAR, 300), payment(JAN, 120, 2)
    booking = book(300, [later], earlier)
    assert booking.split == Split(earlier, 120, 0)
    assert booking.moved == (Split(later, 0, 120),)
    assert (booking.principal, booking.credit, booking.outstanding, booking.repaid_on) == (0, 120, 0, MAR)


def test_the_loan_is_repaid_on_the_value_date_that_completed_it():
    assert book(300, [payment(MAR, 200)], payment(JAN, 100, 2)).repaid_on == MAR
    assert book(300, [payment(JAN, 200)], payment(FEB, 99, 2)).repaid_on is None
    assert book(300, [payment(JAN, 300)], payment(MAR, 50, 2)).repaid_on == JAN


@given(payments, st.randoms(use_true_random=False))
def test_any_order_of_entry_gives_the_same_balances_on_every_day(paid, random):
    """Booked one by one in any order, the entries of each day sum to what the value-date order says."""
    entered = list(paid)
    random.shuffle(entered)
    principal_by_day: Counter[date] = Counter()
    credit_by_day: Counter[date] = Counter()
    outstanding = 300
    for n, new in enumerate(entered):
        booking = book(300, entered[:n], new)
        principal_by_day[new.on] += booking.split.principal
        credit_by_day[new.on] += booking.split.credit
        for move in booking.moved:
            principal_by_day[move.payment.on] -= move.credit
            credit_by_day[move.payment.on] += move.credit
        outstanding -= booking.principal
        assert outstanding == booking.outstanding
        assert booking.principal + booking.credit == new.amount
    expected_principal: Counter[date] = Counter()
    expected_credit: Counter[date] = Counter()
    for s in split(300, paid):
        expected_principal[s.payment.on] += s.principal
        expected_credit[s.payment.on] += s.credit
    assert principal_by_day == expected_principal
    assert credit_by_day == expected_credit


@given(payments)
def test_principal_never_exceeds_the_loan_and_every_shilling_is_placed(paid):
    splits = split(300, paid)
    assert all(s.principal + s.credit == s.payment.amount and min(s.principal, s.credit) >= 0 for s in splits)
    assert sum(s.principal for s in splits) == min(300, sum(p.amount for p in paid))


@given(payments)
def test_instalments_are_filled_in_order_of_their_due_dates(paid):
    filled: Counter[int] = Counter()
    for part in allocate(INSTALMENTS, paid):
        assert all(filled[i.number] == i.amount for i in INSTALMENTS if i.number < part.number)
        filled[part.number] += part.amount
    assert sum(filled.values()) == min(300, sum(p.amount for p in paid))
    assert all(filled[i.number] <= i.amount for i in INSTALMENTS)


def test_nothing_is_paid_before_the_loan_is_disbursed():
    require_payment_date(JAN, JAN)
    with pytest.raises(RuleBroken, match="before_disbursement"):
        require_payment_date(JAN - timedelta(1), JAN)
