"""SQL of the loan queries."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.transaction import Transaction
from loans.schedules.model import Instalment


def find_loan(tx: Transaction, loan: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT * FROM loan WHERE loan = %(loan)s", loan=loan)


def asset_of(tx: Transaction, loan: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT description, identifier FROM asset WHERE loan = %(loan)s", loan=loan)


def instalments_of(tx: Transaction, loan: UUID, as_of: date) -> list[Instalment]:
    """The loan's terms on a day: those of its contract, or of its last rescheduling by then."""
    rows = tx.all(
        """
        SELECT number, due_on, amount FROM instalment
        WHERE loan = %(loan)s
          AND revision = (SELECT coalesce(max(revision), 0) FROM reschedule
                          WHERE loan = %(loan)s AND "on" <= %(as_of)s)
        ORDER BY number
        """,
        loan=loan,
        as_of=as_of,
    )
    return [Instalment(**row) for row in rows]


def papers_of_payments(tx: Transaction, loan: UUID, as_of: date) -> dict[UUID, dict[str, Any]]:
    """Each payment's receipt number and bank reference, as typed, by payment."""
    rows = tx.all(
        """
        SELECT repayment, receipt_number, bank_reference FROM repayment
        WHERE loan = %(loan)s AND "on" <= %(as_of)s
        """,
        loan=loan,
        as_of=as_of,
    )
    return {row["repayment"]: row for row in rows}


def list_loans(
    tx: Transaction,
    council: UUID | None,
    group: UUID | None,
    state: str | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of what the caller may see, by id, with each loan's balances of now."""
    return tx.all(
        f"""
        SELECT l.loan, l.reference, l.application, l."group", l.council, l.ward, l.pot, l.principal, l."on",
               l.state, l.version, o.balance AS outstanding, coalesce(c.balance, 0) AS credit
        FROM (
            SELECT * FROM loan
            WHERE {scope.visible("ward")}
              AND (%(council)s::uuid IS NULL OR council = %(council)s)
              AND (%(group)s::uuid IS NULL OR "group" = %(group)s)
              AND (%(state)s::text IS NULL OR state = %(state)s)
              AND (%(after)s::uuid IS NULL OR loan > %(after)s)
            ORDER BY loan
            LIMIT %(limit)s
        ) l
        JOIN account o
          ON o.council = l.council AND o.pot = l.pot AND o.kind = 'outstanding' AND o.subject = l.loan
        LEFT JOIN account c
          ON c.council = l.council AND c.pot = l.pot AND c.kind = 'credit_held' AND c.subject = l.loan
        ORDER BY l.loan
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=list(tx.actor.areas),
        council=council,
        group=group,
        state=state,
        after=after,
        limit=limit,
    )


def pot_totals(tx: Transaction) -> list[dict[str, Any]]:
    """Each pot's figures of now, from balances that the ledger keeps, so that its length costs nothing."""
    return tx.all(
        """
        SELECT p.council, p.pot,
               coalesce(sum(a.balance) FILTER (WHERE a.kind = 'available'), 0)::bigint AS available,
               (SELECT coalesce(sum(d.change), 0) FROM pot_day d
                WHERE d.council = p.council AND d.pot = p.pot AND d.kind = 'outstanding')::bigint AS outstanding,
               (SELECT coalesce(sum(d.change), 0) FROM pot_day d
                WHERE d.council = p.council AND d.pot = p.pot AND d.kind = 'written_off')::bigint AS written_off,
               coalesce((SELECT n.overdue FROM pot_arrears n WHERE n.council = p.council AND n.pot = p.pot
                         ORDER BY n."on" DESC LIMIT 1), 0) AS overdue,
               coalesce((SELECT n.at_risk FROM pot_arrears n WHERE n.council = p.council AND n.pot = p.pot
                         ORDER BY n."on" DESC LIMIT 1), 0) AS at_risk,
               coalesce(sum(a.balance) FILTER (WHERE a.kind = 'shortfall'), 0)::bigint AS shortfall,
               (SELECT coalesce(sum(d.change), 0) FROM pot_day d
                WHERE d.council = p.council AND d.pot = p.pot AND d.kind = 'reserved')::bigint AS reserved,
               (SELECT coalesce(sum(owed.balance), 0) FROM endangered_loan e JOIN loan l USING (loan)
                JOIN account owed ON owed.council = p.council AND owed.pot = p.pot AND owed.subject = l.loan
                                 AND owed.kind = 'outstanding'
                WHERE e.over_on IS NULL AND l.council = p.council AND l.pot = p.pot)::bigint AS endangered,
               (SELECT count(*) FROM loan l
                WHERE l.council = p.council AND l.pot = p.pot AND l.state = 'active') AS active_loans,
               (SELECT coalesce(abs(sum(CASE k.normal WHEN 'credit' THEN d.change ELSE -d.change END)), 0)
                FROM pot_day d JOIN account_kind k USING (kind)
                WHERE d.council = p.council AND d.pot = p.pot AND k.book = 'fund')::bigint AS out_of_balance
        FROM pot p
        LEFT JOIN account a ON a.council = p.council AND a.pot = p.pot AND a.subject = p.council
                           AND a.kind IN ('available', 'shortfall')
        GROUP BY p.council, p.pot
        ORDER BY p.council, p.pot
        """
    )
