"""How a loan stands on a day."""

from datetime import date, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from loans.portfolio.model import standing, statement
from loans.repayments.model import Paid, Payment
from loans.schedules.model import Instalment

JAN, FEB, MAR = date(2026, 1, 2), date(2026, 2, 2), date(2026, 3, 2)
INSTALMENTS = [Instalment(1, JAN, 100), Instalment(2, FEB, 100), Instalment(3, MAR, 100)]


def payment(on: date, amount: int, recorded: int = 1) -> Payment:
    return Payment(uuid4(), on, recorded, amount)


def states(as_of: date, *paid: Payment) -> list[str]:
    return [line.state for line in standing(INSTALMENTS, paid, as_of).instalments]


def test_an_instalment_is_not_late_on_its_due_date_and_late_on_the_next_day():
    assert states(JAN) == ["open", "open", "open"]
    assert states(JAN + timedelta(1)) == ["overdue", "open", "open"]


def test_part_of_an_instalment_paid_in_time_is_told_apart():
    assert states(JAN, payment(JAN, 40)) == ["part_paid", "open", "open"]
    assert states(JAN, payment(JAN, 140)) == ["paid", "part_paid", "open"]


def test_days_late_count_from_the_oldest_due_date_that_is_not_paid_in_full():
    stood = standing(INSTALMENTS, [payment(JAN, 150)], FEB + timedelta(10))
    assert (stood.overdue, stood.days_late, stood.outstanding, stood.credit) == (50, 10, 150, 0)


def test_a_loan_knows_nothing_of_payments_dated_later():
    paid = [payment(JAN, 100), payment(MAR, 300, 2)]
    assert standing(INSTALMENTS, paid, FEB).outstanding == 200
    assert standing(INSTALMENTS, paid, MAR).outstanding == 0
    assert standing(INSTALMENTS, paid, MAR).credit == 100


def test_the_statement_says_which_payment_paid_which_instalment():
    second, first = payment(FEB, 150, 1), payment(JAN, 120, 2)
    lines = statement(INSTALMENTS, [second, first], MAR)
    assert [(line.repayment, line.outstanding) for line in lines] == [
        (first.repayment, 180),
        (second.repayment, 30),
    ]
    assert lines[0].paid == (Paid(first.repayment, 1, 100), Paid(first.repayment, 2, 20))
    assert lines[1].paid == (Paid(second.repayment, 2, 80), Paid(second.repayment, 3, 70))


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 200)), max_size=6),
    st.integers(min_value=0, max_value=120),
)
def test_what_is_paid_and_what_is_owed_make_the_principal(pairs, day):
    paid = [payment(JAN + timedelta(days), amount, n) for n, (days, amount) in enumerate(pairs)]
    stood = standing(INSTALMENTS, paid, JAN + timedelta(day))
    assert stood.outstanding + sum(line.paid for line in stood.instalments) == 300
    assert 0 <= stood.overdue <= stood.outstanding
    assert (stood.days_late > 0) == (stood.overdue > 0)
