"""SQL of closed quarters."""

from datetime import date
from typing import Any

from chassis.transaction import Transaction


def closed_through(tx: Transaction, council: object) -> date | None:
    """The last day of the council's last closed quarter; None where none is closed."""
    found: date | None = tx.value(
        "SELECT max(ends) FROM closed_quarter WHERE council = %(council)s", council=council
    )
    return found


def hold_pots(tx: Transaction, council: object) -> None:
    """Wait for the council's facts that are on their way, and hold back those that come."""
    tx.run("SELECT 1 FROM pot WHERE council = %(council)s ORDER BY pot FOR UPDATE", council=council)


def add_closed(tx: Transaction, quarter: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO closed_quarter (council, fiscal_year, quarter, begins, ends, "on", recorded_at, recorded_by)
        VALUES (%(council)s, %(fiscal_year)s, %(quarter)s, %(begins)s, %(ends)s, %(on)s, %(now)s, %(actor)s)
        """,
        **quarter,
        now=tx.now,
        actor=tx.actor.subject,
    )
