"""Applications come in windows with public notice, and windows of a council never overlap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import psycopg
import pytest

from chassis.errors import ChassisError, Conflict, Forbidden, NotFound, Refused

JULY = (date(2024, 7, 8), date(2024, 7, 26))


def close(office, window, on, **call):
    given = {"window": window, "on": on}
    return office.svc.call(
        "close_window", given, **{"roles": ["council_officer"], "caller": "planner", **call}
    )


def test_a_window_is_announced_and_told(office):
    told = office.open_window(*JULY, published_on=date(2024, 7, 1), instrument="TGZ 1/2024")
    assert (told["fiscal_year"], told["quarter"], told["version"]) == ("2024/25", 1, 1)
    [event] = office.told(told["window"], "window_opened")
    assert event == {
        "window": told["window"],
        "council": office.council,
        "country": "TZ",
        "fiscal_year": "2024/25",
        "quarter": 1,
        "published_on": "2024-07-01",
        "opens_on": "2024-07-08",
        "closes_on": "2024-07-26",
        "instrument": "TGZ 1/2024",
    }
    listed = office.ask("windows", council=office.council)["windows"]
    assert told["window"] in {window["window"] for window in listed}


def test_applications_come_in_only_on_the_days_of_a_window(office):
    office.open_window(*JULY)
    for on in (date(2024, 7, 5), date(2024, 7, 29)):
        with pytest.raises(Refused, match="no_open_window"):
            office.submit(office.group(), on=on)
    for on in JULY:
        told = office.submit(office.group(), on=on)
        assert told["status"] == "submitted"
        assert office.ask("application", application=told["application"])["window"] is not None


def test_before_the_rules_of_2024_no_window_is_demanded(office):
    ten = [office.member() for _ in range(10)]
    told = office.submit(office.group(members=ten), on=date(2021, 2, 1))
    assert office.ask("application", application=told["application"])["window"] is None


def test_a_window_can_be_closed_early_and_once(office):
    window = office.open_window(*JULY)["window"]
    office.submit(office.group(), on=date(2024, 7, 12))
    with pytest.raises(Refused, match="window_has_applications"):
        close(office, window, date(2024, 7, 11))
    with pytest.raises(Refused, match="not_in_window"):
        close(office, window, date(2024, 7, 29))
    told = close(office, window, date(2024, 7, 12))
    assert (told["ends_on"], told["closes_on"], told["closed"]) == ("2024-07-12", "2024-07-26", True)
    with pytest.raises(Refused, match="no_open_window"):
        office.submit(office.group(), on=date(2024, 7, 15))
    with pytest.raises(Conflict, match="window_closed"):
        close(office, window, date(2024, 7, 15))
    [event] = office.told(window, "window_closed")
    assert event["on"] == "2024-07-12"
    office.open_window(
        date(2024, 7, 15), date(2024, 7, 26)
    )  # the days that were given up may be announced anew


def test_windows_of_a_council_never_overlap_and_those_of_two_councils_may(office, new_office):
    office.open_window(*JULY)
    for days in (JULY, (date(2024, 7, 26), date(2024, 8, 2)), (date(2024, 7, 10), date(2024, 7, 10))):
        with pytest.raises(Conflict, match="windows_overlap"):
            office.open_window(*days)
    new_office().open_window(*JULY)


def test_of_many_windows_announced_in_one_moment_for_the_same_days_one_stands(office):
    together = Barrier(8)

    def announce(number):
        together.wait(timeout=30)
        try:
            return office.open_window(date(2024, 8, number), date(2024, 8, 20), published_on=date(2024, 8, 1))
        except ChassisError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(announce, range(1, 9)))
    assert [isinstance(answer, dict) for answer in answers].count(True) == 1
    assert {answer for answer in answers if isinstance(answer, str)} == {"windows_overlap"}


def test_a_window_lies_in_its_quarter_and_after_its_notice(office):
    with pytest.raises(Refused, match="window_beyond_quarter"):
        office.open_window(date(2024, 9, 16), date(2024, 10, 4))
    with pytest.raises(Refused, match="notice_too_late"):
        office.open_window(*JULY, published_on=date(2024, 7, 9))
    with pytest.raises(Refused, match="window_without_days"):
        office.open_window(date(2024, 7, 9), date(2024, 7, 8))


def test_an_application_and_the_closing_of_its_window_in_one_moment_agree(office):
    window = office.open_window(date(2024, 9, 2), date(2024, 9, 27))["window"]
    groups = [office.group() for _ in range(5)]
    together = Barrier(6)

    def at_once(deed):
        together.wait(timeout=30)
        try:
            return deed()
        except ChassisError as error:
            return error.code

    deeds = [lambda: close(office, window, date(2024, 9, 9))]
    deeds += [lambda g=g: office.submit(g, on=date(2024, 9, 20)) for g in groups]
    with ThreadPoolExecutor(6) as pool:
        closed, *submitted = list(pool.map(at_once, deeds))
    taken_in = [answer for answer in submitted if isinstance(answer, dict)]
    if isinstance(closed, dict):
        assert taken_in == []
    else:
        assert closed in ("window_has_applications", "constraint")
    assert {answer for answer in submitted if isinstance(answer, str)} <= {"no_open_window", "constraint"}


def test_the_database_keeps_a_window_as_it_was_announced(office):
    window = office.open_window(*JULY)["window"]
    for change in ("opens_on = opens_on - 1", "closed = false", "ends_on = ends_on - 1"):
        with pytest.raises(psycopg.errors.CheckViolation):
            office.svc.sql(
                f'UPDATE application_window SET {change} WHERE "window" = %(window)s RETURNING 1',
                window=window,
            )


def test_who_may_open_and_close(office, new_office):
    window = office.open_window(*JULY)["window"]
    with pytest.raises(Forbidden):
        close(office, window, JULY[0], roles=["ward_officer"])
    with pytest.raises(NotFound):
        close(office, window, JULY[0], areas=[new_office().council])
