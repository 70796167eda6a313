"""Short references that people read out and copy by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from chassis.reference import check_reference, format_reference

prefixes = st.from_regex(r"[A-Z]{1,4}", fullmatch=True)
numbers = st.integers(1, 10**9)


def test_a_reference_reads_as_prefix_number_and_check_character():
    assert format_reference("G", 12) == "G-00012-4"


@pytest.mark.parametrize(
    "typed", ["G-00012-4", "g000124", " g 00012 4 ", "G\u201300012\u20134", "g-00012 -\u00a04"]
)
def test_case_spaces_and_dashes_do_not_matter(typed):
    assert check_reference(typed) == ("G", 12)


@given(prefixes, numbers)
def test_what_was_formatted_is_read_again(prefix, number):
    assert check_reference(format_reference(prefix, number)) == (prefix, number)


@given(prefixes, numbers, st.data())
def test_one_wrong_character_is_found(prefix, number, data):
    right = format_reference(prefix, number)
    at = data.draw(st.sampled_from([i for i, c in enumerate(right) if c != "-"]))
    wrong = data.draw(st.sampled_from([c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c != right[at]]))

    with pytest.raises(Invalid):
        check_reference(right[:at] + wrong + right[at + 1 :])


def test_two_neighbours_that_changed_places_are_nearly_always_found():
    found = missed = 0
    for number in range(1, 3000, 7):
        compact = format_reference("GA", number).replace("-", "")
        for at in range(len(compact) - 1):
            swapped = compact[:at] + compact[at + 1] + compact[at] + compact[at + 2 :]
            if swapped == compact:
                continue
            try:
                check_reference(swapped)
                missed += 1
            except Invalid:
                found += 1

    assert missed / (found + missed) < 0.01


@pytest.mark.parametrize(
    "typed", ["", "G", "G-00012", "00012-4", "G-00000-0", "G-0000012-4", "G" * 100, "G-00012-4-4"]
)
def test_what_is_no_reference_is_refused(typed):
    with pytest.raises(Invalid) as refused:
        check_reference(typed)

    assert refused.value.code == "reference_invalid"


@pytest.mark.parametrize(("prefix", "number"), [("g", 1), ("", 1), ("GROUP", 1), ("G", 0), ("G", -1)])
def test_no_reference_is_made_of_a_bad_prefix_or_number(prefix, number):
    with pytest.raises(ValueError):
        format_reference(prefix, number)
