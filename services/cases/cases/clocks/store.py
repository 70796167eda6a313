"""The SQL of clocks and pauses."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction

_COLUMNS = """
    clock, kind, subject_kind, subject, cause, country, area, unit, length, warning_percent, pauses,
    ends_on_working_day, started_at, warn_at, due_at, warned_at, breached_at, met_at
"""


def add(tx: Transaction, clock: Mapping[str, Any]) -> None:
    """A new clock, running."""
    tx.run(
        """
        INSERT INTO clock (clock, kind, subject_kind, subject, cause, country, area, rule_version, unit,
                           length, warning_percent, pauses, ends_on_working_day, started_at, warn_at,
                           due_at, recorded_at)
        VALUES (%(clock)s, %(kind)s, %(subject_kind)s, %(subject)s, %(cause)s, %(country)s, %(area)s,
                %(rule_version)s, %(unit)s, %(length)s, %(warning_percent)s, %(pauses)s,
                %(ends_on_working_day)s, %(started_at)s, %(warn_at)s, %(due_at)s, %(recorded_at)s)
        """,
        recorded_at=tx.now,
        **clock,
    )


def alone(tx: Transaction) -> None:
    """Be the only one that goes through the clocks of many, until the transaction ends."""
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended('clocks of many in ' || current_schema(), 0))")


def subject_of(tx: Transaction, clock: UUID) -> UUID | None:
    """The complaint or case that a clock is for."""
    subject: UUID | None = tx.value("SELECT subject FROM clock WHERE clock = %(clock)s", clock=clock)
    return subject


def lock_of(tx: Transaction, subject: UUID) -> list[dict[str, Any]]:
    """The clocks of a complaint or case that are not met, locked in the order in which all lock them."""
    return tx.all(
        f"""
        SELECT {_COLUMNS} FROM clock WHERE subject = %(subject)s AND met_at IS NULL ORDER BY clock FOR UPDATE
        """,  # noqa: S608 - fixed conditions, no input
        subject=subject,
    )


def lock_moved_by(tx: Transaction, country: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The open clocks of a country that count working days and that a change between two moments can move."""
    return tx.all(
        f"""
        SELECT {_COLUMNS} FROM clock
        WHERE country = %(country)s AND met_at IS NULL AND breached_at IS NULL
          AND (unit = 'working_days' OR ends_on_working_day)
          AND started_at < %(until)s AND (due_at IS NULL OR due_at > %(since)s)
        ORDER BY clock FOR UPDATE
        """,  # noqa: S608 - fixed conditions, no input
        country=country,
        since=since,
        until=until,
    )


def save(tx: Transaction, clock: Mapping[str, Any]) -> None:
    """What may change of a clock."""
    tx.run(
        """
        UPDATE clock SET warn_at = %(warn_at)s, due_at = %(due_at)s, warned_at = %(warned_at)s,
                         breached_at = %(breached_at)s, met_at = %(met_at)s
        WHERE clock = %(clock)s
        """,
        **{
            name: clock[name] for name in ("clock", "warn_at", "due_at", "warned_at", "breached_at", "met_at")
        },
    )


def of(tx: Transaction, subject: UUID) -> dict[str, dict[str, Any]]:
    """The clocks of a complaint or case by kind, the latest of each; for reading."""
    rows = tx.all(
        """
        SELECT DISTINCT ON (kind) kind, started_at, due_at, warned_at, breached_at, met_at
        FROM clock WHERE subject = %(subject)s ORDER BY kind, clock DESC
        """,
        subject=subject,
    )
    return {row["kind"]: row for row in rows}


def version_of(tx: Transaction, subject_kind: str, subject: UUID) -> int | None:
    """The version at which a complaint or case stands."""
    tables = {"complaint": "SELECT version FROM complaint WHERE complaint = %(subject)s"}
    tables["case"] = 'SELECT version FROM welfare_case WHERE "case" = %(subject)s'
    version: int | None = tx.value(tables[subject_kind], subject=subject)
    return version


def pauses(tx: Transaction, subjects: Iterable[UUID]) -> list[dict[str, Any]]:
    """The pauses of some complaints, in order; `resumed_at` is null in one that is still open."""
    return tx.all(
        """
        SELECT p.subject, p.number, p.waiting_from, r.resumed_at
        FROM pause p LEFT JOIN resumption r USING (subject, number)
        WHERE p.subject = ANY (%(subjects)s) ORDER BY p.subject, p.number
        """,
        subjects=list(subjects),
    )


def add_pause(
    tx: Transaction, subject: UUID, waiting_from: datetime, before: Sequence[Mapping[str, Any]]
) -> None:
    """A new pause after those `before` it."""
    tx.run(
        """
        INSERT INTO pause (subject, number, waiting_from, resumed_before, recorded_at, recorded_by)
        VALUES (%(subject)s, %(number)s, %(waiting_from)s, %(resumed_before)s, %(now)s, %(by)s)
        """,
        subject=subject,
        number=len(before) + 1,
        waiting_from=waiting_from,
        resumed_before=before[-1]["resumed_at"] if before else None,
        now=tx.now,
        by=tx.actor.subject,
    )


def add_resumption(tx: Transaction, pause: Mapping[str, Any], resumed_at: datetime) -> None:
    """The end of a pause."""
    tx.run(
        """
        INSERT INTO resumption (subject, number, waiting_from, resumed_at, recorded_at, recorded_by)
        VALUES (%(subject)s, %(number)s, %(waiting_from)s, %(resumed_at)s, %(now)s, %(by)s)
        """,
        subject=pause["subject"],
        number=pause["number"],
        waiting_from=pause["waiting_from"],
        resumed_at=resumed_at,
        now=tx.now,
        by=tx.actor.subject,
    )
