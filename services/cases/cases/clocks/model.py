"""The arithmetic of promised times: pure, exact, and the same for a live clock and one entered years later.

A clock runs like a stop-watch that counts only the time its rule counts. A rule in working days counts
working days, one in days counts all days, each from the day after receipt; a rule in hours counts every hour
from the moment of receipt. Waiting for the complainant stops it. Nothing here reads the time of day: `at`
always comes in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from typing import Any, Literal, Protocol

Finding = Literal["warning", "breach"]

# A term that is not used up after so many days is a fault of the calendar, not a long promise.
_HORIZON_DAYS = 4000
_MICROSECOND = timedelta(microseconds=1)


class Days(Protocol):
    """What the arithmetic asks of a calendar."""

    @property
    def zone(self) -> tzinfo: ...

    def is_working(self, day: date) -> bool: ...


@dataclass(frozen=True, slots=True)
class Term:
    """How long a promise runs, as the rule in force at its start says."""

    unit: Literal["working_days", "days", "hours"]
    length: int
    warning_percent: int
    pauses: bool = False  # does waiting for the complainant stop it?
    ends_on_working_day: bool = False  # does a last day off move on to the next working day?

    def __post_init__(self) -> None:
        if self.unit not in ("working_days", "days", "hours"):
            raise ValueError(f"unknown unit {self.unit!r}")
        if self.length < 1 or not 0 < self.warning_percent < 100:
            raise ValueError("a term is at least 1 long and warns before it ends")
        if self.pauses and self.ends_on_working_day:
            raise ValueError("a term that can be paused ends when its time is used up")


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the office waited; `until_at` is None while it still does."""

    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """When the warning falls and when the promise is broken; None while an open pause holds it off."""

    warn_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise as it stands. Once met or breached it never moves again."""

    term: Term
    started_at: datetime
    timing: Timing
    warned: bool = False
    breached: bool = False
    met_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.met_at is None and not self.breached

    def findings(self, at: datetime) -> list[Finding]:
        """What there is to tell at `at` that was not told before: at most one warning and one breach, ever.

        A paused clock tells nothing: what is due by when, only the end of the pause will show.
        """
        warn_at, due_at = self.timing.warn_at, self.timing.due_at
        if self.met_at is not None or due_at is None:
            return []
        found: list[Finding] = []
        if not self.warned and warn_at is not None and at >= warn_at:
            found.append("warning")
        if not self.breached and at >= due_at:
            found.append("breach")
        return found

    def is_in_time(self, at: datetime) -> bool:
        """Was what happened at `at` within the promise? The due moment itself is already too late."""
        return self.timing.due_at is None or at < self.timing.due_at


def term_of(rules: Mapping[str, Any], kind: str) -> Term:
    """The term of one kind of clock in a `clocks` rule document."""
    clock = rules["clocks"][kind]
    return Term(
        unit=clock["unit"],
        length=clock["length"],
        warning_percent=clock.get("warning_percent", rules["warning_percent"]),
        pauses=clock.get("pauses", False),
        ends_on_working_day=clock.get("ends_on_working_day", False),
    )


def timing(term: Term, started_at: datetime, pauses: Sequence[Pause], days: Days) -> Timing:
    """When a clock warns and when it is breached.

    Args:
        term: the promise, frozen at its start.
        started_at: moment of receipt, never of data entry.
        pauses: in order of time and not overlapping; only the last may be open.
        days: the calendar as it is known now.
    """
    held = tuple(pauses) if term.pauses else ()
    warn_at = _used_up(term, Fraction(term.length * term.warning_percent, 100), started_at, held, days)
    due_at = _used_up(term, Fraction(term.length), started_at, held, days)
    if due_at is not None and term.ends_on_working_day:
        last = _next_working((due_at - _MICROSECOND).astimezone(days.zone).date(), days)
        due_at = _start_of(last + timedelta(days=1), days)
    return Timing(warn_at, due_at)


def last_day(due_at: datetime | None, days: Days) -> date | None:
    """The local day on which a promise can still be kept; the due moment itself is the end of it."""
    return None if due_at is None else (due_at - _MICROSECOND).astimezone(days.zone).date()


def used(term: Term, started_at: datetime, until: datetime, pauses: Sequence[Pause], days: Days) -> Fraction:
    """How much of a term is used up at `until`, in its own unit."""
    held = tuple(pauses) if term.pauses else ()
    total = Fraction(0)
    for begin, end, whole in _counted(term, started_at, days):
        if begin >= until:
            break
        for running_from, running_to in _running(begin, min(end, until), held):
            total += _share(running_to - running_from, whole)
    return total


def _used_up(
    term: Term, amount: Fraction, started_at: datetime, pauses: tuple[Pause, ...], days: Days
) -> datetime | None:
    """The moment at which `amount` of the term is used up; None if an open pause comes first."""
    for begin, end, whole in _counted(term, started_at, days):
        for running_from, running_to in _running(begin, end, pauses):
            share = _share(running_to - running_from, whole)
            if share >= amount:
                return running_from + _span(amount, whole)
            amount -= share
        if pauses and pauses[-1].until_at is None and pauses[-1].from_at <= end:
            return None
    raise ValueError("the calendar has too few working days to keep this term")


def _counted(term: Term, started_at: datetime, days: Days) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretches that the rule counts, each with the length of one whole unit."""
    if term.unit == "hours":
        yield started_at, started_at + timedelta(days=_HORIZON_DAYS), timedelta(hours=1)
        return
    day = started_at.astimezone(days.zone).date()
    for _ in range(_HORIZON_DAYS):
        day += timedelta(days=1)  # the day of receipt does not count
        if term.unit == "days" or days.is_working(day):
            begin, end = _start_of(day, days), _start_of(day + timedelta(days=1), days)
            yield begin, end, end - begin


def _running(
    begin: datetime, end: datetime, pauses: tuple[Pause, ...]
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of a stretch once the pauses are cut out."""
    for pause in pauses:
        if pause.until_at is not None and pause.until_at <= begin:
            continue
        if pause.from_at >= end:
            break
        if pause.from_at > begin:
            yield begin, pause.from_at
        if pause.until_at is None:
            return
        begin = pause.until_at
    if begin < end:
        yield begin, end


def _start_of(day: date, days: Days) -> datetime:
    return datetime.combine(day, time.min, tzinfo=days.zone).astimezone(UTC)


def _next_working(day: date, days: Days) -> date:
    for _ in range(_HORIZON_DAYS):
        if days.is_working(day):
            return day
        day += timedelta(days=1)
    raise ValueError("the calendar has no working day")


def _share(part: timedelta, whole: timedelta) -> Fraction:
    return Fraction(part // _MICROSECOND, whole // _MICROSECOND)


def _span(share: Fraction, whole: timedelta) -> timedelta:
    return -(-share.numerator * (whole // _MICROSECOND) // share.denominator) * _MICROSECOND
