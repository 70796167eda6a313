"""SQL of countries and holidays."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from chassis.transaction import Transaction


def lock_country(tx: Transaction, country: str) -> dict[str, Any] | None:
    """The country's row, held so that changes to it, its calendar and its areas follow one another."""
    return tx.one("SELECT * FROM country WHERE country = %(country)s FOR NO KEY UPDATE", country=country)


def country(tx: Transaction, country: str) -> dict[str, Any] | None:
    return tx.one("SELECT * FROM country WHERE country = %(country)s", country=country)


def add_country(tx: Transaction, definition: dict[str, Any]) -> bool:
    """Keep a new country; false when another transaction was first."""
    added = tx.run(
        """
        INSERT INTO country (country, name, time_zone, currency, fiscal_year_start_month,
                             languages, levels, level_names, version, recorded_at)
        VALUES (%(country)s, %(name)s, %(time_zone)s, %(currency)s, %(fiscal_year_start_month)s,
                %(languages)s, %(levels)s, %(level_names)s, 1, %(now)s)
        ON CONFLICT (country) DO NOTHING
        """,
        **{**definition, "level_names": Jsonb(definition["level_names"])},
        now=tx.now,
    )
    return added == 1


def change_country(tx: Transaction, definition: dict[str, Any], version: int) -> None:
    tx.run(
        """
        UPDATE country
        SET name = %(name)s, languages = %(languages)s, levels = %(levels)s, level_names = %(level_names)s,
            version = %(version)s, recorded_at = %(now)s
        WHERE country = %(country)s
        """,
        **{**definition, "level_names": Jsonb(definition["level_names"])},
        version=version,
        now=tx.now,
    )


def published(tx: Transaction, country: str, year: int) -> list[tuple[date, str]]:
    """The holidays published for a year, by date."""
    rows = tx.all(
        """
        SELECT "on", name FROM holiday
        WHERE country = %(country)s AND "on" BETWEEN %(first)s AND %(last)s
        ORDER BY "on"
        """,
        country=country,
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )
    return [(row["on"], row["name"]) for row in rows]


def replace_published(tx: Transaction, country: str, year: int, days: Sequence[tuple[date, str]]) -> None:
    tx.run(
        'DELETE FROM holiday WHERE country = %(country)s AND "on" BETWEEN %(first)s AND %(last)s',
        country=country,
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )
    tx.run(
        """
        INSERT INTO holiday (country, "on", name)
        SELECT %(country)s, * FROM unnest(%(days)s::date[], %(names)s::text[])
        """,
        country=country,
        days=[on for on, _ in days],
        names=[name for _, name in days],
    )


def overrides(tx: Transaction, country: str, first: date, last: date) -> list[tuple[date, bool, str | None]]:
    """The officers' words on the days of a period, in the order in which they were given."""
    rows = tx.all(
        """
        SELECT "on", holiday, name FROM holiday_override
        WHERE country = %(country)s AND "on" BETWEEN %(first)s AND %(last)s
        ORDER BY "on", place
        """,
        country=country,
        first=first,
        last=last,
    )
    return [(row["on"], row["holiday"], row["name"]) for row in rows]


def add_override(
    tx: Transaction, country: str, on: date, holiday: bool, name: str | None, instrument: str
) -> None:
    tx.run(
        """
        INSERT INTO holiday_override
               (override, country, "on", holiday, name, instrument, recorded_by, recorded_at)
        VALUES (%(override)s, %(country)s, %(on)s, %(holiday)s, %(name)s, %(instrument)s, %(by)s, %(now)s)
        """,
        override=tx.new_id(),
        country=country,
        on=on,
        holiday=holiday,
        name=name,
        instrument=instrument,
        by=tx.actor.subject,
        now=tx.now,
    )


def root_area(tx: Transaction, country: str) -> UUID | None:
    """The area at the root of the country's tree, once it is on record."""
    root: UUID | None = tx.value(
        "SELECT area FROM area WHERE country = %(country)s AND root", country=country
    )
    return root
