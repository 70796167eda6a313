"""SQL of bank lines, and of finding each in the books."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.transaction import Transaction
from loans.bank.model import Line


def currency(tx: Transaction, country: str) -> str:
    """The country's currency (ISO 4217)."""
    return str(tx.value("SELECT currency FROM scope_country WHERE country = %(country)s", country=country))


def add_lines(tx: Transaction, council: UUID, statement: str, lines: Sequence[Line]) -> int:
    """Keep the lines that were not imported before; returns how many there were."""
    return tx.run(
        """
        INSERT INTO bank_line (line, council, statement, "on", amount, bank_reference, receipt_number, recorded_at)
        SELECT t.line, %(council)s, %(statement)s, t."on", t.amount, t.bank_reference, t.receipt_number, %(now)s
        FROM unnest(%(line)s::uuid[], %(on)s::date[], %(amount)s::bigint[], %(bank_reference)s::text[],
                    %(receipt_number)s::text[]) AS t (line, "on", amount, bank_reference, receipt_number)
        ON CONFLICT (council, "on", bank_key, amount) DO NOTHING
        """,
        council=council,
        statement=statement,
        now=tx.now,
        line=[tx.new_id() for _ in lines],
        on=[line.on for line in lines],
        amount=[line.amount for line in lines],
        bank_reference=[line.bank_reference for line in lines],
        receipt_number=[line.receipt_number for line in lines],
    )


def match(tx: Transaction, council: UUID, by: str) -> int:
    """Find the council's open lines in the books; returns how many were found.

    The amount always agrees; beside it the reference, the receipt or the day. Where one line could be two
    documents, or one document two lines, a person decides.
    """
    return tx.run(
        """
        WITH candidate AS (
            SELECT b.line, d.document, d.kind, count(*) OVER (PARTITION BY b.line) AS documents,
                   count(*) OVER (PARTITION BY d.document) AS lines
            FROM bank_line b JOIN bank_document d ON d.council = b.council AND d.amount = b.amount
            WHERE b.council = %(council)s AND b.document IS NULL
              AND CASE %(by)s WHEN 'reference' THEN d.bank_key = b.bank_key
                              WHEN 'receipt'   THEN d.receipt_key = b.receipt_key
                              ELSE d."on" = b."on" END
              AND NOT EXISTS (SELECT FROM bank_line o WHERE o.document = d.document)
        )
        UPDATE bank_line b SET document = c.document, kind = c.kind, matched_by = %(by)s
        FROM candidate c WHERE c.line = b.line AND c.documents = 1 AND c.lines = 1
        """,
        council=council,
        by=by,
    )


def matched_among(tx: Transaction, council: UUID, lines: Sequence[Line]) -> int:
    """How many of the lines are found in the books by now."""
    return int(
        tx.value(
            r"""
            SELECT count(*)
            FROM bank_line b
            JOIN unnest(%(on)s::date[], %(amount)s::bigint[], %(bank_reference)s::text[])
                 AS t ("on", amount, bank_reference)
              ON b."on" = t."on" AND b.amount = t.amount
             AND b.bank_key = upper(regexp_replace(t.bank_reference, '\s', '', 'g'))
            WHERE b.council = %(council)s AND b.document IS NOT NULL
            """,
            council=council,
            on=[line.on for line in lines],
            amount=[line.amount for line in lines],
            bank_reference=[line.bank_reference for line in lines],
        )
    )


def lock_line(tx: Transaction, line: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT * FROM bank_line WHERE line = %(line)s FOR UPDATE", line=line)


def find_document(tx: Transaction, council: UUID, document: UUID) -> dict[str, Any] | None:
    """A fact of the council's books that moved money, and whether a line is matched to it already."""
    return tx.one(
        """
        SELECT d.document, d.kind, d.amount,
               EXISTS (SELECT FROM bank_line b WHERE b.document = d.document) AS taken
        FROM bank_document d WHERE d.council = %(council)s AND d.document = %(document)s
        """,
        council=council,
        document=document,
    )


def settle(tx: Transaction, line: UUID, document: UUID, kind: str) -> None:
    """A person says what a line is."""
    tx.run(
        """
        UPDATE bank_line SET document = %(document)s, kind = %(kind)s, matched_by = %(actor)s
        WHERE line = %(line)s
        """,
        line=line,
        document=document,
        kind=kind,
        actor=tx.actor.subject,
    )


def open_lines(tx: Transaction, council: UUID | None, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """A page of the lines that were found nowhere, of the councils that the caller may see, by id."""
    return tx.all(
        f"""
        SELECT line, council, statement, "on", amount, bank_reference, receipt_number
        FROM bank_line
        WHERE document IS NULL AND {scope.visible("council")}
          AND (%(council)s::uuid IS NULL OR council = %(council)s)
          AND (%(after)s::uuid IS NULL OR line > %(after)s)
        ORDER BY line LIMIT %(limit)s
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=list(tx.actor.areas),
        council=council,
        after=after,
        limit=limit,
    )
