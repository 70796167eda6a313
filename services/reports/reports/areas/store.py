"""Countries and areas as the registry has told of them."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def countries(tx: Transaction) -> list[dict[str, Any]]:
    """The countries known here, the one of most areas first, each with its root.

    [{country, name, currency, fiscal_year_start_month, root, ...}]
    """
    return tx.all(
        """
        SELECT c.country, c.name, c.time_zone, c.currency, c.fiscal_year_start_month, c.level_names, a.area AS root
        FROM scope_country c
        LEFT JOIN area_answering(moment => %(now)s) a ON a.country = c.country AND a.parent IS NULL
        ORDER BY (SELECT count(*) FROM scope_area s WHERE s.country = c.country) DESC, c.country
        """
    )


def area_coded(tx: Transaction, code: str) -> dict[str, Any] | None:
    """The area of a code, as it is today: {area, country, level, code, name, parent, path}."""
    return tx.one(
        """
        SELECT area, country, level, code, name, parent, path FROM area_answering(moment => %(now)s)
        WHERE code = %(code)s
        ORDER BY area LIMIT 1
        """,
        code=code,
    )


def areas_down_to(tx: Transaction, country: str, level: str) -> list[dict[str, Any]]:
    """The areas of a level and all above them, as they are today: [{area, level, code, name, path}]."""
    return tx.all(
        """
        SELECT DISTINCT up.area, up.level, up.code, up.name, up.path
        FROM area_answering(moment => %(now)s) a
        JOIN area_answering(moment => %(now)s) up ON up.area = ANY (a.path)
        WHERE a.country = %(country)s AND a.level = %(level)s
        """,
        country=country,
        level=level,
    )


def areas_below(tx: Transaction, root: UUID, on: date) -> list[UUID]:
    """An area and all below it."""
    rows = tx.all(
        """
        SELECT area FROM scope_area
        WHERE path @> ARRAY[%(root)s::uuid] AND answers_from <= %(on)s AND %(on)s < answers_to
        """,
        root=root,
        on=on,
    )
    return [row["area"] for row in rows]
