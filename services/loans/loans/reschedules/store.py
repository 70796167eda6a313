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


def add_revision(tx: Transaction, revision: dict[str, Any], instalments: Sequence[Instalment]) -> None:
    tx.run(
        """
        INSERT INTO reschedule (loan, revision, "on", outstanding, reason_code, instrument, recorded_at,
                                recorded_by)
        VALUES (%(loan)s, %(revision)s, %(on)s, %(outstanding)s, %(reason_code)s, %(instrument)s, %(now)s,
                %(actor)s)
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
