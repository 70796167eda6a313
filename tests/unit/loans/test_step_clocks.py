"""When a step is warned of and when its time is over."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import BusinessCalendar
from loans.clocks.model import Term, findings, tell_at, term_of, timing

DAYS = BusinessCalendar("Africa/Dar_es_Salaam", holidays={date(2025, 8, 8): "Nane Nane"})
STEP = Term("working_days", 14, 75)


def local(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=DAYS.zone).astimezone(UTC)


def test_working_days_skip_weekends_and_holidays_and_the_day_itself():
    told = timing(STEP, date(2025, 8, 4), DAYS)
    assert told.due_on == date(2025, 8, 25)  # Friday 8 August is a holiday
    assert told.due_at == local(2025, 8, 26)
    assert told.warn_at == local(2025, 8, 20, 12)  # ten and a half of the fourteen days


def test_a_warning_at_the_end_of_a_whole_day_falls_before_the_weekend():
    told = timing(Term("working_days", 4, 75), date(2025, 8, 12), DAYS)
    assert (told.warn_at, told.due_at) == (local(2025, 8, 16), local(2025, 8, 19))


def test_months_end_with_the_same_day_of_a_later_month():
    told = timing(Term("months", 2, 75), date(2025, 12, 31), DAYS)
    assert (told.due_on, told.due_at) == (date(2026, 2, 28), local(2026, 3, 1))
    assert told.warn_at == local(2026, 1, 1) + (local(2026, 3, 1) - local(2026, 1, 1)) * 3 / 4


def test_a_step_without_a_time_has_no_clock():
    assert term_of({"warning_percent": 75}, None) is None
    assert term_of({"warning_percent": 75}, {"length": 14, "unit": "working_days"}) == STEP


@given(
    since=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    length=st.integers(1, 60),
    unit=st.sampled_from(["working_days", "months"]),
    percent=st.integers(1, 99),
)
def test_a_warning_always_lies_within_the_time(since, length, unit, percent):
    term = Term(unit, min(length, 24) if unit == "months" else length, percent)
    told = timing(term, since, DAYS)
    assert DAYS.start_of_day(since + timedelta(1)) < told.warn_at < told.due_at
    assert told.due_at == DAYS.start_of_day(told.due_on + timedelta(1))


@given(st.lists(st.integers(0, 40), max_size=8))
def test_each_thing_is_told_once_whenever_somebody_looks(looks):
    told, seen = timing(STEP, date(2025, 8, 4), DAYS), []
    for after in sorted(looks):
        at = local(2025, 8, 4) + timedelta(days=after)
        seen += findings(told, at, warned="warning" in seen, breached="breach" in seen)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)  # the warning first


def test_what_was_past_when_it_was_entered_is_told_some_days_later():
    due, recorded = local(2025, 8, 26), local(2025, 8, 30)
    assert tell_at(due, recorded, recorded + timedelta(14)) == recorded + timedelta(14)
    assert tell_at(due, local(2025, 8, 4), local(2025, 8, 18)) == due
