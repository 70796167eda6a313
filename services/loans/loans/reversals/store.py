"""SQL of reversals."""

from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def find_repayment(tx: Transaction, repayment: UUID) -> dict[str, Any] | None:
    """The payment as it was recorded, and whether it was reversed since."""
    return tx.one(
        """
        SELECT r.repayment, r.loan, r."on", r.amount, r.kind, r.recorded_by, v.repayment IS NOT NULL AS reversed
        FROM repayment r LEFT JOIN repayment_reversal v USING (repayment)
        WHERE r.repayment = %(repayment)s
        """,
        repayment=repayment,
    )


def add_reversal(tx: Transaction, reversal: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO repayment_reversal (repayment, loan, "on", value_on, reason_code, recorded_at, recorded_by)
        VALUES (%(repayment)s, %(loan)s, %(on)s, %(value_on)s, %(reason_code)s, %(now)s, %(actor)s)
        """,
        **reversal,
        now=tx.now,
        actor=tx.actor.subject,
    )


def free_papers(tx: Transaction, repayment: UUID) -> None:
    """The receipt and the bank reference may be entered again, and the bank's line waits for that."""
    tx.run("DELETE FROM repayment_paper WHERE repayment = %(repayment)s", repayment=repayment)
    tx.run(
        """
        UPDATE bank_line SET document = NULL, kind = NULL, matched_by = NULL WHERE document = %(repayment)s
        """,
        repayment=repayment,
    )


def reversals_of(tx: Transaction, loan: UUID, as_of: object) -> list[dict[str, Any]]:
    """The loan's reversals that count by the end of `as_of`, with what they reversed."""
    return tx.all(
        """
        SELECT v.repayment, v.value_on AS "on", v.reason_code, r.amount, r.receipt_number
        FROM repayment_reversal v JOIN repayment r USING (repayment)
        WHERE v.loan = %(loan)s AND v.value_on <= %(as_of)s
        ORDER BY v.value_on, v.recorded_at
        """,
        loan=loan,
        as_of=as_of,
    )
