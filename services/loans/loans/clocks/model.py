"""The arithmetic of a step's time: pure, and the same for a live step and one that was entered later.

A term begins with the day after the step before it. In working days it skips weekends and public holidays; in months
it ends with the same day of a later month. What is told depends on days alone, never on when they were entered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from loans.schedules.model import add_months

Finding = Literal["warning", "breach"]
_DAY = timedelta(days=1)


class Days(Protocol):
    """What the arithmetic asks of a calendar."""

    def add_working_days(self, day: date, count: int) -> date: ...

    def start_of_day(self, day: date) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Term:
    """How long a step may take, and after which part of that it is warned of."""

    unit: Literal["working_days", "months"]
    length: int
    warning_percent: int


@dataclass(frozen=True, slots=True)
class Timing:
    """When the warning falls, the last day in time, and the moment at which it is over."""

    warn_at: datetime
    due_on: date
    due_at: datetime


def term_of(rules: Mapping[str, Any], clock: Mapping[str, Any] | None) -> Term | None:
    """The term of a step by the rules; None where they set no time."""
    if clock is None:
        return None
    return Term(clock["unit"], clock["length"], rules["warning_percent"])


def timing(term: Term, since: date, days: Days) -> Timing:
    """When a step that may be taken since a day is warned of and is over."""
    if term.unit == "months":
        due_on = add_months(since, term.length)
        begins, due_at = days.start_of_day(since + _DAY), days.start_of_day(due_on + _DAY)
        return Timing(_part(begins, due_at, term.warning_percent), due_on, due_at)
    due_on = days.add_working_days(since, term.length)
    whole, rest = divmod(term.length * term.warning_percent, 100)
    warned_on = days.add_working_days(since, whole + 1)  # the working day within which the warning falls
    begins, ends = days.start_of_day(warned_on), days.start_of_day(warned_on + _DAY)
    if rest == 0:
        last = days.add_working_days(since, whole)
        return Timing(days.start_of_day(last + _DAY), due_on, days.start_of_day(due_on + _DAY))
    return Timing(_part(begins, ends, rest), due_on, days.start_of_day(due_on + _DAY))


def findings(timing: Timing, at: datetime, *, warned: bool, breached: bool) -> list[Finding]:
    """What there is to tell at a moment that was not told before: one warning and one breach, ever."""
    found: list[Finding] = []
    if not warned and at >= timing.warn_at:
        found.append("warning")
    if not breached and at >= timing.due_at:
        found.append("breach")
    return found


def tell_at(moment: datetime, recorded_at: datetime, patient_until: datetime) -> datetime:
    """When a moment is told: as it comes; one that was past when its clock was recorded, some days later.

    So whoever enters old papers has time to enter the next step too.
    """
    return moment if moment > recorded_at else patient_until


def _part(begins: datetime, ends: datetime, percent: int) -> datetime:
    return begins + (ends - begins) * percent / 100
