"""SQL of write-offs and recoveries."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def find_request(tx: Transaction, loan: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT * FROM write_off WHERE loan = %(loan)s", loan=loan)


def request(tx: Transaction, loan: UUID, on: date, reason_code: str, instrument: str) -> None:
    """Keep a request, in place of an earlier one that was not approved."""
    tx.run(
        """
        INSERT INTO write_off (loan, requested_on, requested_by, reason_code, instrument, recorded_at)
        VALUES (%(loan)s, %(on)s, %(actor)s, %(reason_code)s, %(instrument)s, %(now)s)
        ON CONFLICT (loan) DO UPDATE
        SET requested_on = excluded.requested_on, requested_by = excluded.requested_by,
            reason_code = excluded.reason_code, instrument = excluded.instrument,
            recorded_at = excluded.recorded_at
        """,
        loan=loan,
        on=on,
        actor=tx.actor.subject,
        reason_code=reason_code,
        instrument=instrument,
        now=tx.now,
    )


def approve(tx: Transaction, loan: UUID, on: date, amount: int) -> int:
    """The loan is given up; returns its new version."""
    tx.run(
        """
        UPDATE write_off SET "on" = %(on)s, amount = %(amount)s, approved_by = %(actor)s WHERE loan = %(loan)s
        """,
        loan=loan,
        on=on,
        amount=amount,
        actor=tx.actor.subject,
    )
    return int(
        tx.value(
            """
            UPDATE loan SET state = 'written_off', written_off_on = %(on)s, version = version + 1
            WHERE loan = %(loan)s RETURNING version
            """,
            loan=loan,
            on=on,
        )
    )


def move(tx: Transaction, loan: UUID, state: str) -> int:
    """A loan that was given up is recovered, or owed again; returns its new version."""
    return int(
        tx.value(
            "UPDATE loan SET state = %(state)s, version = version + 1 WHERE loan = %(loan)s RETURNING version",
            loan=loan,
            state=state,
        )
    )


def recovered_by(tx: Transaction, loan: UUID, as_of: date) -> int:
    """What came in of a loan after it was given up, as far as it counts at the end of a day."""
    return int(
        tx.value(
            """
            SELECT coalesce(sum(r.amount), 0)
            FROM repayment r LEFT JOIN repayment_reversal v USING (repayment)
            WHERE r.loan = %(loan)s AND r.kind = 'recovery' AND r."on" <= %(as_of)s
              AND (v.value_on IS NULL OR v.value_on > %(as_of)s)
            """,
            loan=loan,
            as_of=as_of,
        )
    )
