"""How lateness is measured.

Sources: CGAP, "Microfinance Consensus Guidelines" (2003), for portfolio at risk and ageing; R. Rosenberg, "Measuring
Microcredit Delinquency", CGAP Occasional Paper 3 (1999), for the on-time rate and the current recovery rate. All
amounts are principal in whole shillings; rates are whole numbers per ten thousand, half a one rounded up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from loans.rule_broken import RuleBroken


@dataclass(frozen=True, slots=True)
class Aged:
    """Loans that are equally late: how many, what they owe, and what of it should have come in by now."""

    days_late: int
    rescheduled: bool
    loans: int
    outstanding: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Loans that are at least `from_days` late, and less than the next bucket; 0 is in time."""

    from_days: int
    loans: int
    outstanding: int
    overdue: int


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What is owed by loans with an instalment more than `days` late, or rescheduled; and its share of all."""

    days: int
    outstanding: int
    rate: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """What fell due in a period by the terms of contract, what of that was paid by its day, and what came in."""

    fell_due: int
    on_time: int
    collected: int

    @property
    def on_time_rate(self) -> int | None:
        """Paid by the due date over fell due in the period: old arrears are in neither."""
        return rate(self.on_time, self.fell_due)

    @property
    def current_recovery_rate(self) -> int | None:
        """All that came in over what fell due for the first time: above 10,000 where old arrears came in."""
        return rate(self.collected, self.fell_due)


def rate(part: int, whole: int) -> int | None:
    """`part` of `whole` per ten thousand, half a one rounded up; None of nothing."""
    return None if whole == 0 else (20_000 * part + whole) // (2 * whole)


def gross(loans: Iterable[Aged]) -> int:
    """The gross outstanding principal."""
    return sum(aged.outstanding for aged in loans)


def arrears_rate(loans: Sequence[Aged]) -> int | None:
    """What is overdue over what is outstanding."""
    return rate(sum(aged.overdue for aged in loans), gross(loans))


def at_risk(loans: Sequence[Aged], days: int) -> AtRisk:
    """PARx: all that is owed by loans with an instalment more than `days` late, plus by rescheduled loans."""
    owed = sum(aged.outstanding for aged in loans if aged.days_late > days or aged.rescheduled)
    return AtRisk(days, owed, rate(owed, gross(loans)))


def bucket_of(days_late: int, buckets: Sequence[int]) -> int:
    """The least days late of the bucket that holds `days_late`; 0 for a loan that is in time."""
    return max((least for least in buckets if least <= days_late), default=0)


def ageing(loans: Sequence[Aged], buckets: Sequence[int]) -> list[Bucket]:
    """All loans by how late they are, those in time first."""
    found = []
    for least in (0, *buckets):
        own = [aged for aged in loans if bucket_of(aged.days_late, buckets) == least]
        found.append(
            Bucket(
                least,
                sum(aged.loans for aged in own),
                gross(own),
                sum(aged.overdue for aged in own),
            )
        )
    return found


def days_to_close(on: date, last_closed: date | None) -> list[date]:
    """The days up to `on` that are not closed yet: all since the last one, or `on` alone where none was."""
    first = on if last_closed is None else last_closed + timedelta(days=1)
    return [first + timedelta(days=n) for n in range((on - first).days + 1)]


def require_day_over(on: date, today: date) -> None:
    """A day is closed after its end."""
    if on >= today:
        raise RuleBroken("day_not_over", f"Close days before {today}; this one is not over.", {"on": str(on)})


def day_close(council: UUID, on: date) -> UUID:
    """The id under which the closing of one council's day is awaited: the same one whoever asks for it."""
    return uuid5(NAMESPACE_OID, f"day_close {council} {on}")
