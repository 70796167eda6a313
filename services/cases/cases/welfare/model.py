"""The rules of a welfare case: which category fits, who needs to know, and when it may be closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from cases.people.model import age_band, age_on
from cases.rule_broken import RuleBroken

Risk = Literal["none", "low", "high", "danger"]
RISKS: tuple[Risk, ...] = ("none", "low", "high", "danger")


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of welfare problem of the coded list (PMKS, 26 kinds)."""

    code: str
    restricted: bool  # need-to-know even inside the area
    group: str  # the office's own wider group, for figures
    age_from: int | None = None
    age_below: int | None = None

    def admits(self, age: int | None) -> bool:
        """Does an age fit the category? An unknown age always does: a street child often has no papers."""
        if age is None:
            return True
        return (self.age_from is None or age >= self.age_from) and (
            self.age_below is None or age < self.age_below
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a new case without a personal word."""

    category: Category
    age_band: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case as far as its rules ask."""

    state: str
    received_on: date
    restricted: bool
    worker: str | None
    last_on: date | None = None  # of its latest assessment
    danger_open: bool = False  # a danger found and not yet answered


def category_of(rules: Mapping[str, Any], code: str) -> Category:
    """The category of a code in the list in force; raises `unknown_category`."""
    found = rules["categories"].get(code)
    if found is None:
        raise RuleBroken(
            "unknown_category", "This category is not in the list in force; ask `case_lists` for the codes."
        )
    age = found.get("age", {})
    return Category(code, found["restricted"], found["group"], age.get("from"), age.get("below"))


def codes_of_group(rules: Mapping[str, Any], group: str) -> list[str]:
    """The categories that the office counts in one of its own groups; raises `unknown_group`."""
    if group not in rules["groups"]:
        raise RuleBroken(
            "unknown_group", "This group is not in the list in force; ask `case_lists` for the codes."
        )
    return [code for code, category in rules["categories"].items() if category["group"] == group]


def check_code(codes: Mapping[str, Any], code: str, what: str) -> None:
    """Refuse a code that is not in its list, as `unknown_<what>`."""
    if code not in codes:
        raise RuleBroken(
            f"unknown_{what}", f"This {what} is not in the list in force; ask `case_lists` for the codes."
        )


def judge_opening(
    category: Category,
    *,
    born_on: date | None,
    estimated_age: int | None,
    received_on: date,
    today: date,
    band_starts: Sequence[int],
) -> Opening:
    """May a case of this category be opened for a person of this age?

    Raises:
        RuleBroken: `in_future`, `age_twice`, `born_later`, `age_outside_category`.
    """
    if received_on > today:
        raise RuleBroken(
            "in_future", "The case cannot have been received after today; give the day it came in."
        )
    if born_on is not None and estimated_age is not None:
        raise RuleBroken("age_twice", "Give the birth date or an estimated age, not both.")
    age = age_on(born_on, estimated_age, received_on)
    if not category.admits(age):
        raise RuleBroken(
            "age_outside_category",
            "The age does not fit this category; choose the category that fits, or correct the birth date.",
        )
    return Opening(category, age_band(age, band_starts))


def check_assessment(case: Case, *, assessed_at: datetime, assessed_on: date, now: datetime) -> None:
    """An open case may be assessed any number of times, from its receipt until now."""
    if case.state != "open":
        raise RuleBroken("case_closed", "This case is closed; open a new one if help is needed again.")
    check_moment(assessed_at, assessed_on, case.received_on, now)


def check_danger_answer(
    *, danger_open: bool, found_at: datetime | None, answered_at: datetime, now: datetime
) -> None:
    """A danger is answered once, after it was found."""
    if not danger_open or found_at is None:
        raise RuleBroken("no_danger_open", "No danger is waiting for an answer in this case.")
    if answered_at > now:
        raise RuleBroken("in_future", "The answer lies in the future; enter it once it is done.")
    if answered_at < found_at:
        raise RuleBroken("before_danger", "The answer lies before the danger was found; correct its moment.")


def check_closing(case: Case, *, closed_on: date, today: date) -> None:
    """A case is closed once, after everything in it, and never over an unanswered danger."""
    if case.state != "open":
        raise RuleBroken("case_closed", "This case is closed already.")
    if closed_on > today:
        raise RuleBroken("in_future", "A case cannot be closed in advance; give the day on which it was.")
    if closed_on < max(case.received_on, case.last_on or case.received_on):
        raise RuleBroken(
            "before_last_entry", "The closing lies before the latest entry of the case; correct its date."
        )
    if case.danger_open:
        raise RuleBroken(
            "danger_unanswered", "A danger in this case is still unanswered; record what was done first."
        )


def check_moment(at: datetime, on: date, received_on: date, now: datetime) -> None:
    """What happened in a case happened between its receipt and now."""
    if at > now:
        raise RuleBroken("in_future", "This moment lies in the future; enter it once it has come.")
    if on < received_on:
        raise RuleBroken("before_receipt", "This lies before the case was received; correct its moment.")


def least_loaded(loads: Mapping[str, int]) -> str | None:
    """The worker with the fewest open cases; equals by name order, so that the choice can be explained."""
    return min(loads, key=lambda worker: (loads[worker], worker), default=None)
