"""The SQL of facts that were put aside."""

from typing import Any

from chassis.transaction import Transaction


def text(tx: Transaction, source: str, position: int) -> str | None:
    """The fact of a source at a position, as it was published."""
    body: str | None = tx.value(
        "SELECT body FROM fact WHERE source = %(source)s AND position = %(position)s",
        source=source,
        position=position,
    )
    return body


def put_aside(tx: Transaction, source: str, after: int) -> int:
    """Move the facts behind a position to the lost ones; returns how many."""
    many: int = tx.value("SELECT put_facts_aside(%(source)s, %(after)s)", source=source, after=after)
    return many


def lost(tx: Transaction, source: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Lost facts in the order in which they were put aside, behind the one numbered `after`."""
    return tx.all(
        """
        SELECT number, source, log::text, position, event::text, type, subject, body::json ->> 'actor' AS actor,
               body::json ->> 'causationid' AS command, recorded_at, lost_at, body
        FROM lost_fact
        WHERE number > %(after)s AND (%(source)s::text IS NULL OR source = %(source)s)
        ORDER BY number LIMIT %(limit)s
        """,
        source=source,
        after=after,
        limit=limit,
    )


def count(tx: Transaction) -> int:
    many: int = tx.value("SELECT count(*) FROM lost_fact")
    return many
