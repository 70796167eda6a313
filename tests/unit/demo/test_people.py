"""Constructed people: always the same, of the age wanted, and nobody's real number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.people.model import age_on, fault_of_national_id, national_id_digits
from ustawi.demo.people import national_id, people, person

DAYS = st.dates(date(2016, 1, 1), date(2030, 12, 31))
NUMBERS = st.integers(0, 9_999_999)


@given(NUMBERS, DAYS, st.sampled_from(["female", "male"]), st.integers(18, 60), st.integers(0, 30))
def test_a_person_has_the_age_and_sex_asked_for_and_an_id_that_the_registry_takes(
    number, on, sex, least, more
):
    who = person(number, on, sex, (least, least + more))
    assert who.sex == sex
    assert least <= age_on(who.born_on, on) <= least + more
    digits = national_id_digits("TZ", who.national_id)
    assert fault_of_national_id("TZ", digits, who.born_on, who.sex) is None


@given(NUMBERS, DAYS)
def test_a_person_is_always_the_same(number, on):
    assert person(number, on) == person(number, on)


@given(NUMBERS, NUMBERS, DAYS)
def test_two_people_never_share_an_id(one, other, on):
    ids = {person(number, on).national_id for number in (one, other)}
    assert len(ids) == len({one, other})


def test_no_id_names_a_place_that_there_is():
    for number in (0, 99_999, 100_000, 9_999_999):
        assert int(national_id(date(1990, 1, 1), number).split("-")[1]) < 100


def test_there_is_an_end_to_constructed_people():
    with pytest.raises(ValueError, match="10,000,000"):
        national_id(date(1990, 1, 1), 10_000_000)


def test_names_differ_enough_to_be_told_apart():
    names = [each.name for each in people(range(200), date(2025, 7, 1))]
    assert len(set(names)) > 180
