"""SQL of contracts."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_contract(tx: Transaction, contract: dict[str, Any], shares: Mapping[UUID, int]) -> bool:
    """Keep a contract with its shares; False where its number stands for another one of the council."""
    added = tx.run(
        """
        INSERT INTO contract (application, council, number, "on", amount, recorded_at, recorded_by)
        VALUES (%(application)s, %(council)s, %(number)s, %(on)s, %(amount)s, %(now)s, %(actor)s)
        ON CONFLICT (council, number_key) DO NOTHING
        """,
        **contract,
        now=tx.now,
        actor=tx.actor.subject,
    )
    if added:
        tx.run(
            """
            INSERT INTO contract_share (application, member, amount)
            SELECT %(application)s, s.* FROM unnest(%(members)s::uuid[], %(amounts)s::bigint[]) AS s
            """,
            application=contract["application"],
            members=list(shares),
            amounts=list(shares.values()),
        )
    return added == 1


def set_signed(tx: Transaction, application: UUID, on: date) -> None:
    tx.run(
        "UPDATE application SET signed_on = %(on)s WHERE application = %(application)s",
        application=application,
        on=on,
    )


def contract_of(tx: Transaction, application: UUID) -> dict[str, Any] | None:
    """The contract with its shares, by member id."""
    contract = tx.one(
        'SELECT number, "on", amount FROM contract WHERE application = %(application)s',
        application=application,
    )
    if contract is None:
        return None
    shares = tx.all(
        "SELECT member, amount FROM contract_share WHERE application = %(application)s ORDER BY member",
        application=application,
    )
    return {**contract, "shares": shares}
