"""SQL of transfers: who lies where by now, and what has gone from one council to another."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction

# Where a ward lies on a day. One that was merged into another ward lies where that one does.
_PLACED = """
    SELECT asked.ward, coalesce(heir.area, asked.ward) AS now_in, up.area AS council,
           least(%(on)s, greatest(heir.since, w.valid_from, up.valid_from)) AS since
    FROM unnest(%(wards)s::uuid[]) AS asked (ward)
    LEFT JOIN LATERAL (
        SELECT min(s.area::text)::uuid AS area, min(gone."on") AS since
        FROM scope_predecessor gone JOIN area_answering(%(on)s) s ON s.area = gone.successor
        WHERE gone.area = asked.ward AND gone."on" <= %(on)s AND (s.valid_to > %(on)s) IS NOT FALSE
          AND s.level = (SELECT level FROM scope_area WHERE area = asked.ward LIMIT 1)
        HAVING count(*) = 1
    ) heir ON true
    JOIN area_answering(%(on)s) w ON w.area = coalesce(heir.area, asked.ward)
    JOIN area_answering(%(on)s) up ON up.area = ANY (w.path) AND up.level = 'council'
                                  AND (up.valid_to > %(on)s) IS NOT FALSE
"""


def strayed(tx: Transaction, country: str, on: date) -> list[dict[str, Any]]:
    """The loans and live applications whose ward lies elsewhere than they say, applications first, all locked.

    {kind, subject, council, ward, pot, to_council, to_ward, since: the day from which on}
    """
    wards = tx.all(
        """
        SELECT DISTINCT ward FROM (
            SELECT ward FROM loan WHERE country = %(country)s
            UNION ALL SELECT ward FROM application WHERE country = %(country)s AND live
        ) t
        """,
        country=country,
    )
    found = tx.all(
        f"""
        WITH placed AS ({_PLACED}), held AS (
            SELECT 'reserve' AS kind, application AS subject, council, ward, pot FROM application
            WHERE live AND country = %(country)s
            UNION ALL
            SELECT 'loan', loan, council, ward, pot FROM loan WHERE country = %(country)s AND state <> 'void'
        )
        SELECT held.*, placed.council AS to_council, placed.now_in AS to_ward, placed.since
        FROM held JOIN placed USING (ward)
        WHERE (held.council, held.ward) IS DISTINCT FROM (placed.council, placed.now_in)
        ORDER BY held.kind DESC, held.subject
        """,  # noqa: S608 - fixed text, no input
        country=country,
        wards=[row["ward"] for row in wards],
        on=on,
    )
    # All of them before any pot is held: who takes a step holds its application or loan first, too.
    held = [row["subject"] for row in found]
    tx.run(
        "SELECT 1 FROM application WHERE application = ANY (%(held)s) ORDER BY application FOR UPDATE",
        held=held,
    )
    tx.run("SELECT 1 FROM loan WHERE loan = ANY (%(held)s) ORDER BY loan FOR UPDATE", held=held)
    return found


def lies_elsewhere(tx: Transaction, ward: UUID, council: UUID, on: date) -> bool:
    """Whether a ward, or the one that it was merged into, lies in another council on a day, or is another ward."""
    return bool(
        tx.value(
            f"""
            WITH placed AS ({_PLACED})
            SELECT EXISTS (SELECT FROM placed
                           WHERE (placed.council, placed.now_in) IS DISTINCT FROM (%(council)s, %(ward)s))
            """,  # noqa: S608 - fixed text, no input
            wards=[ward],
            council=council,
            ward=ward,
            on=on,
        )
    )


def application(tx: Transaction, application: UUID) -> dict[str, Any]:
    row = tx.one("SELECT * FROM application WHERE application = %(id)s", id=application)
    assert row is not None
    return row


def loan(tx: Transaction, loan: UUID) -> dict[str, Any]:
    row = tx.one("SELECT * FROM loan WHERE loan = %(id)s", id=loan)
    assert row is not None
    return row


def history_of(tx: Transaction, loan: UUID) -> dict[str, int]:
    """What a loan has done in its pot."""
    row = tx.one(
        """
        SELECT principal, paid::bigint, recovered::bigint, refunded::bigint, credit_held::bigint,
               outstanding::bigint, written_off::bigint
        FROM loan_records WHERE loan = %(loan)s
        """,
        loan=loan,
    )
    assert row is not None
    return row


def lock_funds(tx: Transaction, *councils: UUID) -> None:
    """Whoever moves money between councils holds all pots of both, in one order."""
    tx.run(
        "SELECT 1 FROM pot WHERE council = ANY (%(councils)s) ORDER BY council, pot FOR UPDATE",
        councils=list(councils),
    )


def last_day(tx: Transaction, council: UUID) -> date | None:
    """The last value date in a council's books."""
    found: date | None = tx.value(
        'SELECT max("on") FROM pot_day WHERE council = %(council)s', council=council
    )
    return found


def add_transfer(tx: Transaction, transfer: Mapping[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO transfer (transfer, handed_over_by, council, pot, kind, subject, amount, "on", effective_on,
                              recorded_at)
        VALUES (%(transfer)s, %(handed_over_by)s, %(council)s, %(pot)s, %(kind)s, %(subject)s, %(amount)s, %(on)s,
                %(effective_on)s, %(now)s)
        """,
        **transfer,
    )


def place_application(tx: Transaction, application: UUID, council: UUID, ward: UUID) -> int:
    return int(
        tx.value(
            """
            UPDATE application SET council = %(council)s, ward = %(ward)s, version = version + 1
            WHERE application = %(application)s RETURNING version
            """,
            application=application,
            council=council,
            ward=ward,
        )
    )


def place_loan(tx: Transaction, loan: UUID, council: UUID, ward: UUID) -> int:
    # What owes nothing any more moved nothing; it is listed with its account all the same.
    tx.run(
        """
        INSERT INTO account (council, pot, kind, subject)
        SELECT %(council)s, pot, 'outstanding', loan FROM loan WHERE loan = %(loan)s
        ON CONFLICT DO NOTHING
        """,
        loan=loan,
        council=council,
    )
    return int(
        tx.value(
            """
            UPDATE loan SET council = %(council)s, ward = %(ward)s, version = version + 1
            WHERE loan = %(loan)s RETURNING version
            """,
            loan=loan,
            council=council,
            ward=ward,
        )
    )


def place_groups(tx: Transaction, country: str, on: date) -> None:
    """Our copy of the groups goes with their wards."""
    tx.run(
        f"""
        WITH placed AS ({_PLACED})
        UPDATE known_group g SET council = placed.council, ward = placed.now_in
        FROM placed
        WHERE g.ward = placed.ward AND (g.council, g.ward) IS DISTINCT FROM (placed.council, placed.now_in)
        """,  # noqa: S608 - fixed text, no input
        wards=[r["ward"] for r in tx.all("SELECT DISTINCT ward FROM known_group WHERE ward IS NOT NULL")],
        on=on,
        country=country,
    )


def note_change(
    tx: Transaction, council: UUID, effective_on: date, shares: Mapping[UUID, int | None]
) -> None:
    """Keep what the registry told of a council; told again it changes nothing."""
    tx.run(
        """
        INSERT INTO council_change (council, effective_on, shares)
        VALUES (%(council)s, %(effective_on)s, %(shares)s::jsonb) ON CONFLICT DO NOTHING
        """,
        council=council,
        effective_on=effective_on,
        shares=json.dumps({str(heir): weight for heir, weight in shares.items()}),
    )


def due_changes(tx: Transaction, on: date) -> list[dict[str, Any]]:
    """The changes of councils that have taken effect and whose money has not moved, oldest first, locked."""
    return tx.all(
        """
        SELECT council, effective_on, shares FROM council_change
        WHERE settled_at IS NULL AND effective_on <= %(on)s ORDER BY effective_on, council FOR UPDATE
        """,
        on=on,
    )


def settle(tx: Transaction, council: UUID, effective_on: date) -> None:
    tx.run(
        """
        UPDATE council_change SET settled_at = %(now)s
        WHERE council = %(council)s AND effective_on = %(effective_on)s
        """,
        council=council,
        effective_on=effective_on,
    )


def fund_of(tx: Transaction, council: UUID) -> str | None:
    """The country of a council that has a fund."""
    found: str | None = tx.value("SELECT country FROM fund WHERE council = %(council)s", council=council)
    return found


def taken_over(tx: Transaction, council: UUID, heirs: list[UUID]) -> dict[UUID, int]:
    """What each heir has taken over of a council's loans and approvals."""
    rows = tx.all(
        """
        SELECT heir, coalesce((SELECT sum(t.amount) FROM transfer t
                               WHERE t.handed_over_by = %(council)s AND t.council = heir
                                 AND t.kind IN ('loan', 'reserve')), 0)::bigint AS amount
        FROM unnest(%(heirs)s::uuid[]) AS heir
        """,
        council=council,
        heirs=heirs,
    )
    return {row["heir"]: row["amount"] for row in rows}
