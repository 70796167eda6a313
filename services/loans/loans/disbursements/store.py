"""SQL of disbursements: a loan, its asset and its instalments come to be."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from loans.schedules.model import Instalment


def add_loan(tx: Transaction, loan: dict[str, Any]) -> bool:
    """Keep a loan; False where the bank's reference paid out another one already."""
    return (
        tx.run(
            """
            INSERT INTO loan (loan, reference, application, "group", country, council, ward, pot, principal,
                              "on", product, method, bank_reference, recorded_at)
            VALUES (%(loan)s, %(reference)s, %(application)s, %(group)s, %(country)s, %(council)s, %(ward)s,
                    %(pot)s, %(principal)s, %(on)s, %(product)s, %(method)s, %(bank_reference)s, %(now)s)
            ON CONFLICT (bank_key) DO NOTHING
            """,
            **loan,
            now=tx.now,
        )
        == 1
    )


def add_asset(tx: Transaction, loan: UUID, asset: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO asset (loan, description, identifier) VALUES (%(loan)s, %(description)s, %(identifier)s)
        """,
        loan=loan,
        description=asset["description"],
        identifier=asset.get("identifier"),
    )


def add_instalments(tx: Transaction, loan: UUID, instalments: Sequence[Instalment]) -> None:
    tx.run(
        """
        INSERT INTO instalment (loan, number, due_on, amount)
        SELECT %(loan)s, i.*
        FROM unnest(%(number)s::smallint[], %(due_on)s::date[], %(amount)s::bigint[]) AS i
        """,
        loan=loan,
        number=[i.number for i in instalments],
        due_on=[i.due_on for i in instalments],
        amount=[i.amount for i in instalments],
    )


def application_of(tx: Transaction, loan: UUID) -> UUID | None:
    found: UUID | None = tx.value("SELECT application FROM loan WHERE loan = %(loan)s", loan=loan)
    return found


def disbursed_by(tx: Transaction, application: UUID) -> str:
    """Who paid the application out, the last time."""
    return str(
        tx.value(
            """
            SELECT actor FROM application_step
            WHERE application = %(application)s AND step = 'disbursed' ORDER BY place DESC LIMIT 1
            """,
            application=application,
        )
    )


def void_loan(tx: Transaction, loan: UUID, on: date, goes_to: str, reason_code: str) -> int:
    """The loan was never paid out; returns its new version."""
    tx.run(
        """
        INSERT INTO disbursement_void (loan, "on", goes_to, reason_code, recorded_at, recorded_by)
        VALUES (%(loan)s, %(on)s, %(goes_to)s, %(reason_code)s, %(now)s, %(actor)s)
        """,
        loan=loan,
        on=on,
        goes_to=goes_to,
        reason_code=reason_code,
        now=tx.now,
        actor=tx.actor.subject,
    )
    return int(
        tx.value(
            """
            UPDATE loan SET state = 'void', voided_on = %(on)s, repaid_on = NULL, version = version + 1
            WHERE loan = %(loan)s RETURNING version
            """,
            loan=loan,
            on=on,
        )
    )
