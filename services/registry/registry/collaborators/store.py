"""SQL of decisions and collaborators."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_decision(tx: Transaction, decision: Mapping[str, Any]) -> bool:
    """Keep a decision; false when its number is taken in its country and year."""
    added = tx.run(
        """
        INSERT INTO decision (decision, country, number, folded, issued_on, issuer, effective_on, area,
                              rule_version, recorded_by, recorded_at)
        VALUES (%(decision)s, %(country)s, %(number)s, %(folded)s, %(issued_on)s, %(issuer)s,
                %(effective_on)s, %(area)s, %(rule_version)s, %(by)s, %(now)s)
        ON CONFLICT ON CONSTRAINT one_decision_per_number_and_year DO NOTHING
        """,
        **decision,
        by=tx.actor.subject,
        now=tx.now,
    )
    return added == 1


def add_collaborators(tx: Transaction, collaborators: Sequence[Mapping[str, Any]]) -> None:
    tx.many(
        """
        INSERT INTO collaborator (collaborator, decision, place, country, area, name, born_on, phone,
                                  qualification, field, certificate, effective_on, version, recorded_at)
        VALUES (%(collaborator)s, %(decision)s, %(place)s, %(country)s, %(area)s, %(name)s, %(born_on)s,
                %(phone)s, %(qualification)s, %(field)s, %(certificate)s, %(effective_on)s, 1, %(now)s)
        """,
        [{**collaborator, "now": tx.now} for collaborator in collaborators],
    )


def lock_collaborator(tx: Transaction, collaborator: UUID) -> dict[str, Any] | None:
    return tx.one(
        "SELECT * FROM collaborator WHERE collaborator = %(collaborator)s FOR NO KEY UPDATE",
        collaborator=collaborator,
    )


def record_exit(
    tx: Transaction, collaborator: UUID, on: date, reason_code: str, instrument: str | None
) -> int:
    """Keep an exit; returns the collaborator's new version."""
    version: int = tx.value(
        """
        UPDATE collaborator
        SET exited_on = %(on)s, exit_reason_code = %(reason_code)s, exit_instrument = %(instrument)s,
            exit_recorded_by = %(by)s, version = version + 1
        WHERE collaborator = %(collaborator)s
        RETURNING version
        """,
        collaborator=collaborator,
        on=on,
        reason_code=reason_code,
        instrument=instrument,
        by=tx.actor.subject,
    )
    return version


def count_serving(tx: Transaction, on: date, area: UUID | None, country: str | None) -> int:
    """How many served on a date, within the caller's areas and the area or country asked for."""
    count: int = tx.value(
        "SELECT count(*) FROM collaborators_serving(%(on)s, %(areas)s, %(area)s, %(country)s, %(now)s)",
        on=on,
        areas=list(tx.actor.areas),
        area=None if area is None else str(area),
        country=country,
    )
    return count


def serving(
    tx: Transaction, on: date, area: UUID | None, country: str | None, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """A page of those who served on a date, in the order of their appointment; personal fields sealed."""
    return tx.all(
        """
        SELECT c.*, d.number
        FROM collaborators_serving(%(on)s, %(areas)s, %(area)s, %(country)s, %(now)s) c
        JOIN decision d USING (decision)
        WHERE %(after)s::uuid IS NULL OR c.collaborator > %(after)s
        ORDER BY c.collaborator
        LIMIT %(limit)s
        """,
        on=on,
        areas=list(tx.actor.areas),
        area=None if area is None else str(area),
        country=country,
        after=after,
        limit=limit,
    )


def active_by_country(tx: Transaction) -> dict[str, int]:
    """How many collaborators serve today in each country."""
    rows = tx.all(
        """
        SELECT c.country, count(*) AS n
        FROM country JOIN collaborator c USING (country)
        CROSS JOIN LATERAL (SELECT (%(now)s AT TIME ZONE country.time_zone)::date AS day) today
        WHERE c.effective_on <= today.day AND (c.exited_on > today.day) IS NOT FALSE
        GROUP BY c.country
        """
    )
    return {row["country"]: row["n"] for row in rows}
