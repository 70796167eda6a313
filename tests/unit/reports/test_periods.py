"""Fiscal years and quarters, and days put together from grains."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.periods.model import (
    Period,
    Quarter,
    end_of,
    fiscal_year_named,
    name_of,
    quarter_labelled,
    quarter_named,
    quarter_of,
    spans,
    start_of,
    up_to,
)
from reports.rule_broken import RuleBroken

days = st.dates(date(1902, 1, 1), date(2180, 12, 31))
months = st.integers(1, 12)


@given(days, days)
def test_every_day_of_a_period_lies_in_exactly_one_grain(one, other):
    period = Period(min(one, other), max(one, other))
    expected = period.first
    for span in spans(period):
        start = span.first
        while start <= span.last:
            assert start == expected == start_of(span.grain, start)
            expected = end_of(span.grain, start) + timedelta(days=1)
            start = expected
    assert expected == period.last + timedelta(days=1)


@given(days)
def test_everything_up_to_a_day_is_put_together_from_few_grains(day):
    assert len(spans(up_to(day))) <= 4


@given(days, months)
def test_a_day_lies_in_the_quarter_that_it_is_given(day, start_month):
    quarter = quarter_of(day, start_month)
    assert quarter.period.first <= day <= quarter.period.last
    assert quarter_labelled(quarter.label, start_month) == quarter


@given(days, months, st.integers(0, 40))
def test_quarters_follow_each_other_without_a_gap(day, start_month, steps):
    quarter = quarter_of(day, start_month)
    assert quarter.move(1).period.first == quarter.period.last + timedelta(days=1)
    assert quarter.move(steps).move(-steps) == quarter


def test_tanzanias_fiscal_year_runs_from_july():
    assert fiscal_year_named("2025/26", 7) == Period(date(2025, 7, 1), date(2026, 6, 30))
    assert quarter_named("2025/26", 3, 7).period == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert quarter_of(date(2025, 6, 30), 7) == Quarter(2024, 4, 7)
    assert name_of(1999, 7) == "1999/00"


def test_elsewhere_it_is_the_calendar_year():
    assert fiscal_year_named("2025", 1) == Period(date(2025, 1, 1), date(2025, 12, 31))
    assert quarter_of(date(2025, 12, 31), 1).label == "2025-Q4"


@pytest.mark.parametrize("name", ["2025", "2025/27", "25/26", "2025/2026", "", "20x5/26", "2025/26 "])
def test_a_fiscal_year_is_named_as_the_country_names_it(name):
    with pytest.raises(RuleBroken):
        fiscal_year_named(name, 7)


@given(days, months)
def test_quarters_of_whole_months_are_made_of_at_most_three_grains(day, start_month):
    assert sum((s.last - s.first).days // 28 + 1 for s in spans(quarter_of(day, start_month).period)) <= 6
