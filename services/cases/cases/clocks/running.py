"""Keeps the clocks: starts and stops them, tells what they show, moves them when the days they count change.

Every function here locks the clock before it reads it, and tells what has fallen due before it changes
anything. So what was late stays late, whoever comes first: the command, the deadline or a new holiday.

Nobody waits in a circle: a command locks the clocks of one complaint or case, in order of their ids;
deadlines and holidays, which go through many, take turns with each other and lock those of each complaint in
the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cases import events, foreign
from cases.clocks import model, store
from chassis import scope
from chassis.deadlines import Deadline
from chassis.envelope import Event
from chassis.transaction import Transaction

WARNING, BREACH = "clock_warning", "clock_breach"  # the chassis's deadlines of a clock


@dataclass(frozen=True, slots=True)
class Running:
    """A clock of the table, with its arithmetic."""

    row: dict[str, Any]
    clock: model.Clock

    @property
    def due_at(self) -> datetime | None:
        return self.clock.timing.due_at

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Running":
        terms = ("unit", "length", "warning_percent", "pauses", "ends_on_working_day")
        return cls(
            row,
            model.Clock(
                term=model.Term(**{name: row[name] for name in terms}),
                started_at=row["started_at"],
                timing=model.Timing(row["warn_at"], row["due_at"]),
                warned=row["warned_at"] is not None,
                breached=row["breached_at"] is not None,
                met_at=row["met_at"],
            ),
        )

    def changed(self, **columns: Any) -> "Running":
        return self.read({**self.row, **columns})


def start(
    tx: Transaction,
    *,
    kind: str,
    term: str,
    subject_kind: str,
    subject: UUID,
    cause: UUID,
    country: str,
    area: UUID,
    started_at: datetime,
) -> Running:
    """Start a clock on the rule in force at its start; the caller tells its own fact, then calls `settle`."""
    days = tx.calendar(country)
    version, rules = tx.rule_version("clocks", days.local_date(started_at), country)
    terms = model.term_of(rules, term)
    timing = model.timing(terms, started_at, (), days)
    row = {
        "clock": tx.new_id(),
        "kind": kind,
        "subject_kind": subject_kind,
        "subject": subject,
        "cause": cause,
        "country": country,
        "area": area,
        "rule_version": version,
        "unit": terms.unit,
        "length": terms.length,
        "warning_percent": terms.warning_percent,
        "pauses": terms.pauses,
        "ends_on_working_day": terms.ends_on_working_day,
        "started_at": started_at,
        "warn_at": timing.warn_at,
        "due_at": timing.due_at,
    }
    store.add(tx, row)
    return Running.read({**row, "warned_at": None, "breached_at": None, "met_at": None})


def unmet(tx: Transaction, subject: UUID) -> list[Running]:
    """The clocks of a complaint or case whose promise is not kept yet, breached or not; locked."""
    return [Running.read(row) for row in store.lock_of(tx, subject)]


def settle(tx: Transaction, running: Running, at: datetime) -> Running:
    """Tell what a clock shows at `at` and has not told yet, and have the rest told when its time comes."""
    running = _tell(tx, running, at)
    _schedule(tx, running)
    return running


def meet(tx: Transaction, running: Running, met_at: datetime) -> bool:
    """Stop a clock because its promise was kept at `met_at`; returns whether that was in time."""
    running = _tell(tx, running, met_at).changed(met_at=met_at)
    store.save(tx, running.row)
    _schedule(tx, running)
    return running.clock.is_in_time(met_at)


def pause(tx: Transaction, subject: UUID, waiting_from: datetime) -> None:
    """Stop the open clocks of a complaint while the office waits; what is due by now stays so."""
    clocks = [_tell(tx, each, tx.now) for each in unmet(tx, subject)]
    store.add_pause(tx, subject, waiting_from, store.pauses(tx, [subject]))
    _rearrange(tx, clocks)


def resume(tx: Transaction, subject: UUID, resumed_at: datetime, *, told_until: datetime) -> None:
    """Let the open clocks of a complaint run on, and tell what they show at `told_until`."""
    clocks = unmet(tx, subject)
    store.add_resumption(tx, store.pauses(tx, [subject])[-1], resumed_at)
    for moved in _rearrange(tx, clocks):
        _tell(tx, moved, told_until)


def tell_due(tx: Transaction, deadline: Deadline) -> None:
    """A clock's moment has come: tell it, unless somebody was quicker."""
    store.alone(tx)
    subject = store.subject_of(tx, deadline.subject)
    if subject is not None:
        for running in unmet(tx, subject):
            _tell(tx, running, tx.now)


def take_override(tx: Transaction, event: Event) -> None:
    """A holiday was proclaimed or called off: open clocks move, those met or breached never."""
    scope.HANDLERS["holiday_overridden"](tx, event)
    data = foreign.HolidayOverridden.read(event)
    _move(tx, data["country"], data["on"], data["on"])


def take_holidays(tx: Transaction, event: Event) -> None:
    """The holidays of a year were published, perhaps anew."""
    scope.HANDLERS["holidays_published"](tx, event)
    data = foreign.HolidaysPublished.read(event)
    _move(tx, data["country"], date(data["year"], 1, 1), date(data["year"], 12, 31))


def take_calendars(tx: Transaction) -> None:
    """Every country's days were taken in anew."""
    for country in scope.countries(tx):
        _move(tx, country, date(1900, 1, 1), date(9000, 1, 1))


def _move(tx: Transaction, country: str, first: date, last: date) -> None:
    store.alone(tx)
    # A day more on either side than any time zone is off, so that the zone need not be known to find them.
    since = datetime.fromisoformat(f"{first - timedelta(days=1)}T00:00+00:00")
    until = datetime.fromisoformat(f"{last + timedelta(days=2)}T00:00+00:00")
    clocks = [_tell(tx, Running.read(row), tx.now) for row in store.lock_moved_by(tx, country, since, until)]
    for moved in _rearrange(tx, clocks):
        _tell(tx, moved, tx.now)


def _tell(tx: Transaction, running: Running, at: datetime) -> Running:
    found = running.clock.findings(at)
    if not found:
        return running
    row = running.row
    version = store.version_of(tx, row["subject_kind"], row["subject"])
    for finding in found:
        tx.emit(
            events.DeadlineWarned if finding == "warning" else events.DeadlineBreached,
            subject=row["subject"],
            version=version,
            subject_kind=row["subject_kind"],
            subject_id=row["subject"],
            kind=row["kind"],
            country=row["country"],
            area=row["area"],
            due_at=running.due_at,
        )
    running = running.changed(
        warned_at=tx.now if "warning" in found else row["warned_at"],
        breached_at=tx.now if "breach" in found else row["breached_at"],
    )
    store.save(tx, running.row)
    return running


def _rearrange(tx: Transaction, clocks: Sequence[Running]) -> list[Running]:
    """Work out anew when the open ones among some locked clocks of one country fall due."""
    still = [running for running in clocks if running.clock.is_open]
    if not still:
        return []
    days = tx.calendar(still[0].row["country"])
    held: dict[UUID, list[model.Pause]] = {}
    for row in store.pauses(tx, {running.row["subject"] for running in still}):
        held.setdefault(row["subject"], []).append(model.Pause(row["waiting_from"], row["resumed_at"]))
    moved: list[Running] = []
    for running in still:
        pauses = held.get(running.row["subject"], [])
        timing = model.timing(running.clock.term, running.clock.started_at, pauses, days)
        if timing != running.clock.timing:
            running = running.changed(warn_at=timing.warn_at, due_at=timing.due_at)
            store.save(tx, running.row)
            _schedule(tx, running)
        moved.append(running)
    return moved


def _schedule(tx: Transaction, running: Running) -> None:
    """Have the chassis call at the moments that are still to come.

    A moment that has come is left alone, told or not: whoever handles it holds its row and waits for our
    clock, and would find nothing to tell.
    """
    clock, timing = running.clock, running.clock.timing
    for kind, at, told in ((WARNING, timing.warn_at, clock.warned), (BREACH, timing.due_at, clock.breached)):
        if told or (clock.met_at is not None and at is not None and at <= tx.now):
            continue
        if at is None or timing.due_at is None or clock.met_at is not None:
            tx.clear_deadline(running.row["clock"], kind)
        else:
            tx.set_deadline(running.row["clock"], kind, at)
