"""SQL of forgetting a member or collaborator."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def lock(tx: Transaction, person: UUID) -> dict[str, Any] | None:
    """A member or collaborator, locked: {kind, country, erased_on}."""
    return tx.one(
        "SELECT 'member' AS kind, country, erased_on FROM member WHERE member = %(person)s FOR UPDATE",
        person=person,
    ) or tx.one(
        """
        SELECT 'collaborator' AS kind, country, erased_on FROM collaborator
        WHERE collaborator = %(person)s FOR UPDATE
        """,
        person=person,
    )


def records_of(tx: Transaction, person: UUID) -> list[dict[str, Any]]:
    """Every membership and appointment of a person: {ended_on, visible}, `visible` within the caller's areas."""
    return tx.all(
        """
        WITH record AS (
            SELECT ms.left_on AS ended_on, g.ward AS area
            FROM membership ms JOIN registered_group g USING ("group") WHERE ms.member = %(person)s
            UNION ALL
            SELECT exited_on, area FROM collaborator WHERE collaborator = %(person)s
        )
        SELECT ended_on,
               '*' = ANY (%(areas)s::text[])
               OR area IN (SELECT v.area FROM visible_area(%(areas)s, moment => %(now)s) v) AS visible
        FROM record
        """,
        person=person,
        areas=list(tx.actor.areas),
    )


def erase(tx: Transaction, person: UUID, on: date, reason: str) -> None:
    """Empty a person's row, take them out of the index and enter them in the ledger of the erased."""
    tx.run(
        """
        UPDATE member SET national_id_index = NULL, national_id = NULL, name = NULL, born_on = NULL,
                          phone = NULL, erased_on = %(on)s
        WHERE member = %(person)s
        """,
        person=person,
        on=on,
    )
    tx.run(
        """
        UPDATE collaborator SET name = NULL, born_on = NULL, phone = NULL, erased_on = %(on)s
        WHERE collaborator = %(person)s
        """,
        person=person,
        on=on,
    )
    tx.run(
        """
        INSERT INTO erased_subject (subject, erased_at, reason) VALUES (%(person)s, %(now)s, %(reason)s)
        ON CONFLICT (subject) DO NOTHING
        """,
        person=person,
        reason=reason,
    )
