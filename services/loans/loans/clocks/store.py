"""SQL of the steps' clocks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add(tx: Transaction, clock: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO step_clock (clock, application, step, country, rule_version, unit, length, warning_percent, since,
                                due_on, warn_at, due_at, recorded_at, patient_until)
        VALUES (%(clock)s, %(application)s, %(step)s, %(country)s, %(rule_version)s, %(unit)s, %(length)s,
                %(warning_percent)s, %(since)s, %(due_on)s, %(warn_at)s, %(due_at)s, %(recorded_at)s,
                %(patient_until)s)
        """,
        **clock,
    )


def application_of(tx: Transaction, clock: UUID) -> UUID | None:
    found: UUID | None = tx.value("SELECT application FROM step_clock WHERE clock = %(clock)s", clock=clock)
    return found


def open_of(tx: Transaction, application: UUID) -> dict[str, Any] | None:
    """The clock that runs for an application whose row is locked; there is one at most."""
    return tx.one(
        """
        SELECT * FROM step_clock
        WHERE application = %(application)s AND met_on IS NULL AND stopped_on IS NULL FOR UPDATE
        """,
        application=application,
    )


def save(tx: Transaction, clock: dict[str, Any]) -> None:
    """What may change of a clock."""
    tx.run(
        """
        UPDATE step_clock SET due_on = %(due_on)s, warn_at = %(warn_at)s, due_at = %(due_at)s,
                              warned_at = %(warned_at)s, breached_at = %(breached_at)s, met_on = %(met_on)s,
                              stopped_on = %(stopped_on)s
        WHERE clock = %(clock)s
        """,
        **{
            name: clock[name]
            for name in (
                "clock",
                "due_on",
                "warn_at",
                "due_at",
                "warned_at",
                "breached_at",
                "met_on",
                "stopped_on",
            )
        },
    )


def applications_counting_working_days(
    tx: Transaction, country: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """The applications, locked one after the other, whose open clocks a change between two moments can move."""
    return tx.all(
        """
        SELECT a.* FROM application a JOIN step_clock c USING (application)
        WHERE c.country = %(country)s AND c.unit = 'working_days' AND c.met_on IS NULL AND c.stopped_on IS NULL
          AND c.breached_at IS NULL
          AND c.since < %(until)s AND c.due_at > %(since)s AND c.due_at > %(now)s
        ORDER BY a.application FOR UPDATE OF a
        """,
        country=country,
        since=since,
        until=until,
        now=tx.now,
    )


def of(tx: Transaction, application: UUID) -> list[dict[str, Any]]:
    """The clocks of an application in the order in which they started; for reading."""
    return tx.all(
        """
        SELECT step, since, due_on, warned_at, breached_at, met_on, stopped_on FROM step_clock
        WHERE application = %(application)s ORDER BY clock
        """,
        application=application,
    )
