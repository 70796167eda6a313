"""SQL of disbursements: a loan, its asset and its instalments come to be."""

from collections.abc import Sequence
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
