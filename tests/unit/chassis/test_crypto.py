"""Blind indexes find equal values without telling them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.crypto import People, SubjectKeys, blind_index

KEY = b"b" * 32


def test_equal_values_of_one_kind_are_found_and_nothing_else():
    index = blind_index(KEY, "national_id", "19900101-12345")

    assert len(index) == 32
    assert index == blind_index(KEY, "national_id", "19900101-12345")
    assert index != blind_index(KEY, "national_id", "19900101-12346")
    assert index != blind_index(KEY, "phone", "19900101-12345")
    assert index != blind_index(b"c" * 32, "national_id", "19900101-12345")


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_kinds_and_values_never_run_into_each_other(kind, value, other_kind, other_value):
    same = (kind, value) == (other_kind, other_value)

    assert (blind_index(KEY, kind, value) == blind_index(KEY, other_kind, other_value)) == same


@pytest.mark.parametrize("kek", [b"short", {}, {0: b"k" * 32}, {256: b"k" * 32}, {1: b"short"}])
def test_a_key_that_is_none_is_refused(kek):
    with pytest.raises(ValueError):
        SubjectKeys(None, kek)


def test_a_blind_key_that_is_none_is_refused():
    with pytest.raises(ValueError):
        People(None, b"k" * 32, b"")
