"""SQL of windows."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_window(tx: Transaction, window: dict[str, Any]) -> bool:
    """Keep a window; False where another one of the council has a day of it."""
    return (
        tx.run(
            """
            INSERT INTO application_window ("window", council, country, fiscal_year, quarter, published_on, opens_on,
                                            closes_on, ends_on, instrument, recorded_at, recorded_by)
            VALUES (%(window)s, %(council)s, %(country)s, %(fiscal_year)s, %(quarter)s, %(published_on)s,
                    %(opens_on)s, %(closes_on)s, %(closes_on)s, %(instrument)s, %(now)s, %(actor)s)
            ON CONFLICT DO NOTHING
            """,
            **window,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )


def lock_window(tx: Transaction, window: UUID) -> dict[str, Any] | None:
    return tx.one('SELECT * FROM application_window WHERE "window" = %(window)s FOR UPDATE', window=window)


def close(tx: Transaction, window: UUID, on: date) -> int:
    """End a window; returns its new version."""
    return int(
        tx.value(
            """
            UPDATE application_window SET ends_on = %(on)s, closed = true, version = version + 1
            WHERE "window" = %(window)s RETURNING version
            """,
            window=window,
            on=on,
        )
    )


def last_application(tx: Transaction, window: UUID) -> date | None:
    """The latest day of an application that was taken in during a window."""
    found: date | None = tx.value(
        'SELECT max("on") FROM application WHERE "window" = %(window)s', window=window
    )
    return found


def window_on(tx: Transaction, council: UUID, on: date) -> UUID | None:
    """The window of a council that is open on a day; it stays open until the transaction ends."""
    found: UUID | None = tx.value(
        """
        SELECT "window" FROM application_window
        WHERE council = %(council)s AND daterange(opens_on, ends_on, '[]') @> %(on)s::date
        FOR SHARE
        """,
        council=council,
        on=on,
    )
    return found


def windows_of(tx: Transaction, council: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    return tx.all(
        """
        SELECT * FROM application_window
        WHERE council = %(council)s AND (%(after)s::uuid IS NULL OR "window" > %(after)s)
        ORDER BY "window" LIMIT %(limit)s
        """,
        council=council,
        after=after,
        limit=limit,
    )
