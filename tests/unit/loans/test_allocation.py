"""What a payment pays: the oldest due principal first, in value-date order, whatever the order of entry."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.repayments.model import (
    Booking,
    Change,
    Paid,
    Payment,
    Split,
    allocate,
    book,
    changes,
    counted,
    require_payable,
    require_payment_date,
    split,
)
from loans.rule_broken import RuleBroken
from loans.schedules.model import Instalment

JAN, FEB, MAR = date(2026, 1, 2), date(2026, 2, 2), date(2026, 3, 2)
INSTALMENTS = [Instalment(1, JAN, 100), Instalment(2, FEB, 100), Instalment(3, MAR, 100)]


def payment(on: date, amount: int, recorded: int = 1) -> Payment:
    return Payment(uuid4(), on, recorded, amount)


def recorded(principal: int, before: list[Payment], new: Payment) -> Booking:
    return book(principal, before, [*before, new], new.on)


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
    booking = recorded(300, [later], earlier)
    assert booking.own == Change(JAN, 120, 0)
    assert booking.moved == (Change(MAR, -120, 120),)
    assert (booking.principal, booking.credit, booking.outstanding, booking.repaid_on) == (0, 120, 0, MAR)


def test_the_loan_is_repaid_on_the_value_date_that_completed_it():
    assert recorded(300, [payment(MAR, 200)], payment(JAN, 100, 2)).repaid_on == MAR
    assert recorded(300, [payment(JAN, 200)], payment(FEB, 99, 2)).repaid_on is None
    assert recorded(300, [payment(JAN, 300)], payment(MAR, 50, 2)).repaid_on == JAN


@given(payments, st.randoms(use_true_random=False))
def test_any_order_of_entry_gives_the_same_balances_on_every_day(paid, random):
    """Booked one by one in any order, the entries of each day sum to what the value-date order says."""
    entered = list(paid)
    random.shuffle(entered)
    principal_by_day: Counter[date] = Counter()
    credit_by_day: Counter[date] = Counter()
    outstanding = 300
    for n, new in enumerate(entered):
        booking = recorded(300, entered[:n], new)
        for change in (booking.own, *booking.moved):
            principal_by_day[change.on] += change.principal
            credit_by_day[change.on] += change.credit
        outstanding -= booking.principal
        assert outstanding == booking.outstanding
        assert booking.principal + booking.credit == new.amount
        assert min(booking.own.principal, booking.own.credit) >= 0
    expected_principal: Counter[date] = Counter()
    expected_credit: Counter[date] = Counter()
    for s in split(300, paid):
        expected_principal[s.payment.on] += s.principal
        expected_credit[s.payment.on] += s.credit
    assert principal_by_day == expected_principal
    assert credit_by_day == expected_credit


@given(payments, st.data())
def test_a_reversed_payment_leaves_each_day_as_if_it_had_never_been(paid, data):
    """Reversed on its own day, and whatever was reversed before it, later or in a closed quarter."""
    known: list[Payment] = []
    for new in paid:
        late = data.draw(st.none() | st.integers(min_value=0, max_value=40))
        undone = None if late is None else new.on + timedelta(late)
        known.append(Payment(new.repayment, new.on, new.recorded, new.amount, undone))
    one = data.draw(st.sampled_from(known)) if known else payment(JAN, 1)
    plain = Payment(one.repayment, one.on, one.recorded, one.amount)
    rest = [p for p in known if p is not one]
    gone = book(300, [*rest, plain], [*rest, Payment(*_fields(plain)[:4], plain.on)], plain.on)
    never = {on: c for on, c in changes(300, rest).items() if c.principal or c.credit}
    left: Counter[date] = Counter()
    credit: Counter[date] = Counter()
    for change in (*changes(300, [*rest, plain]).values(), gone.own, *gone.moved):
        left[change.on] += change.principal
        credit[change.on] += change.credit
    days = {*left, *never}
    assert {d: (left[d], credit[d]) for d in days if left[d] or credit[d]} == {
        d: (c.principal, c.credit) for d, c in never.items()
    }
    assert gone.principal + gone.credit == -plain.amount
    assert max(gone.own.principal, gone.own.credit) <= 0


def _fields(paid: Payment) -> tuple:
    return paid.repayment, paid.on, paid.recorded, paid.amount, paid.reversed_on


def test_a_payment_reversed_later_counts_until_then():
    undone = Payment(uuid4(), JAN, 1, 100, MAR)
    assert counted([undone], FEB) == [undone]
    assert counted([undone], MAR) == counted([undone]) == []
    assert changes(300, [undone]) == {JAN: Change(JAN, 100, 0), MAR: Change(MAR, -100, 0)}


def test_a_loan_that_was_repaid_reopened_and_repaid_again_is_repaid_on_the_later_day():
    undone, again = Payment(uuid4(), JAN, 1, 300, FEB), payment(MAR, 300, 2)
    assert recorded(300, [undone], again).repaid_on == MAR


def test_nobody_pays_on_a_loan_that_the_bank_sent_back():
    require_payable("active")
    require_payable("repaid")
    with pytest.raises(RuleBroken, match="loan_void"):
        require_payable("void")


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
