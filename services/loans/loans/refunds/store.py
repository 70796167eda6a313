"""SQL of refunds."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def by_day(tx: Transaction, loan: UUID) -> dict[date, int]:
    """What was refunded of a loan's credit, by value date."""
    rows = tx.all(
        'SELECT "on", sum(amount)::bigint AS amount FROM refund WHERE loan = %(loan)s GROUP BY "on"',
        loan=loan,
    )
    return {row["on"]: row["amount"] for row in rows}


def refunds_of(tx: Transaction, loan: UUID, as_of: date) -> list[dict[str, Any]]:
    return tx.all(
        """
        SELECT refund, "on", amount, bank_reference FROM refund
        WHERE loan = %(loan)s AND "on" <= %(as_of)s ORDER BY "on", recorded_at
        """,
        loan=loan,
        as_of=as_of,
    )


def recorders(tx: Transaction, loan: UUID) -> set[str]:
    """Who recorded payments of a loan."""
    rows = tx.all("SELECT DISTINCT recorded_by FROM repayment WHERE loan = %(loan)s", loan=loan)
    return {row["recorded_by"] for row in rows}


def add_refund(tx: Transaction, refund: dict[str, Any]) -> bool:
    """Keep a refund; False where the bank's reference paid out another one already."""
    return (
        tx.run(
            """
            INSERT INTO refund (refund, loan, "on", amount, bank_reference, recorded_at, recorded_by)
            VALUES (%(refund)s, %(loan)s, %(on)s, %(amount)s, %(bank_reference)s, %(now)s, %(actor)s)
            ON CONFLICT (bank_key) DO NOTHING
            """,
            **refund,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )


def next_version(tx: Transaction, loan: UUID) -> int:
    return int(
        tx.value("UPDATE loan SET version = version + 1 WHERE loan = %(loan)s RETURNING version", loan=loan)
    )
