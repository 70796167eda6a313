"""Which products are on offer, and on which days a loan made under one falls due."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.products.model import choose, frozen, make_product, offers, thawed
from loans.rule_broken import RuleBroken
from loans.schedules.model import Product, add_months, make_schedule

DOCUMENT = {"default": "standard", "products": {"standard": {"term_months": 12, "grace_months": 3}}}
OWN = {
    "area": "council",
    "product": "standard",
    "instrument": "BM 1",
    "term_months": 6,
    "grace_months": 0,
    "every_months": 1,
    "multiple_of": 1000,
    "anchor_day": 5,
    "shift": "none",
}


def every_day(day):
    return True


def test_what_a_council_defined_stands_in_place_of_the_rules_and_beside_them():
    on_offer = offers(DOCUMENT, [OWN, {**OWN, "product": "seasonal"}])
    assert set(on_offer) == {"standard", "seasonal"}
    assert choose(on_offer, None, "standard").product.term_months == 6
    assert on_offer["standard"].defined_by == "council"
    assert offers(DOCUMENT, [])["standard"].defined_by == "rules"


def test_a_product_that_is_not_on_offer_is_refused():
    with pytest.raises(RuleBroken, match="product_unknown"):
        choose(offers(DOCUMENT, []), "golden", "standard")


def test_terms_that_repay_nothing_are_refused():
    with pytest.raises(RuleBroken, match="product_not_repayable"):
        make_product(code="wrong", term_months=3, grace_months=3)
    with pytest.raises(RuleBroken, match="product_not_repayable"):
        make_product(code="wrong", term_months=3, grace_months=0, multiple_of=7)


def test_what_an_application_keeps_is_the_product_again():
    offer = offers(DOCUMENT, [OWN])["standard"]
    assert thawed(frozen(offer)) == offer.product


def test_due_dates_fall_on_the_anchor_day_and_no_group_loses_a_day_of_its_grace():
    product = Product("p", 4, 1, shift="none", anchor_day=5)
    due = [i.due_on for i in make_schedule(9_000, date(2025, 9, 20), product, every_day)]
    assert due == [date(2025, 12, 5), date(2026, 1, 5), date(2026, 2, 5)]
    due = [i.due_on for i in make_schedule(9_000, date(2025, 9, 5), product, every_day)]
    assert due == [date(2025, 11, 5), date(2025, 12, 5), date(2026, 1, 5)]


def test_an_anchor_on_the_31st_is_kept_over_short_months():
    product = Product("p", 5, 0, shift="none", anchor_day=31)
    due = [i.due_on for i in make_schedule(5_000, date(2025, 9, 30), product, every_day)]
    assert due[:4] == [date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31)]
    assert due[4] == date(2026, 2, 28)


@given(on=st.dates(date(2020, 1, 1), date(2030, 12, 31)), day=st.integers(1, 31), grace=st.integers(0, 12))
def test_the_first_due_date_is_never_before_the_grace_is_over_nor_a_month_late(on, day, grace):
    product = Product("p", grace + 3, grace, shift="none", anchor_day=day)
    first = make_schedule(3_000, on, product, every_day)[0].due_on
    assert add_months(on, grace + 1) <= first <= add_months(on, grace + 2)
