"""What a closed quarter forbids, and how what is known too late is booked all the same."""

from dataclasses import dataclass
from datetime import date, timedelta

from loans.rule_broken import RuleBroken


@dataclass(frozen=True, slots=True)
class ValueDate:
    """The day on which a fact is booked, and the day in a closed quarter that it is about, if any."""

    on: date
    relates_to: date | None = None


def require_over(ends: date, today: date) -> None:
    """A quarter is closed after its last day."""
    if today <= ends:
        raise RuleBroken(
            "quarter_not_over", f"This quarter ends on {ends}; close it after that day.", {"ends": str(ends)}
        )


def require_next(begins: date, closed_through: date | None) -> None:
    """Quarters are closed in order, and each one once."""
    if closed_through is not None and begins <= closed_through:
        raise RuleBroken(
            "quarter_closed", f"The books are closed up to {closed_through}; close a later quarter."
        )


def require_open(on: date, closed_through: date | None, relates_to: date | None = None) -> None:
    """Nothing is dated into a closed quarter; an adjustment names the day in one that it is about."""
    if closed_through is not None and on <= closed_through:
        raise RuleBroken(
            "quarter_closed",
            f"The books are closed up to {closed_through}; date this on a later day, as an adjustment that "
            "relates to the day on which it happened.",
            {"on": str(on), "open_from": str(closed_through + timedelta(days=1))},
        )
    if relates_to is not None and (closed_through is None or relates_to > closed_through):
        raise RuleBroken(
            "quarter_open",
            "The quarter of that day is open: date this on its own day and leave relates_to out.",
            {"relates_to": str(relates_to)},
        )


def value_date(happened_on: date, found_on: date, closed_through: date | None) -> ValueDate:
    """Where a correction is booked: on the day that it corrects, or else on `found_on`, as an adjustment."""
    if closed_through is None or happened_on > closed_through:
        return ValueDate(happened_on)
    require_open(found_on, closed_through)
    return ValueDate(found_on, happened_on)


def first_open(on: date, closed_through: date | None) -> ValueDate:
    """The same day, or the first open one after it: for what falls due by itself."""
    if closed_through is None or on > closed_through:
        return ValueDate(on)
    return ValueDate(closed_through + timedelta(days=1), on)
