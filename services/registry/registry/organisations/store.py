"""SQL of organisations."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_organisation(tx: Transaction, organisation: Mapping[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO organisation
               (organisation, reference, name, folded, country, kind, level, area, purpose,
                registration_number, rule_version, status, submitted_on, submitted_by, version, recorded_at)
        VALUES (%(organisation)s, %(reference)s, %(name)s, %(folded)s, %(country)s, %(kind)s, %(level)s,
                %(area)s, %(purpose)s, %(registration_number)s, %(rule_version)s, 'submitted',
                %(submitted_on)s, %(by)s, 1, %(now)s)
        """,
        **organisation,
        by=tx.actor.subject,
        now=tx.now,
    )


def candidates(
    tx: Transaction, organisation: UUID, country: str, folded: str, area: UUID, number: str | None
) -> list[dict[str, Any]]:
    """Organisations that may be the same: same name where one's area holds the other's, or same number.

    Only those within the caller's areas, at most 20; {organisation, reference, status, same}.
    """
    return tx.all(
        """
        WITH likeness AS (
            SELECT o.*,
                   o.folded = %(folded)s AND EXISTS (
                       SELECT FROM scope_area here JOIN scope_area there ON there.area = o.area
                       WHERE here.area = %(area)s
                         AND (o.area = ANY (here.path) OR here.area = ANY (there.path))
                   ) AS same_name,
                   lower(o.registration_number) = lower(%(number)s) IS TRUE AS same_number
            FROM organisation o
            WHERE o.country = %(country)s AND o.organisation <> %(organisation)s AND o.status <> 'refused'
              AND (o.folded = %(folded)s OR lower(o.registration_number) = lower(%(number)s))
        )
        SELECT organisation, reference, status,
               array_remove(ARRAY[CASE WHEN same_name THEN 'name' END,
                                  CASE WHEN same_number THEN 'registration_number' END], NULL) AS same
        FROM likeness
        WHERE (same_name OR same_number)
          AND ('*' = ANY (%(areas)s::text[])
               OR area IN (SELECT v.area FROM visible_area(%(areas)s, moment => %(now)s) v))
        ORDER BY organisation
        LIMIT 20
        """,
        organisation=organisation,
        country=country,
        folded=folded,
        area=area,
        number=number,
        areas=list(tx.actor.areas),
    )


def lock_organisation(tx: Transaction, organisation: UUID) -> dict[str, Any] | None:
    return tx.one(
        "SELECT * FROM organisation WHERE organisation = %(organisation)s FOR NO KEY UPDATE",
        organisation=organisation,
    )


def organisation(
    tx: Transaction, organisation: UUID | None, reference: str | None, country: str | None, number: str | None
) -> dict[str, Any] | None:
    return tx.one(
        """
        SELECT * FROM organisation
        WHERE organisation = %(organisation)s OR reference = %(reference)s
           OR (country = %(country)s AND registration_number = %(number)s AND status = 'registered')
        """,
        organisation=organisation,
        reference=reference,
        country=country,
        number=number,
    )


def number_taken(tx: Transaction, country: str, number: str) -> bool:
    return bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM organisation
                           WHERE country = %(country)s AND registration_number = %(number)s
                             AND status = 'registered')
            """,
            country=country,
            number=number,
        )
    )


def decide_organisation(
    tx: Transaction,
    organisation: UUID,
    *,
    status: str,
    on: date,
    registration_number: str | None,
    reason_code: str | None,
    instrument: str,
    note: str | None,
) -> int:
    """Keep what the registrar decided; returns the organisation's new version."""
    version: int = tx.value(
        """
        UPDATE organisation
        SET status = %(status)s, decided_on = %(on)s, decided_by = %(by)s, reason_code = %(reason_code)s,
            registration_number = coalesce(%(registration_number)s, registration_number),
            instrument = %(instrument)s, note = %(note)s, version = version + 1
        WHERE organisation = %(organisation)s
        RETURNING version
        """,
        organisation=organisation,
        status=status,
        on=on,
        by=tx.actor.subject,
        registration_number=registration_number,
        reason_code=reason_code,
        instrument=instrument,
        note=note,
    )
    return version


def organisations(
    tx: Transaction,
    *,
    country: str | None,
    area: UUID | None,
    kind: str | None,
    level: str | None,
    status: str | None,
    words: str | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of the organisations within the caller's areas; `words` is a tsquery over folded names."""
    return tx.all(
        """
        SELECT o.organisation, o.reference, o.name, o.kind, o.level, o.area, o.registration_number, o.status,
               o.submitted_on
        FROM organisation o
        WHERE ('*' = ANY (%(areas)s::text[])
               OR o.area IN (SELECT v.area FROM visible_area(%(areas)s, moment => %(now)s) v))
          AND (%(country)s::text IS NULL OR o.country = %(country)s)
          AND (%(area)s::text IS NULL
               OR o.area IN (SELECT v.area FROM visible_area(ARRAY[%(area)s::text], moment => %(now)s) v))
          AND (%(kind)s::text IS NULL OR o.kind = %(kind)s)
          AND (%(level)s::text IS NULL OR o.level = %(level)s)
          AND (%(status)s::text IS NULL OR o.status = %(status)s)
          AND (%(words)s::text IS NULL OR to_tsvector('simple', o.folded) @@ to_tsquery('simple', %(words)s))
          AND (%(after)s::uuid IS NULL OR o.organisation > %(after)s)
        ORDER BY o.organisation
        LIMIT %(limit)s
        """,
        areas=list(tx.actor.areas),
        country=country,
        area=None if area is None else str(area),
        kind=kind,
        level=level,
        status=status,
        words=words,
        after=after,
        limit=limit,
    )


def organisations_by_status(tx: Transaction) -> dict[str, int]:
    """How many organisations stand in each status; `submitted` ones wait for a decision."""
    rows = tx.all("SELECT status, count(*) AS n FROM organisation GROUP BY status")
    return {row["status"]: row["n"] for row in rows}
