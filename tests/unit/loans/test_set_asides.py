"""How whole shillings are split among the pots, and what a pot can promise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.fund.model import POTS, require_enough, require_set_aside_date, split_set_aside
from loans.rule_broken import RuleBroken

LAW = {"women": 40, "youth": 40, "pwd": 20}
amounts = st.integers(min_value=1, max_value=9_000_000_000_000_000)
shares = st.fixed_dictionaries({pot: st.integers(min_value=0, max_value=100) for pot in POTS}).filter(
    lambda weights: sum(weights.values()) > 0
)


def test_kilindis_550_500_000_are_split_forty_forty_twenty():
    assert split_set_aside(550_500_000, LAW) == {
        "women": 220_200_000,
        "youth": 220_200_000,
        "pwd": 110_100_000,
    }


@pytest.mark.parametrize(
    ("amount", "parts"),
    [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)), (4, (2, 1, 1)), (5, (2, 2, 1)), (7, (3, 3, 1))],
)
def test_odd_shillings_go_to_the_largest_remainder(amount, parts):
    assert tuple(split_set_aside(amount, LAW).values()) == parts


@given(amounts, shares)
def test_the_parts_always_sum_to_the_amount(amount, weights):
    assert sum(split_set_aside(amount, weights).values()) == amount


@given(amounts, shares)
def test_no_part_is_a_whole_shilling_away_from_its_share(amount, weights):
    total = sum(weights.values())
    for pot, part in split_set_aside(amount, weights).items():
        assert abs(part * total - amount * weights[pot]) < total


@given(amounts, shares)
def test_a_pot_without_a_share_gets_nothing(amount, weights):
    parts = split_set_aside(amount, weights)
    assert all(parts[pot] == 0 for pot in POTS if weights[pot] == 0)


def test_money_is_not_set_aside_before_its_quarter_begins():
    require_set_aside_date(date(2025, 7, 1), date(2025, 7, 1))
    with pytest.raises(RuleBroken, match="before_quarter"):
        require_set_aside_date(date(2025, 6, 30), date(2025, 7, 1))


def test_a_pot_promises_what_it_has_and_not_a_shilling_more():
    require_enough(7_000_000, 7_000_000, "youth")
    with pytest.raises(RuleBroken, match="pot_exhausted"):
        require_enough(7_000_001, 7_000_000, "youth")


def test_a_pot_with_a_shortfall_promises_nothing():
    with pytest.raises(RuleBroken, match="pot_short"):
        require_enough(1, 7_000_000, "youth", shortfall=1)
