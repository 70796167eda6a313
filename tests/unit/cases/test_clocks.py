"""The stop-watch of a promise: examples from the rules, then what holds for all calendars and pauses."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.clocks.model import Clock, Pause, Term, Timing, last_day, timing, used

DAR = ZoneInfo("Africa/Dar_es_Salaam")


@dataclass(frozen=True)
class Week:
    """Monday to Friday but for `off`, plus `on`."""

    off: frozenset[date] = frozenset()
    zone: tzinfo = DAR

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.off


ACKNOWLEDGE = Term("working_days", 5, 75, pauses=True)
DANGER = Term("hours", 24, 75)
APPEAL = Term("days", 30, 75, ends_on_working_day=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=DAR)


def test_five_working_days_end_with_the_fifth_day_after_receipt() -> None:
    found = timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [], Week())  # a Monday
    assert found.due_at == at("2026-03-10T00:00")  # the end of Monday the 9th


def test_the_warning_falls_at_three_quarters_of_the_counted_time() -> None:
    found = timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [], Week())
    # 3.75 working days: Tuesday, Wednesday, Thursday and 18 hours of Friday.
    assert found.warn_at == at("2026-03-06T18:00")


def test_the_last_day_is_the_one_before_the_due_moment() -> None:
    found = timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [], Week())
    assert last_day(found.due_at, Week()) == date(2026, 3, 9)
    assert last_day(None, Week()) is None


def test_the_day_of_receipt_does_not_count_at_whatever_hour() -> None:
    dues = {timing(ACKNOWLEDGE, at(f"2026-03-02T{hour:02}:59"), [], Week()).due_at for hour in range(24)}
    assert len(dues) == 1


def test_the_day_of_receipt_is_the_local_one() -> None:
    late_in_utc = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # already Monday the 2nd in Dar es Salaam
    assert timing(ACKNOWLEDGE, late_in_utc, [], Week()).due_at == at("2026-03-10T00:00")


def test_a_holiday_is_left_out() -> None:
    week = Week(off=frozenset({date(2026, 3, 4)}))
    assert timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [], week).due_at == at("2026-03-11T00:00")


def test_danger_runs_by_the_clock_through_the_weekend() -> None:
    found = timing(DANGER, at("2026-03-06T17:20"), [], Week())
    assert found == Timing(warn_at=at("2026-03-07T11:20"), due_at=at("2026-03-07T17:20"))


def test_the_last_day_to_appeal_moves_on_from_a_weekend() -> None:
    found = timing(APPEAL, at("2026-03-06T10:00"), [], Week())  # day 30 is Sunday 5 April
    assert found.due_at == at("2026-04-07T00:00")  # the end of Monday


def test_waiting_moves_the_due_moment_by_the_time_waited() -> None:
    waited = [Pause(at("2026-03-03T10:00"), at("2026-03-06T10:00"))]  # three working days to the minute
    assert timing(ACKNOWLEDGE, at("2026-03-02T09:00"), waited, Week()).due_at == at("2026-03-13T00:00")


def test_waiting_over_a_weekend_gains_nothing_but_the_working_hours() -> None:
    waited = [Pause(at("2026-03-07T08:00"), at("2026-03-08T20:00"))]
    assert timing(ACKNOWLEDGE, at("2026-03-02T09:00"), waited, Week()).due_at == at("2026-03-10T00:00")


def test_while_the_office_waits_nothing_falls_due() -> None:
    assert timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [Pause(at("2026-03-03T10:00"))], Week()) == Timing(
        None, None
    )


def test_a_wait_that_began_after_the_warning_leaves_the_warning() -> None:
    found = timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [Pause(at("2026-03-09T10:00"))], Week())
    assert found == Timing(at("2026-03-06T18:00"), None)


def test_a_term_without_pauses_runs_on_while_the_office_waits() -> None:
    waited = [Pause(at("2026-03-06T18:00"))]
    assert timing(DANGER, at("2026-03-06T17:20"), waited, Week()).due_at == at("2026-03-07T17:20")


def test_a_calendar_with_no_working_day_is_a_fault() -> None:
    class NeverOpen(Week):
        def is_working(self, day: date) -> bool:
            return False

    with pytest.raises(ValueError):
        timing(ACKNOWLEDGE, at("2026-03-02T09:00"), [], NeverOpen())


def running() -> Clock:
    start = at("2026-03-02T09:00")
    return Clock(ACKNOWLEDGE, start, timing(ACKNOWLEDGE, start, [], Week()))


def test_a_clock_tells_its_warning_and_its_breach_once_each() -> None:
    clock = running()
    assert clock.findings(at("2026-03-06T17:59")) == []
    assert clock.findings(at("2026-03-06T18:00")) == ["warning"]
    assert replace(clock, warned=True).findings(at("2026-03-09T23:59")) == []
    assert replace(clock, warned=True).findings(at("2026-03-10T00:00")) == ["breach"]
    assert replace(clock, warned=True, breached=True).findings(at("2027-01-01T00:00")) == []


def test_a_clock_found_long_after_tells_both_at_once() -> None:
    assert running().findings(at("2026-09-01T00:00")) == ["warning", "breach"]


def test_a_promise_that_was_met_tells_nothing_more() -> None:
    assert replace(running(), met_at=at("2026-03-03T09:00")).findings(at("2026-09-01T00:00")) == []


def test_the_due_moment_itself_is_too_late() -> None:
    clock = running()
    assert clock.is_in_time(at("2026-03-09T23:59"))
    assert not clock.is_in_time(at("2026-03-10T00:00"))


# What must hold for every clock.

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("Africa/Dar_es_Salaam", "Asia/Jayapura", "Asia/Ho_Chi_Minh", "Europe/Berlin")
    ]
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31)).map(lambda m: m.replace(tzinfo=UTC))
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    return Week(frozenset(draw(st.sets(DAYS, max_size=40))), draw(ZONES))


@st.composite
def terms(draw: st.DrawFn, *, pauses: bool | None = None) -> Term:
    may_pause = draw(st.booleans()) if pauses is None else pauses
    unit = draw(st.sampled_from(["working_days", "days", "hours"]))
    ends = draw(st.booleans()) and not may_pause and unit != "hours"
    return Term(unit, draw(st.integers(1, 60)), draw(st.integers(1, 99)), may_pause, ends)


@st.composite
def waits(draw: st.DrawFn, start: datetime) -> list[Pause]:
    gaps = draw(st.lists(st.integers(0, 60 * 24 * 9), min_size=0, max_size=8))
    edges, moment = [], start
    for gap in gaps:
        moment += timedelta(minutes=gap)
        edges.append(moment)
    pairs = [Pause(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return pairs + ([Pause(edges[-1])] if len(edges) % 2 else [])


@given(st.data(), terms(), MOMENTS, weeks())
@settings(max_examples=60, deadline=None)
def test_exactly_the_term_is_used_up_when_it_falls_due(
    data: st.DataObject, term: Term, start: datetime, week: Week
) -> None:
    pauses = data.draw(waits(start))
    found = timing(term, start, pauses, week)
    if found.due_at is not None and not term.ends_on_working_day:
        assert abs(used(term, start, found.due_at, pauses, week) - term.length) < Fraction(1, 10**9)
    if found.warn_at is not None:
        share = Fraction(term.length * term.warning_percent, 100)
        assert abs(used(term, start, found.warn_at, pauses, week) - share) < Fraction(1, 10**9)


@given(st.data(), terms(), MOMENTS, weeks())
@settings(max_examples=60, deadline=None)
def test_the_warning_comes_before_the_breach(
    data: st.DataObject, term: Term, start: datetime, week: Week
) -> None:
    found = timing(term, start, data.draw(waits(start)), week)
    if found.due_at is not None:
        assert found.warn_at is not None
        assert start < found.warn_at < found.due_at


@given(terms(), MOMENTS, weeks())
@settings(max_examples=60, deadline=None)
def test_day_terms_end_with_a_local_day_that_counts(term: Term, start: datetime, week: Week) -> None:
    due = timing(term, start, [], week).due_at
    assert due is not None
    if term.unit == "hours":
        assert due - start == timedelta(hours=term.length)
        return
    local = due.astimezone(week.zone)
    last = (due - timedelta(microseconds=1)).astimezone(week.zone).date()
    first = start.astimezone(week.zone).date() + timedelta(days=1)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if term.unit == "working_days":
        assert week.is_working(last)
        assert sum(map(week.is_working, span)) == term.length
    elif term.ends_on_working_day:
        assert week.is_working(last)
        assert len(span) >= term.length
        assert not any(map(week.is_working, span[term.length - 1 : -1]))
    else:
        assert len(span) == term.length


@given(st.data(), terms(pauses=True), MOMENTS, weeks())
@settings(max_examples=60, deadline=None)
def test_waiting_never_brings_the_due_moment_nearer(
    data: st.DataObject, term: Term, start: datetime, week: Week
) -> None:
    pauses = [p for p in data.draw(waits(start)) if p.until_at is not None]
    plain, held = timing(term, start, [], week).due_at, timing(term, start, pauses, week).due_at
    assert plain is not None
    assert held is not None
    assert held >= plain


@given(st.data(), terms(pauses=True), MOMENTS, weeks(), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_wait_after_the_due_moment_heals_nothing(
    data: st.DataObject, term: Term, start: datetime, week: Week, minutes: int
) -> None:
    plain = timing(term, start, [], week)
    assert plain.due_at is not None
    late = plain.due_at + timedelta(minutes=minutes)
    until = data.draw(st.sampled_from([None, late + timedelta(days=3)]))
    assert timing(term, start, [Pause(late, until)], week) == plain


@given(
    terms(pauses=True),
    MOMENTS,
    weeks(),
    st.integers(0, 30_000),
    st.integers(0, 30_000),
    st.integers(0, 30_000),
)
@settings(max_examples=60, deadline=None)
def test_a_wait_told_in_two_parts_is_one_wait(
    term: Term, start: datetime, week: Week, lead: int, first: int, second: int
) -> None:
    a = start + timedelta(minutes=lead)
    b, c = a + timedelta(minutes=first), a + timedelta(minutes=first + second)
    assert timing(term, start, [Pause(a, b), Pause(b, c)], week) == timing(term, start, [Pause(a, c)], week)


@given(st.data(), terms(), MOMENTS, weeks(), DAYS)
@settings(max_examples=60, deadline=None)
def test_one_more_holiday_never_brings_the_due_moment_nearer(
    data: st.DataObject, term: Term, start: datetime, week: Week, holiday: date
) -> None:
    pauses = data.draw(waits(start))
    before = timing(term, start, pauses, week).due_at
    after = timing(term, start, pauses, replace(week, off=week.off | {holiday})).due_at
    if before is None or after is None:
        assert before is None or term.pauses  # a longer count may run into the wait that is still open
        return
    assert after >= before
    if holiday >= before.astimezone(week.zone).date():
        assert after == before


@given(st.data(), terms(), MOMENTS, weeks())
@settings(max_examples=60, deadline=None)
def test_however_often_a_clock_is_looked_at_it_tells_each_thing_once(
    data: st.DataObject, term: Term, start: datetime, week: Week
) -> None:
    found = timing(term, start, [], week)
    assert found.due_at is not None
    clock, told = Clock(term, start, found), []
    looks = sorted(data.draw(st.lists(st.integers(0, 200), min_size=1, max_size=12)))
    for days in looks:
        findings = clock.findings(start + timedelta(days=days))
        told += findings
        clock = replace(
            clock,
            warned=clock.warned or "warning" in findings,
            breached=clock.breached or "breach" in findings,
        )
    assert len(told) == len(set(told))
    assert ("breach" in told) == (start + timedelta(days=looks[-1]) >= found.due_at)
