"""Whether the scheme lends, what is to be set aside, and what the special account should hold."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.revenue.model import account_should_hold, expected_set_aside
from loans.rule_broken import RuleBroken
from loans.scheme.model import Change, Lending, lending

COUNTRY, COUNCIL = uuid4(), uuid4()
OPEN, SUSPENDED = (
    {"lending": "open", "instrument": "Act"},
    {"lending": "suspended", "instrument": "Announcement"},
)
SINCE = date(2024, 7, 1)


def nation(lends: str, on: date) -> Change:
    return Change(COUNTRY, True, on, lends, f"N {on}")


def council(lends: str, on: date) -> Change:
    return Change(COUNCIL, False, on, lends, f"C {on}")


def test_the_rule_holds_where_nothing_was_announced():
    assert lending(OPEN, SINCE, []) == Lending("open", "Act")
    assert lending(SUSPENDED, SINCE, []) == Lending("suspended", "Announcement")


def test_the_countrys_latest_word_holds():
    first, then = nation("suspended", date(2025, 1, 1)), nation("open", date(2025, 3, 1))
    assert lending(OPEN, SINCE, [first]).instrument == "N 2025-01-01"
    assert lending(OPEN, SINCE, [then, first]).lending == "open"
    assert lending(SUSPENDED, SINCE, [then]).lending == "open"
    assert lending(SUSPENDED, date(2025, 4, 1), [then]).lending == "suspended"  # the rule is the later word


def test_a_council_that_suspended_itself_opens_itself():
    own = council("suspended", date(2025, 1, 1))
    assert lending(OPEN, SINCE, [own]).lending == "suspended"
    assert lending(OPEN, SINCE, [own, nation("open", date(2025, 2, 1))]).lending == "suspended"
    assert lending(OPEN, SINCE, [own, council("open", date(2025, 2, 1))]).lending == "open"
    assert lending(SUSPENDED, SINCE, [council("open", date(2025, 2, 1))]).lending == "suspended"


def test_a_tenth_of_the_revenue_without_what_is_earmarked_is_set_aside():
    assert expected_set_aside(6_000_000_000, 495_000_000, 10) == 550_500_000
    assert expected_set_aside(9, 0, 10) == 0
    with pytest.raises(RuleBroken, match="earmarked_above_revenue"):
        expected_set_aside(1, 2, 10)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(0, 100))
def test_no_more_is_expected_than_the_law_asks_for_and_less_than_a_shilling_is_lost(all_of_it, part, percent):
    own, earmarked = max(all_of_it, part), min(all_of_it, part)
    assert 0 <= (own - earmarked) * percent - 100 * expected_set_aside(own, earmarked, percent) < 100


def test_the_account_holds_what_was_not_paid_out_less_what_fell_short():
    pot = {"available": 7, "reserved": 2, "credits_held": 1, "shortfall": 0, "disbursed": 99}
    assert account_should_hold([pot, {**pot, "available": 0, "shortfall": 4}]) == 9
