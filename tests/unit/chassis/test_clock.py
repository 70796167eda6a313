"""Time as an office counts it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import (
    BusinessCalendar,
    Clock,
    FixedClock,
    fiscal_quarter,
    fiscal_year,
    fiscal_year_bounds,
    quarter_bounds,
)

HOLIDAYS = {
    date(2025, 12, 9): "Independence Day",
    date(2025, 12, 25): "Christmas",
    date(2025, 12, 26): "Boxing Day",
}
TANZANIA = BusinessCalendar("Africa/Dar_es_Salaam", holidays=HOLIDAYS)

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
months = st.integers(1, 12)
calendars = st.builds(
    BusinessCalendar,
    st.sampled_from(["Africa/Dar_es_Salaam", "Asia/Jayapura", "Asia/Ho_Chi_Minh", "America/New_York"]),
    st.sets(st.integers(0, 6), max_size=3),
    st.sets(st.dates(date(2025, 1, 1), date(2025, 3, 31)), max_size=20),
)
days_of_2025 = st.dates(date(2025, 1, 1), date(2025, 4, 30))


def test_the_clock_tells_utc():
    assert Clock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_until_it_is_moved():
    clock = FixedClock(datetime.fromisoformat("2025-12-01T10:00:00+03:00"))
    assert clock.now() == clock.now() == datetime(2025, 12, 1, 7, tzinfo=UTC)

    clock.advance(timedelta(hours=2))
    assert clock.now() == datetime(2025, 12, 1, 9, tzinfo=UTC)

    with pytest.raises(ValueError, match="offset"):
        clock.set(datetime(2025, 12, 1))


def test_the_day_of_receipt_does_not_count():
    friday = date(2025, 12, 5)

    assert TANZANIA.add_working_days(friday, 1) == date(2025, 12, 8)
    # Tuesday the 9th is a public holiday.
    assert TANZANIA.add_working_days(friday, 5) == date(2025, 12, 15)
    assert TANZANIA.add_working_days(friday, 0) == friday


def test_what_came_in_on_a_sunday_is_counted_from_monday():
    assert TANZANIA.add_working_days(date(2025, 12, 7), 1) == date(2025, 12, 8)


def test_a_due_date_moves_off_weekends_and_holidays():
    christmas = date(2025, 12, 25)

    assert TANZANIA.next_working(christmas) == date(2025, 12, 29)
    assert TANZANIA.previous_working(christmas) == date(2025, 12, 24)
    assert TANZANIA.next_working(date(2025, 12, 24)) == date(2025, 12, 24)


def test_counting_backwards_and_a_week_without_work_are_refused():
    with pytest.raises(ValueError, match="forward"):
        TANZANIA.add_working_days(date(2025, 1, 1), -1)
    with pytest.raises(ValueError, match="weekend"):
        BusinessCalendar("UTC", weekend=range(7))
    closed = BusinessCalendar("UTC", holidays={date(2025, 1, 1) + timedelta(days=n) for n in range(500)})
    with pytest.raises(ValueError, match="no working day"):
        closed.next_working(date(2025, 1, 2))


def test_the_local_date_is_the_one_on_the_wall():
    moment = datetime(2025, 12, 8, 21, 30, tzinfo=UTC)  # half past midnight in Dar es Salaam

    assert TANZANIA.local_date(moment) == date(2025, 12, 9)
    with pytest.raises(ValueError, match="offset"):
        TANZANIA.local_date(datetime(2025, 12, 8))


def test_a_day_ends_at_local_midnight():
    assert TANZANIA.end_of_day(date(2025, 12, 8)) == datetime(2025, 12, 8, 20, 59, 59, 999999, tzinfo=UTC)


@given(calendars, days_of_2025, st.integers(0, 40))
def test_working_days_added_are_the_working_days_between(calendar, day, count):
    assert calendar.working_days_between(day, calendar.add_working_days(day, count)) == count


@given(calendars, days_of_2025, days_of_2025)
def test_working_days_between_are_counted_as_on_one_s_fingers(calendar, one, other):
    start, end = min(one, other), max(one, other)
    counted = sum(calendar.is_working(start + timedelta(days=n + 1)) for n in range((end - start).days))

    assert calendar.working_days_between(start, end) == counted
    assert calendar.working_days_between(end, start) == -counted


@given(calendars, days_of_2025, st.integers(1, 20), st.integers(1, 20))
def test_adding_in_two_steps_is_adding_at_once(calendar, day, first, second):
    assert calendar.add_working_days(
        calendar.add_working_days(day, first), second
    ) == calendar.add_working_days(day, first + second)


@given(calendars, days_of_2025)
def test_the_nearest_working_days_leave_none_between(calendar, day):
    after, before = calendar.next_working(day), calendar.previous_working(day)

    assert before <= day <= after
    assert calendar.is_working(after)
    assert calendar.is_working(before)
    assert (after == before) == calendar.is_working(day)
    assert calendar.working_days_between(before, after) == (0 if after == before else 1)


@given(calendars, days)
def test_a_local_day_goes_from_its_start_to_its_end_without_a_gap(calendar, day):
    start, end = calendar.start_of_day(day), calendar.end_of_day(day)

    assert calendar.local_date(start) == calendar.local_date(end) == day
    assert end + timedelta(microseconds=1) == calendar.start_of_day(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("on", "start_month", "year", "quarter"),
    [
        (date(2025, 7, 1), 7, "2025/26", 1),
        (date(2025, 6, 30), 7, "2024/25", 4),
        (date(2026, 1, 1), 7, "2025/26", 3),
        (date(1999, 12, 31), 7, "1999/00", 2),
        (date(2025, 1, 1), 1, "2025", 1),
        (date(2025, 12, 31), 1, "2025", 4),
        (date(2025, 3, 31), 4, "2024/25", 4),
    ],
)
def test_a_date_belongs_to_a_fiscal_year_and_quarter(on, start_month, year, quarter):
    assert fiscal_year(on, start_month) == year
    assert fiscal_quarter(on, start_month) == quarter


def test_a_quarter_has_a_first_and_a_last_day():
    assert quarter_bounds("2025/26", 1, 7) == (date(2025, 7, 1), date(2025, 9, 30))
    assert quarter_bounds("2025/26", 3, 7) == (date(2026, 1, 1), date(2026, 3, 31))
    assert fiscal_year_bounds("2025/26", 7) == (date(2025, 7, 1), date(2026, 6, 30))
    assert fiscal_year_bounds("2025", 1) == (date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize("year", ["2025/27", "2025", "2025-26", "25/26", "", "abcd/ef", "0000/01", "٢٠٢٥/26"])
def test_a_fiscal_year_that_is_none_is_refused(year):
    with pytest.raises(ValueError):
        quarter_bounds(year, 1, 7)


@pytest.mark.parametrize(("quarter", "month"), [(0, 7), (5, 7), (1, 0), (1, 13)])
def test_a_quarter_or_month_that_is_none_is_refused(quarter, month):
    with pytest.raises(ValueError):
        quarter_bounds("2025/26", quarter, month)


@given(days, months)
def test_every_date_lies_within_the_bounds_of_its_quarter(on, start_month):
    year, quarter = fiscal_year(on, start_month), fiscal_quarter(on, start_month)
    first, last = quarter_bounds(year, quarter, start_month)

    assert first <= on <= last
    assert fiscal_year(first, start_month) == fiscal_year(last, start_month) == year
    assert fiscal_quarter(last + timedelta(days=1), start_month) == quarter % 4 + 1
    assert 89 <= (last - first).days + 1 <= 92
