"""SQL of loan products."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def defined_for(tx: Transaction, council: UUID, on: date) -> list[dict[str, Any]]:
    """What was defined for a council and is in force on a day: of each product the nearest area's latest version."""
    return tx.all(
        """
        SELECT DISTINCT ON (p.product) p.*
        FROM scope_area s JOIN product_version p ON p.area = ANY(s.path)
        WHERE s.area = %(council)s AND s.answers_from <= %(on)s AND %(on)s < s.answers_to
          AND p.in_force_from <= %(on)s
        ORDER BY p.product, array_position(s.path, p.area) DESC, p.in_force_from DESC
        """,
        council=council,
        on=on,
    )


def add_version(tx: Transaction, version: dict[str, Any]) -> bool:
    """Keep a version; False where that area has one of the product in force from the same day."""
    return (
        tx.run(
            """
            INSERT INTO product_version (area, product, in_force_from, country, term_months, grace_months,
                                         every_months, multiple_of, anchor_day, shift, instrument, recorded_at,
                                         recorded_by)
            VALUES (%(area)s, %(product)s, %(in_force_from)s, %(country)s, %(term_months)s, %(grace_months)s,
                    %(every_months)s, %(multiple_of)s, %(anchor_day)s, %(shift)s, %(instrument)s, %(now)s,
                    %(actor)s)
            ON CONFLICT (area, product, in_force_from) DO NOTHING
            """,
            **version,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )
