"""The rules of a welfare case."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rule_broken import RuleBroken
from cases.welfare.model import (
    Case,
    Category,
    category_of,
    check_assessment,
    check_closing,
    check_danger_answer,
    codes_of_group,
    judge_opening,
    least_loaded,
)

LIST = {
    "categories": {
        "neglected_under_five": {"restricted": False, "group": "child", "age": {"below": 5}},
        "abused_child": {"restricted": True, "group": "child", "age": {"below": 18}},
        "neglected_elderly": {"restricted": False, "group": "elderly", "age": {"from": 60}},
        "poor": {"restricted": False, "group": "vulnerable"},
    },
    "groups": {"child": {}, "elderly": {}, "vulnerable": {}},
}
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
TODAY = NOW.date()
OPEN = Case(state="open", received_on=date(2026, 3, 1), restricted=False, worker="w1")


def opening(
    category: str, *, born_on: date | None = None, estimated_age: int | None = None, on: date = TODAY
) -> str:
    return judge_opening(
        category_of(LIST, category),
        born_on=born_on,
        estimated_age=estimated_age,
        received_on=on,
        today=TODAY,
        band_starts=[0, 5, 18, 60],
    ).age_band


def test_a_new_case_tells_an_age_band_and_never_an_age() -> None:
    assert opening("abused_child", born_on=date(2014, 7, 1)) == "5-17"
    assert opening("neglected_elderly", estimated_age=71) == "60+"


def test_a_person_without_papers_fits_every_category() -> None:
    assert opening("neglected_under_five") == "unknown"


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("unknown_category", {"category": "rich"}),
        ("in_future", {"category": "poor", "on": TODAY + timedelta(days=1)}),
        ("age_twice", {"category": "poor", "born_on": date(2000, 1, 1), "estimated_age": 26}),
        ("age_outside_category", {"category": "neglected_under_five", "estimated_age": 5}),
        ("age_outside_category", {"category": "neglected_elderly", "born_on": date(1966, 3, 5)}),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(broken: str, what: dict) -> None:
    with pytest.raises(RuleBroken, match=broken):
        opening(**what)


@given(st.integers(0, 120), st.none() | st.integers(0, 60), st.none() | st.integers(1, 120))
def test_a_category_admits_exactly_its_ages(age: int, age_from: int | None, below: int | None) -> None:
    category = Category("any", False, "any", age_from, below)
    assert category.admits(age) == (age in range(age_from or 0, 500 if below is None else below))


def test_a_group_of_the_office_is_a_set_of_categories() -> None:
    assert codes_of_group(LIST, "child") == ["neglected_under_five", "abused_child"]
    with pytest.raises(RuleBroken, match="unknown_group"):
        codes_of_group(LIST, "giants")


def test_an_open_case_may_be_assessed_up_to_now() -> None:
    check_assessment(OPEN, assessed_at=NOW, assessed_on=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("broken", "case", "at"),
    [
        ("case_closed", Case("closed", date(2026, 3, 1), False, None), NOW),
        ("in_future", OPEN, NOW + timedelta(seconds=1)),
        ("before_receipt", OPEN, datetime(2026, 2, 27, tzinfo=UTC)),
    ],
)
def test_an_assessment_outside_the_life_of_the_case_is_refused(broken: str, case: Case, at: datetime) -> None:
    with pytest.raises(RuleBroken, match=broken):
        check_assessment(case, assessed_at=at, assessed_on=at.date(), now=NOW)


def test_a_danger_is_answered_once_and_after_it_was_found() -> None:
    check_danger_answer(danger_open=True, found_at=NOW, answered_at=NOW, now=NOW)
    for broken, is_open, found_at in [
        ("no_danger_open", False, None),
        ("before_danger", True, NOW + timedelta(minutes=1)),
    ]:
        with pytest.raises(RuleBroken, match=broken):
            check_danger_answer(danger_open=is_open, found_at=found_at, answered_at=NOW, now=NOW)
    with pytest.raises(RuleBroken, match="in_future"):
        check_danger_answer(danger_open=True, found_at=NOW, answered_at=NOW + timedelta(seconds=1), now=NOW)


@pytest.mark.parametrize(
    ("broken", "case", "closed_on"),
    [
        ("case_closed", Case("closed", date(2026, 3, 1), False, None), TODAY),
        ("in_future", OPEN, TODAY + timedelta(days=1)),
        ("before_last_entry", OPEN, date(2026, 2, 28)),
        ("before_last_entry", Case("open", date(2026, 3, 1), False, None, last_on=TODAY), date(2026, 3, 3)),
        ("danger_unanswered", Case("open", date(2026, 3, 1), False, None, danger_open=True), TODAY),
    ],
)
def test_a_case_is_not_closed_early_twice_or_over_a_danger(broken: str, case: Case, closed_on: date) -> None:
    with pytest.raises(RuleBroken, match=broken):
        check_closing(case, closed_on=closed_on, today=TODAY)


def test_an_open_case_is_closed_on_the_day_of_its_last_entry_or_later() -> None:
    check_closing(Case("open", date(2026, 3, 1), False, None, last_on=TODAY), closed_on=TODAY, today=TODAY)


def test_the_worker_with_the_fewest_open_cases_is_next() -> None:
    assert least_loaded({"w2": 3, "w1": 3, "w3": 4}) == "w1"
    assert least_loaded({}) is None
