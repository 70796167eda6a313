"""SQL of reschedulings."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from loans.schedules.model import Instalment


def revisions_of(tx: Transaction, loan: UUID) -> list[date]:
    """The days on which a loan was put off, in order."""
    rows = tx.all('SELECT "on" FROM reschedule WHERE loan = %(loan)s ORDER BY revision', loan=loan)
    return [row["on"] for row in rows]


def find_request(tx: Transaction, loan: UUID, revision: int) -> dict[str, Any] | None:
    """The request for a revision of a loan's terms, whether it took effect or not."""
    return tx.one(
        "SELECT * FROM reschedule_request WHERE loan = %(loan)s AND revision = %(revision)s",
        loan=loan,
        revision=revision,
    )


def request(tx: Transaction, asked: dict[str, Any]) -> None:
    """Keep a request, in place of an earlier one that took no effect."""
    tx.run(
        """
        INSERT INTO reschedule_request (loan, revision, requested_on, requested_by, first_due_on, instalments,
                                        reason_code, instrument, recorded_at)
        VALUES (%(loan)s, %(revision)s, %(on)s, %(actor)s, %(first_due_on)s, %(instalments)s, %(reason_code)s,
                %(instrument)s, %(now)s)
        ON CONFLICT (loan, revision) DO UPDATE
        SET requested_on = excluded.requested_on, requested_by = excluded.requested_by,
            first_due_on = excluded.first_due_on, instalments = excluded.instalments,
            reason_code = excluded.reason_code, instrument = excluded.instrument,
            recorded_at = excluded.recorded_at
        """,
        **asked,
        actor=tx.actor.subject,
        now=tx.now,
    )


def add_revision(tx: Transaction, revision: dict[str, Any], instalments: Sequence[Instalment]) -> None:
    tx.run(
        """
        INSERT INTO reschedule (loan, revision, "on", outstanding, reason_code, instrument, requested_by,
                                recorded_at, recorded_by)
        VALUES (%(loan)s, %(revision)s, %(on)s, %(outstanding)s, %(reason_code)s, %(instrument)s,
                %(requested_by)s, %(now)s, %(actor)s)
        """,
        **revision,
        now=tx.now,
        actor=tx.actor.subject,
    )
    tx.run(
        """
        INSERT INTO instalment (loan, revision, number, due_on, amount)
        SELECT %(loan)s, %(revision)s, i.*
        FROM unnest(%(number)s::smallint[], %(due_on)s::date[], %(amount)s::bigint[]) AS i
        """,
        loan=revision["loan"],
        revision=revision["revision"],
        number=[i.number for i in instalments],
        due_on=[i.due_on for i in instalments],
        amount=[i.amount for i in instalments],
    )
