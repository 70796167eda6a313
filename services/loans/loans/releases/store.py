"""SQL of applications that end without a loan."""

from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def open_of(tx: Transaction, council: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The council's applications that wait for a step, by id, from after an id, locked one after the other."""
    return tx.all(
        """
        SELECT * FROM application
        WHERE council = %(council)s AND next_step IS NOT NULL
          AND (%(after)s::uuid IS NULL OR application > %(after)s)
        ORDER BY application LIMIT %(limit)s
        FOR UPDATE
        """,
        council=council,
        after=after,
        limit=limit,
    )
