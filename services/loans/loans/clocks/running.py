"""Keeps the clocks of the steps: starts and stops them, tells what they show, moves them when holidays change.

Whoever touches a clock holds its application's row. A deadline that has come is held by whoever handles it, and waits
for that row: so nobody who holds the row asks for such a deadline; it finds nothing to tell, and is done.
"""

from datetime import date, datetime, timedelta
from typing import Any

from chassis import scope
from chassis.deadlines import Deadline
from chassis.envelope import Event
from chassis.transaction import Transaction
from loans import events, foreign
from loans.applications import store as applications
from loans.clocks import model, store
from loans.clocks.model import Term, Timing
from loans.steps.model import rule_of

WARNING, BREACH = "step_warning", "step_breach"  # the chassis's deadlines of a clock


def start(tx: Transaction, row: dict[str, Any], step: str, since: date) -> None:
    """Start the clock of an application's next step, if the rules of its day set a time for it."""
    country = row["country"]
    version, rules = tx.rule_version("loan_steps", row["on"], country)
    term = model.term_of(rules, rule_of(rules, step).get("clock"))
    if term is None:
        return
    timing = model.timing(term, since, tx.calendar(country))
    days = tx.rules("loan_codes", tx.today(country), country)["record_within_days"]
    clock = {
        "clock": tx.new_id(),
        "application": row["application"],
        "step": step,
        "country": country,
        "rule_version": version,
        "unit": term.unit,
        "length": term.length,
        "warning_percent": term.warning_percent,
        "since": since,
        "due_on": timing.due_on,
        "warn_at": timing.warn_at,
        "due_at": timing.due_at,
        "recorded_at": tx.now,
        "patient_until": tx.now + timedelta(days=days),
    }
    store.add(tx, clock)
    for kind, moment in ((WARNING, timing.warn_at), (BREACH, timing.due_at)):
        tx.set_deadline(clock["clock"], kind, _told_at(clock, moment))


def meet(tx: Transaction, row: dict[str, Any], on: date) -> None:
    """The step was taken, or refused, on a day: tell whether that was late, and stop its clock."""
    _end(tx, row, on, met_on=on)


def stop(tx: Transaction, row: dict[str, Any], on: date) -> None:
    """The application ended without the step."""
    _end(tx, row, on, stopped_on=on)


def tell_due(tx: Transaction, deadline: Deadline) -> None:
    """A clock's moment has come: tell it, unless somebody was quicker."""
    application = store.application_of(tx, deadline.subject)
    row = None if application is None else applications.lock_application(tx, application)
    if row is not None:
        clock = store.open_of(tx, row["application"])
        if clock is not None and clock["clock"] == deadline.subject:
            store.save(tx, _tell(tx, row, clock, tx.now))


def take_override(tx: Transaction, event: Event) -> None:
    """A holiday was proclaimed or called off: open clocks move, those that are over never."""
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


HANDLERS = {"holiday_overridden": take_override, "holidays_published": take_holidays}


def _move(tx: Transaction, country: str, first: date, last: date) -> None:
    # A day more on either side than any time zone is off, so that the zone need not be known to find them.
    since = datetime.fromisoformat(f"{first - timedelta(days=1)}T00:00+00:00")
    until = datetime.fromisoformat(f"{last + timedelta(days=2)}T00:00+00:00")
    rows = store.applications_counting_working_days(tx, country, since, until)
    days = tx.calendar(country) if rows else None
    for row in rows:
        clock = store.open_of(tx, row["application"])
        if clock is None or days is None:
            continue
        term = Term(clock["unit"], clock["length"], clock["warning_percent"])
        moved = model.timing(term, clock["since"], days)
        if moved == _timing(clock):
            continue
        before = clock
        clock = {**clock, "due_on": moved.due_on, "warn_at": moved.warn_at, "due_at": moved.due_at}
        store.save(tx, clock)
        for kind, name, told in ((WARNING, "warn_at", "warned_at"), (BREACH, "due_at", "breached_at")):
            if clock[told] is None and _told_at(before, before[name]) > tx.now:
                tx.set_deadline(clock["clock"], kind, _told_at(clock, clock[name]))


def _end(tx: Transaction, row: dict[str, Any], on: date, **ended: date) -> None:
    clock = store.open_of(tx, row["application"])
    if clock is None:
        return
    begins = tx.calendar(row["country"]).start_of_day(on)
    store.save(tx, {**_tell(tx, row, clock, begins), **ended})
    for kind, name in ((WARNING, "warn_at"), (BREACH, "due_at")):
        if _told_at(clock, clock[name]) > tx.now:
            tx.clear_deadline(clock["clock"], kind)


def _tell(tx: Transaction, row: dict[str, Any], clock: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Tell what a clock shows at a moment and has not told; returns the clock as it is then."""
    found = model.findings(
        _timing(clock),
        at,
        warned=clock["warned_at"] is not None,
        breached=clock["breached_at"] is not None,
    )
    for finding in found:
        tx.emit(
            events.DeadlineWarned if finding == "warning" else events.DeadlineBreached,
            subject=row["application"],
            version=row["version"],
            subject_kind="application",
            subject_id=row["application"],
            kind=clock["step"],
            country=row["country"],
            area=row["ward"],
            due_at=clock["due_at"],
        )
    return {
        **clock,
        "warned_at": tx.now if "warning" in found else clock["warned_at"],
        "breached_at": tx.now if "breach" in found else clock["breached_at"],
    }


def _timing(clock: dict[str, Any]) -> Timing:
    return Timing(clock["warn_at"], clock["due_on"], clock["due_at"])


def _told_at(clock: dict[str, Any], moment: datetime) -> datetime:
    return model.tell_at(moment, clock["recorded_at"], clock["patient_until"])
