"""How lateness is measured: against a table worked out by hand."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.arrears.model import (
    Aged,
    AtRisk,
    Bucket,
    Due,
    ageing,
    arrears_rate,
    at_risk,
    bucket_of,
    day_close,
    days_to_close,
    gross,
    rate,
    require_day_over,
)
from loans.rule_broken import RuleBroken

BUCKETS = [1, 31, 61, 91, 181, 365]

# By hand, after CGAP's "Microfinance Consensus Guidelines" (2003): portfolio at risk is all that is owed by loans with
# an instalment late for more than x days, and by rescheduled loans, over the gross outstanding portfolio.
#
#   loans  days late  owed        overdue     rescheduled
#   6      0          6,000,000   0           no
#   1      0          1,000,000   0           yes
#   1      1            500,000     100,000   no
#   1      30           500,000     200,000   no
#   1      31           700,000     300,000   no
#   1      90           300,000     300,000   no
#   1      400        1,000,000   1,000,000   no
#                    10,000,000   1,900,000
PORTFOLIO = [
    Aged(0, False, 6, 6_000_000, 0),
    Aged(0, True, 1, 1_000_000, 0),
    Aged(1, False, 1, 500_000, 100_000),
    Aged(30, False, 1, 500_000, 200_000),
    Aged(31, False, 1, 700_000, 300_000),
    Aged(90, False, 1, 300_000, 300_000),
    Aged(400, False, 1, 1_000_000, 1_000_000),
]


@pytest.mark.parametrize(
    ("days", "owed", "share"),
    [
        (0, 4_000_000, 4_000),
        (30, 3_000_000, 3_000),
        (60, 2_300_000, 2_300),
        (90, 2_000_000, 2_000),
        (180, 2_000_000, 2_000),
        (400, 1_000_000, 1_000),
    ],
)
def test_the_portfolio_at_risk_is_the_one_worked_out_by_hand(days, owed, share):
    assert at_risk(PORTFOLIO, days) == AtRisk(days, owed, share)


def test_the_arrears_rate_is_what_is_overdue_over_what_is_outstanding():
    assert arrears_rate(PORTFOLIO) == 1_900
    assert arrears_rate([]) is None


def test_the_ageing_is_the_one_worked_out_by_hand():
    assert ageing(PORTFOLIO, BUCKETS) == [
        Bucket(0, 7, 7_000_000, 0),
        Bucket(1, 2, 1_000_000, 300_000),
        Bucket(31, 1, 700_000, 300_000),
        Bucket(61, 1, 300_000, 300_000),
        Bucket(91, 0, 0, 0),
        Bucket(181, 0, 0, 0),
        Bucket(365, 1, 1_000_000, 1_000_000),
    ]


def test_the_rates_of_a_period_are_those_of_rosenberg():
    """1,000 fell due; 700 of it came by its day; 900 came in all, 150 of it old arrears."""
    due = Due(fell_due=1_000, on_time=700, collected=900)
    assert (due.on_time_rate, due.current_recovery_rate) == (7_000, 9_000)
    assert Due(1_000, 1_000, 1_300).current_recovery_rate == 13_000
    assert Due(0, 0, 500).on_time_rate is Due(0, 0, 500).current_recovery_rate is None


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, 0),
        (1, 1),
        (30, 1),
        (31, 31),
        (60, 31),
        (61, 61),
        (90, 61),
        (91, 91),
        (180, 91),
        (181, 181),
        (364, 181),
        (365, 365),
        (4_000, 365),
    ],
)
def test_each_day_late_has_its_bucket(days, bucket):
    assert bucket_of(days, BUCKETS) == bucket


def test_rates_are_rounded_half_up():
    assert [rate(1, 3), rate(2, 3), rate(1, 20_000), rate(0, 5), rate(5, 5)] == [3_333, 6_667, 1, 0, 10_000]


portfolios = st.lists(
    st.builds(
        lambda days, put_off, loans, owed, late: Aged(days, put_off, loans, owed, min(owed, late)),
        st.integers(0, 800),
        st.booleans(),
        st.integers(1, 9),
        st.integers(1, 10**9),
        st.integers(0, 10**9),
    ),
    max_size=20,
)


@given(portfolios)
def test_every_loan_has_one_bucket_and_risk_falls_with_the_days(loans):
    table = ageing(loans, BUCKETS)
    assert sum(row.outstanding for row in table) == gross(loans)
    assert sum(row.loans for row in table) == sum(aged.loans for aged in loans)
    owed = [at_risk(loans, days).outstanding for days in (0, 30, 60, 90, 180)]
    assert owed == sorted(owed, reverse=True)
    assert all(0 <= (at_risk(loans, 30).rate or 0) <= 10_000 for _ in loans)


def test_missed_days_are_closed_in_order():
    on = date(2026, 3, 1)
    assert days_to_close(on, date(2026, 2, 26)) == [date(2026, 2, 27), date(2026, 2, 28), on]
    assert days_to_close(on, None) == [on]
    assert days_to_close(on, on) == days_to_close(on, date(2026, 3, 5)) == []


def test_a_day_is_closed_after_its_end():
    require_day_over(date(2026, 2, 28), date(2026, 3, 1))
    with pytest.raises(RuleBroken, match="day_not_over"):
        require_day_over(date(2026, 3, 1), date(2026, 3, 1))


def test_a_councils_day_has_one_closing_whoever_asks():
    council = uuid4()
    assert day_close(council, date(2026, 3, 1)) == day_close(council, date(2026, 3, 1))
    assert day_close(council, date(2026, 3, 1)) != day_close(council, date(2026, 3, 2))
    assert day_close(council, date(2026, 3, 1)) != day_close(uuid4(), date(2026, 3, 1))
