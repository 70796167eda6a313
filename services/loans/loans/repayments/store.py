"""SQL of repayments."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from loans.repayments.model import Payment


def lock_loan(tx: Transaction, loan: UUID) -> dict[str, Any] | None:
    """The loan, locked: its payments are placed one after the other."""
    return tx.one("SELECT * FROM loan WHERE loan = %(loan)s FOR UPDATE", loan=loan)


def payments_of(tx: Transaction, loan: UUID) -> list[Payment]:
    """All payments on a loan, in the order of recording, with the day from which a reversed one does not count."""
    rows = tx.all(
        """
        SELECT r.repayment, r."on", r.recorded, r.amount, v.value_on AS reversed_on
        FROM repayment r LEFT JOIN repayment_reversal v USING (repayment)
        WHERE r.loan = %(loan)s AND r.kind = 'repayment' ORDER BY r.recorded
        """,
        loan=loan,
    )
    return [Payment(**row) for row in rows]


def add_repayment(tx: Transaction, repayment: dict[str, Any], kind: str = "repayment") -> Payment | None:
    """Keep a payment; None where its receipt number or bank reference is taken, be it in this moment."""
    row = tx.one(
        """
        INSERT INTO repayment (repayment, loan, council, "on", amount, receipt_number, bank_reference,
                               relates_to, kind, recorded_at, recorded_by)
        VALUES (%(repayment)s, %(loan)s, %(council)s, %(on)s, %(amount)s, %(receipt_number)s,
                %(bank_reference)s, %(relates_to)s, %(kind)s, %(now)s, %(actor)s)
        RETURNING repayment, "on", recorded, amount
        """,
        **repayment,
        kind=kind,
        now=tx.now,
        actor=tx.actor.subject,
    )
    taken = tx.run(
        """
        INSERT INTO repayment_paper (repayment, council, receipt_key, bank_key)
        SELECT repayment, council, receipt_key, bank_key FROM repayment WHERE repayment = %(repayment)s
        ON CONFLICT DO NOTHING
        """,
        repayment=repayment["repayment"],
    )
    return Payment(**row) if row and taken else None


def receipt_taken(tx: Transaction, council: UUID, receipt_number: str) -> bool:
    """Whether the council gave out this receipt already; else it is the bank's reference that is taken."""
    return bool(
        tx.value(
            r"""
            SELECT EXISTS (SELECT FROM repayment_paper WHERE council = %(council)s
                           AND receipt_key = upper(regexp_replace(%(receipt_number)s, '\s', '', 'g')))
            """,
            council=council,
            receipt_number=receipt_number,
        )
    )


def move_loan(tx: Transaction, loan: UUID, repaid_on: date | None) -> int:
    """The loan after a payment: repaid on that day, or active; returns its new version."""
    return int(
        tx.value(
            """
            UPDATE loan
            SET state = CASE WHEN %(repaid_on)s::date IS NULL THEN 'active' ELSE 'repaid' END,
                repaid_on = %(repaid_on)s, version = version + 1
            WHERE loan = %(loan)s RETURNING version
            """,
            loan=loan,
            repaid_on=repaid_on,
        )
    )
