"""The office's time for each step: one warning, one breach, told once, whoever looks and however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from chassis.errors import ChassisError

TAKEN_IN = datetime(2025, 8, 4, 9, tzinfo=UTC)
# Fourteen working days after Monday 4 August, in Dar es Salaam (UTC+3): through Friday 22.
WARNED_AT = datetime(2025, 8, 19, 9, tzinfo=UTC)
DUE_AT = datetime(2025, 8, 22, 21, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def application(office):
    """Taken in today, on 4 August."""
    office.svc.at(TAKEN_IN)
    office.set_aside(100_000_000)
    application: str = office.take_in(office.group())["application"]
    return application


def told(office, application):
    return [
        (event["type"], event["data"]["kind"])
        for event in office.svc.events()
        if event["subject"] == application and event["type"].startswith("deadline_")
    ]


def clock(office, application, step="recommended"):
    clocks = office.ask("application", application=application)["clocks"]
    return next(each for each in clocks if each["step"] == step)


def fire(office, at):
    office.svc.at(at)
    while office.svc.fire_deadlines():
        pass


def test_a_step_is_warned_of_at_three_quarters_and_breached_at_its_end_once_each(office, application):
    assert clock(office, application)["due_on"] == "2025-08-22"
    fire(office, WARNED_AT - A_MOMENT)
    assert told(office, application) == []
    fire(office, WARNED_AT)
    fire(office, DUE_AT - A_MOMENT)
    assert told(office, application) == [("deadline_warned", "recommended")]
    for at in (DUE_AT, DUE_AT + timedelta(hours=1), DUE_AT + timedelta(days=90)):
        fire(office, at)
    assert told(office, application) == [
        ("deadline_warned", "recommended"),
        ("deadline_breached", "recommended"),
    ]
    [event] = office.told(application, "deadline_breached")
    assert event == {
        "subject_kind": "application",
        "subject": application,
        "kind": "recommended",
        "country": "TZ",
        "area": office.ward,
        "due_at": "2025-08-22T21:00:00+00:00",
    }


def test_after_a_standstill_both_are_told_and_each_once(office, application):
    for _ in range(2):
        fire(office, DUE_AT + timedelta(days=30))
    assert [type for type, _ in told(office, application)] == ["deadline_warned", "deadline_breached"]


def test_a_step_in_time_is_told_of_nothing_and_the_next_clock_runs(office, application):
    office.svc.at(datetime(2025, 8, 8, 9, tzinfo=UTC))
    office.recommend(application, on=date(2025, 8, 8))
    fire(office, DUE_AT + timedelta(hours=1))
    assert told(office, application) == []
    assert clock(office, application)["met_on"] == "2025-08-08"
    assert clock(office, application, "assessed")["due_on"] == "2025-09-08"
    fire(office, datetime(2025, 9, 9, tzinfo=UTC))
    assert told(office, application) == [("deadline_warned", "assessed"), ("deadline_breached", "assessed")]


def test_a_late_step_was_breached_and_says_so_no_second_time(office, application):
    fire(office, DUE_AT)
    office.svc.at(DUE_AT + timedelta(days=3))
    office.recommend(application, on=date(2025, 8, 25))
    fire(office, DUE_AT + timedelta(days=4))
    assert [kind for _, kind in told(office, application)] == ["recommended", "recommended"]


def test_old_papers_are_told_of_by_their_days_and_not_by_when_they_were_entered(office):
    """All entered on one day of the next year: in time is in time, and late is late."""
    office.set_aside(100_000_000)
    in_time = office.submit(office.group())["application"]
    late = office.take_in(office.group())["application"]
    office.recommend(late, on=date(2025, 8, 20))  # after the warning, before the end
    office.assess(late, on=date(2025, 12, 1), visit={"visited_on": date(2025, 11, 3)})
    for application in (in_time, late):
        office.decide(application, on=date(2025, 12, 2) if application == late else office.approved_on)
    fire(office, datetime(2026, 7, 1, tzinfo=UTC))
    assert told(office, in_time) == []
    assert told(office, late) == [
        ("deadline_warned", "recommended"),
        ("deadline_warned", "assessed"),
        ("deadline_breached", "assessed"),
    ]


def test_who_enters_old_papers_has_days_to_enter_the_next_one(office):
    application = office.take_in(office.group())["application"]  # of August, entered in June
    fire(office, datetime(2026, 7, 14, 8, tzinfo=UTC))
    assert told(office, application) == []
    fire(office, datetime(2026, 7, 14, 9, tzinfo=UTC))
    assert [type for type, _ in told(office, application)] == ["deadline_warned", "deadline_breached"]


def test_a_clock_stops_with_its_application(office, application):
    office.svc.at(datetime(2025, 8, 11, 9, tzinfo=UTC))
    office.withdraw(application, on=date(2025, 8, 11))
    fire(office, DUE_AT + timedelta(days=9))
    assert told(office, application) == []
    assert clock(office, application)["stopped_on"] == "2025-08-11"


def test_a_refusal_is_an_answer_in_time(office, application):
    office.svc.at(datetime(2025, 8, 11, 9, tzinfo=UTC))
    office.recommend(application, decision="decline", on=date(2025, 8, 11), reason_code="group_not_found")
    fire(office, DUE_AT + timedelta(days=9))
    assert told(office, application) == []
    assert clock(office, application)["met_on"] == "2025-08-11"


def test_paying_out_has_its_two_months_from_the_contract(office, application):
    office.svc.at(datetime(2025, 8, 18, 9, tzinfo=UTC))
    for deed in (office.recommend, office.assess, office.decide, office.sign):
        deed(application, on=date(2025, 8, 18))
    assert clock(office, application, "disbursed")["due_on"] == "2025-10-18"
    fire(office, datetime(2025, 10, 18, 20, 59, tzinfo=UTC))
    assert told(office, application) == [("deadline_warned", "disbursed")]
    fire(office, datetime(2025, 11, 1, 21, tzinfo=UTC))  # and the approval lapses, days later
    assert told(office, application)[1:] == [("deadline_breached", "disbursed")]
    assert office.ask("application", application=application)["status"] == "lapsed"


def holiday(office, on, is_holiday=True):
    office.svc.deliver(
        "registry", "holiday_overridden", subject="TZ", country="TZ", on=on, holiday=is_holiday, name="Siku"
    )


def test_a_holiday_proclaimed_late_moves_open_clocks_and_closed_ones_never(office, application):
    office.svc.at(datetime(2025, 8, 8, 9, tzinfo=UTC))
    other = office.take_in(office.group())["application"]
    office.recommend(other, on=date(2025, 8, 8))
    try:
        holiday(office, "2025-08-15")
        assert clock(office, application)["due_on"] == "2025-08-25"
        assert clock(office, other)["due_on"] == "2025-08-22"
        fire(office, DUE_AT)
        assert told(office, application) == [("deadline_warned", "recommended")]
        fire(office, datetime(2025, 8, 25, 21, tzinfo=UTC))
        assert told(office, application)[1:] == [("deadline_breached", "recommended")]
        holiday(office, "2025-08-14")
        assert clock(office, application)["due_on"] == "2025-08-25"
    finally:
        for on in ("2025-08-14", "2025-08-15"):
            holiday(office, on, False)


def test_replicas_that_look_in_one_moment_tell_each_thing_once(office, application):
    applications = [application, *(office.take_in(office.group())["application"] for _ in range(5))]
    office.svc.at(DUE_AT + timedelta(hours=1))
    together = Barrier(6)

    def look(_):
        together.wait(timeout=30)
        return sum(iter(office.svc.fire_deadlines, 0))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(look, range(6))) >= 12
    for each in applications:
        assert [type for type, _ in told(office, each)] == ["deadline_warned", "deadline_breached"]


def test_a_step_and_its_deadline_in_one_moment_tell_each_thing_once(office, application):
    applications = [application, *(office.take_in(office.group())["application"] for _ in range(5))]
    office.svc.at(datetime(2025, 8, 25, 9, tzinfo=UTC))
    together = Barrier(len(applications) + 2)

    def take(each):
        together.wait(timeout=30)
        try:
            return office.recommend(each, on=date(2025, 8, 25))["status"]
        except ChassisError as error:
            return error.code

    def look(_):
        together.wait(timeout=30)
        return sum(iter(office.svc.fire_deadlines, 0))

    with ThreadPoolExecutor(len(applications) + 2) as pool:
        steps = [pool.submit(take, each) for each in applications]
        looks = [pool.submit(look, n) for n in range(2)]
        assert {step.result(timeout=60) for step in steps} == {"recommended"}
        for each_look in looks:
            each_look.result(timeout=60)
    fire(office, datetime(2025, 8, 25, 12, tzinfo=UTC))
    for each in applications:
        assert [type for type, _ in told(office, each)] == ["deadline_warned", "deadline_breached"]


def test_what_is_overdue_can_be_asked_for(office, application):
    def found(**only):
        rows = office.ask("applications", council=office.council, **only)["applications"]
        return [(row["application"], row["next_step_due_on"]) for row in rows]

    assert found(overdue=True) == []
    office.svc.at(datetime(2025, 8, 8, 9, tzinfo=UTC))
    fresh = office.take_in(office.group(), on=date(2025, 8, 8))["application"]
    office.svc.at(DUE_AT)
    assert (
        found(overdue=True) == found(overdue=True, next_step="recommended") == [(application, "2025-08-22")]
    )
    assert found(overdue=False) == [(fresh, "2025-08-28")]
    assert found(overdue=True, next_step="assessed") == []


def test_the_database_lets_a_clock_tell_each_thing_once(office, application):
    fire(office, DUE_AT)
    for change in ("breached_at = NULL", "warned_at = now()", "due_at = due_at + interval '1 day'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            office.svc.sql(
                f"UPDATE step_clock SET {change} WHERE application = %(a)s RETURNING 1", a=application
            )


def test_the_clock_of_a_group_that_was_lost_stops(office, application):
    group = office.ask("application", application=application)["group"]
    office.svc.at(datetime(2025, 8, 12, 9, tzinfo=UTC))
    office.svc.deliver(
        "registry",
        "group_not_found",
        subject=group,
        group=group,
        council=office.council,
        ward=office.ward,
        on="2025-08-12",
    )
    fire(office, DUE_AT + timedelta(days=9))
    assert told(office, application) == []
    assert clock(office, application)["stopped_on"] == "2025-08-12"
