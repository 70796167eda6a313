"""What may be said of a person without saying who they are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.people.model import (
    age_band,
    age_on,
    check_may_be_erased,
    normal_id,
    normal_phone,
    whole_years,
)
from cases.rule_broken import RuleBroken

BANDS = [0, 5, 15, 18, 25, 36, 60]


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "0-4"),
        (4, "0-4"),
        (5, "5-14"),
        (17, "15-17"),
        (18, "18-24"),
        (59, "36-59"),
        (60, "60+"),
        (104, "60+"),
    ],
)
def test_an_age_falls_in_its_band(age: int, band: str) -> None:
    assert age_band(age, BANDS) == band


def test_an_unknown_age_is_told_as_such() -> None:
    assert age_band(None, BANDS) == "unknown"


@given(st.integers(0, 130), st.sets(st.integers(1, 100), max_size=10))
def test_every_age_falls_in_exactly_one_band(age: int, starts: set[int]) -> None:
    band = age_band(age, [0, *sorted(starts)])
    first, _, last = band.rstrip("+").partition("-")
    assert int(first) <= age
    assert band.endswith("+") or age <= int(last)


def test_a_birthday_counts_on_its_day() -> None:
    assert whole_years(date(2008, 5, 7), date(2026, 5, 6)) == 17
    assert whole_years(date(2008, 5, 7), date(2026, 5, 7)) == 18


def test_a_leap_child_grows_older_on_the_first_of_march() -> None:
    assert whole_years(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert whole_years(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_the_birth_date_counts_before_the_estimate() -> None:
    assert age_on(date(2010, 1, 1), None, date(2026, 1, 1)) == 16
    assert age_on(None, 9, date(2026, 1, 1)) == 9
    assert age_on(None, None, date(2026, 1, 1)) is None


def test_nobody_is_born_after_the_receipt_of_their_case() -> None:
    with pytest.raises(RuleBroken, match="born_later"):
        age_on(date(2026, 1, 2), None, date(2026, 1, 1))


def test_an_id_is_compared_without_its_dashes() -> None:
    assert normal_id("19900101-14123-00001-27") == normal_id("19900101 14123 00001 27")


@pytest.mark.parametrize("typed", ["0784 123 456", "+255 784 123 456", "00255784123456", "784-123-456"])
def test_a_telephone_number_is_one_however_it_is_written(typed: str) -> None:
    assert normal_phone(typed, "255") == "255784123456"


@pytest.mark.parametrize("state", ["open", "received", "acknowledged", "appealed"])
def test_who_is_still_owed_an_answer_is_not_forgotten(state: str) -> None:
    with pytest.raises(RuleBroken, match="still_open"):
        check_may_be_erased([{"state": "closed"}, {"state": state}])


def test_who_is_owed_nothing_more_may_be_forgotten() -> None:
    check_may_be_erased([{"state": "closed"}, {"state": "answered"}, {"state": "decided"}])
