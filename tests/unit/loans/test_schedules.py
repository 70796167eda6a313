"""When a loan is due: days that keep their anchor, working days, whole and equal instalments."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.rule_broken import RuleBroken
from loans.schedules.model import (
    SHIFTS,
    Product,
    add_months,
    instalment_amounts,
    make_schedule,
    move_to_working_day,
    product_from,
)

HOLIDAYS = {date(2026, 1, 1), date(2026, 1, 12), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)}
STANDARD = Product("standard", term_months=12, grace_months=3)
anchors = st.dates(min_value=date(2019, 4, 5), max_value=date(2060, 12, 31))


def working(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def always(day: date) -> bool:
    return True


@pytest.mark.parametrize(
    ("anchor", "months", "due"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 9, 1), 0, date(2025, 9, 1)),
    ],
)
def test_due_dates_keep_the_anchor_day(anchor, months, due):
    assert add_months(anchor, months) == due


@given(anchors, st.integers(min_value=0, max_value=120))
def test_a_short_month_shifts_nothing_after_it(anchor, months):
    later = add_months(anchor, months)
    assert (later.year * 12 + later.month) - (anchor.year * 12 + anchor.month) == months
    assert later.day == anchor.day or (later.day < anchor.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("day", "shift", "moved"),
    [
        (date(2026, 1, 1), "next_working", date(2026, 1, 2)),  # New Year
        (date(2026, 5, 30), "next_working", date(2026, 6, 1)),  # a Saturday
        (date(2026, 5, 30), "next_working_same_month", date(2026, 5, 29)),
        (date(2026, 5, 23), "next_working_same_month", date(2026, 5, 25)),
        (date(2026, 4, 3), "next_working", date(2026, 4, 7)),  # Good Friday to after Easter Monday
        (date(2026, 4, 6), "previous_working", date(2026, 4, 2)),
        (date(2026, 1, 1), "none", date(2026, 1, 1)),
        (date(2026, 1, 2), "next_working", date(2026, 1, 2)),
    ],
)
def test_a_due_date_moves_off_weekends_and_holidays_by_the_products_rule(day, shift, moved):
    assert move_to_working_day(day, shift, working) == moved


def test_a_year_with_three_months_of_grace_has_nine_instalments():
    schedule = make_schedule(10_000_000, date(2025, 9, 1), STANDARD, working)
    assert [i.number for i in schedule] == list(range(1, 10))
    assert [i.due_on for i in schedule][:4] == [
        date(2026, 1, 2),
        date(2026, 2, 2),
        date(2026, 3, 2),
        date(2026, 4, 1),
    ]
    assert [i.amount for i in schedule] == [1_111_111] * 8 + [1_111_112]


def test_a_product_may_ask_for_multiples_of_a_thousand():
    assert instalment_amounts(10_000_000, 9, 1_000) == [1_111_000] * 8 + [1_112_000]


def test_an_amount_that_gives_no_instalment_is_refused():
    with pytest.raises(RuleBroken, match="instalments_too_small"):
        instalment_amounts(5_000, 9, 1_000)


@given(
    st.integers(min_value=500_000, max_value=150_000_000),
    st.integers(min_value=1, max_value=60),
    st.sampled_from([1, 100, 1_000]),
)
def test_instalments_are_whole_equal_and_sum_to_the_principal(principal, count, multiple_of):
    amounts = instalment_amounts(principal, count, multiple_of)
    assert sum(amounts) == principal
    assert len(amounts) == count
    assert len(set(amounts[:-1])) <= 1
    assert all(amount % multiple_of == 0 for amount in amounts[:-1])
    assert amounts[-1] >= amounts[0] > 0


@given(
    anchors,
    st.sampled_from(SHIFTS),
    st.integers(min_value=0, max_value=6),
    st.integers(min_value=1, max_value=24),
)
def test_due_dates_rise_and_fall_on_working_days(anchor, shift, grace, instalments):
    product = Product("any", grace + instalments, grace, shift=shift)
    dues = [i.due_on for i in make_schedule(24_000_000, anchor, product, working)]
    assert dues == sorted(set(dues))
    assert len(dues) == instalments
    if shift != "none":
        assert all(working(due) for due in dues)


@pytest.mark.parametrize(
    "wrong",
    [
        {"term_months": 3, "grace_months": 3},
        {"term_months": 12, "grace_months": -1},
        {"term_months": 12, "grace_months": 3, "every_months": 2},
        {"term_months": 12, "grace_months": 0, "every_months": 0},
        {"term_months": 12, "grace_months": 0, "multiple_of": 0},
        {"term_months": 12, "grace_months": 0, "shift": "sideways"},
    ],
)
def test_a_product_that_cannot_be_repaid_cannot_be_made(wrong):
    with pytest.raises(ValueError):
        Product("wrong", **wrong)


def test_a_quarterly_product_is_due_every_three_months():
    product = Product("quarterly", 12, 3, every_months=3)
    assert [i.due_on for i in make_schedule(900, date(2025, 1, 31), product, always)] == [
        date(2025, 7, 31),
        date(2025, 10, 31),
        date(2026, 1, 31),
    ]


def test_the_office_chooses_a_product_by_its_code():
    document = {"default": "standard", "products": {"standard": {"term_months": 12, "grace_months": 3}}}
    assert product_from(document, None) == product_from(document, "standard") == STANDARD
    with pytest.raises(RuleBroken, match="product_unknown"):
        product_from(document, "golden")
