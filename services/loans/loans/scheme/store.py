"""SQL of the scheme's suspensions."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from loans.scheme.model import Change, Lending, lending


def lending_in(tx: Transaction, council: UUID, on: date, country: str) -> Lending:
    """Whether lending is open in a council on a day."""
    rule = tx.rules("loan_scheme", on, country)
    since = tx.value(
        """
        SELECT max(in_force_from) FROM rule
        WHERE name = 'loan_scheme' AND country = %(country)s AND in_force_from <= %(on)s
        """,
        country=country,
        on=on,
    )
    rows = tx.all(
        """
        SELECT c.area, c.national, c."on", c.lending, c.instrument
        FROM scope_area s JOIN scheme_change c ON c.area = ANY(s.path)
        WHERE s.area = %(council)s AND s.answers_from <= %(on)s AND %(on)s < s.answers_to AND c."on" <= %(on)s
        """,
        council=council,
        on=on,
    )
    return lending(rule, since, [Change(**row) for row in rows])


def add_change(tx: Transaction, change: dict[str, Any]) -> bool:
    """Keep a change; False where one was recorded for that area and day."""
    return (
        tx.run(
            """
            INSERT INTO scheme_change (area, country, national, "on", lending, instrument, recorded_at,
                                       recorded_by)
            VALUES (%(area)s, %(country)s, %(national)s, %(on)s, %(lending)s, %(instrument)s, %(now)s, %(actor)s)
            ON CONFLICT (area, "on") DO NOTHING
            """,
            **change,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )
