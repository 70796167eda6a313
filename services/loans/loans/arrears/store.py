"""SQL of arrears: how loans stand on a day, and the days that were closed."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.transaction import Transaction
from loans.arrears.model import Aged, Due


def aged(tx: Transaction, area: UUID, as_of: date) -> list[Aged]:
    """The loans of an area that are not repaid, by how late they are."""
    rows = tx.all(
        f"""
        SELECT s.days_late, s.rescheduled, count(*) AS loans, sum(s.outstanding)::bigint AS outstanding,
               sum(s.overdue)::bigint AS overdue
        FROM loans_on(%(as_of)s) s JOIN loan l USING (loan)
        WHERE {scope.visible("l.ward")}
        GROUP BY s.days_late, s.rescheduled
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=[str(area)],
        as_of=as_of,
    )
    return [Aged(**row) for row in rows]


def due_between(tx: Transaction, area: UUID, since: date, as_of: date) -> Due:
    """What fell due in a period by the terms of contract, what was paid by its day, and what came in."""
    row = tx.one(
        f"""
        WITH own AS (
            SELECT loan, principal FROM loan
            WHERE {scope.visible("ward")} AND "on" <= %(as_of)s AND (voided_on IS NULL OR voided_on > %(as_of)s)
        ),
        paid AS (
            SELECT r.loan, r."on", r.amount
            FROM repayment r LEFT JOIN repayment_reversal v USING (repayment)
            WHERE r.loan IN (SELECT loan FROM own) AND r.kind = 'repayment' AND r."on" <= %(as_of)s
              AND (v.value_on IS NULL OR v.value_on > %(as_of)s)
        ),
        due AS (
            SELECT i.loan, i.due_on, i.amount, sum(i.amount) OVER (PARTITION BY i.loan ORDER BY i.number) AS upto
            FROM instalment i JOIN own USING (loan) WHERE i.revision = 0
        ),
        upto AS (
            SELECT o.loan, o.principal,
                   coalesce(sum(p.amount), 0) AS paid,
                   coalesce(sum(p.amount) FILTER (WHERE p."on" < %(since)s), 0) AS before
            FROM own o LEFT JOIN paid p USING (loan) GROUP BY o.loan, o.principal
        )
        SELECT (SELECT coalesce(sum(amount), 0) FROM due
                WHERE due_on BETWEEN %(since)s AND %(as_of)s)::bigint AS fell_due,
               (SELECT coalesce(sum(greatest(0, least(d.amount, d.amount - d.upto + (
                    SELECT coalesce(sum(p.amount), 0) FROM paid p WHERE p.loan = d.loan AND p."on" <= d.due_on
                )))), 0) FROM due d WHERE d.due_on BETWEEN %(since)s AND %(as_of)s)::bigint AS on_time,
               (SELECT coalesce(sum(least(principal, paid) - least(principal, before)), 0)
                FROM upto)::bigint AS collected
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=[str(area)],
        since=since,
        as_of=as_of,
    )
    assert row is not None
    return Due(**row)


def endangered(tx: Transaction, area: UUID, as_of: date) -> dict[str, int]:
    """The loans of an area whose group could not be found, or was no more, on a day: {loans, outstanding}."""
    row = tx.one(
        f"""
        SELECT count(*) AS loans, coalesce(sum(s.outstanding), 0)::bigint AS outstanding
        FROM loans_on(%(as_of)s) s JOIN loan l USING (loan) JOIN endangered_loan danger USING (loan)
        WHERE {scope.visible("l.ward")} AND danger.since_on <= %(as_of)s
          AND (danger.over_on IS NULL OR danger.over_on > %(as_of)s)
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=[str(area)],
        as_of=as_of,
    )
    assert row is not None
    return row


def late_loans(
    tx: Transaction, area: UUID, as_of: date, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """A page of the loans of an area that are late, or whose group is lost, by id."""
    return tx.all(
        f"""
        SELECT l.loan, l.reference, l."group", l.council, l.ward, l.pot, l.principal, s.outstanding, s.overdue,
               s.days_late, s.rescheduled, danger.cause AS warning
        FROM loans_on(%(as_of)s) s JOIN loan l USING (loan)
        LEFT JOIN endangered_loan danger
          ON danger.loan = l.loan AND danger.since_on <= %(as_of)s
         AND (danger.over_on IS NULL OR danger.over_on > %(as_of)s)
        WHERE {scope.visible("l.ward")} AND (s.overdue > 0 OR danger.cause IS NOT NULL)
          AND (%(after)s::uuid IS NULL OR l.loan > %(after)s)
        ORDER BY l.loan LIMIT %(limit)s
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=[str(area)],
        as_of=as_of,
        after=after,
        limit=limit,
    )


def to_collect(tx: Transaction, ward: UUID, on: date, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """A page of a ward's loans that are not repaid: what is overdue, due on the day, and due next."""
    return tx.all(
        f"""
        SELECT l.loan, l.reference, l."group", l.pot, s.outstanding, s.overdue, s.days_late,
               coalesce(today.amount, 0)::bigint AS due, next.due_on AS next_due_on, next.amount AS next_amount
        FROM loans_on(%(on)s) s JOIN loan l USING (loan)
        CROSS JOIN LATERAL (
            SELECT coalesce(max(revision), 0) AS revision FROM reschedule r
            WHERE r.loan = l.loan AND r."on" <= %(on)s
        ) terms
        LEFT JOIN LATERAL (
            SELECT sum(least(i.amount, i.upto - (l.principal - s.outstanding))) AS amount
            FROM (
                SELECT due_on, amount, sum(amount) OVER (ORDER BY number) AS upto FROM instalment
                WHERE loan = l.loan AND revision = terms.revision
            ) i
            WHERE i.due_on = %(on)s AND i.upto > l.principal - s.outstanding
        ) today ON true
        LEFT JOIN LATERAL (
            SELECT i.due_on, least(i.amount, i.upto - (l.principal - s.outstanding))::bigint AS amount
            FROM (
                SELECT due_on, amount, number, sum(amount) OVER (ORDER BY number) AS upto FROM instalment
                WHERE loan = l.loan AND revision = terms.revision
            ) i
            WHERE i.due_on > %(on)s AND i.upto > l.principal - s.outstanding
            ORDER BY i.number LIMIT 1
        ) next ON true
        WHERE {scope.visible("l.ward")} AND (%(after)s::uuid IS NULL OR l.loan > %(after)s)
        ORDER BY l.loan LIMIT %(limit)s
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=[str(ward)],
        on=on,
        after=after,
        limit=limit,
    )


def last_closed(tx: Transaction, council: UUID) -> date | None:
    found: date | None = tx.value(
        'SELECT max("on") FROM closed_day WHERE council = %(council)s', council=council
    )
    return found


def lock_council(tx: Transaction, council: UUID) -> str | None:
    """The country of a council that has a fund, held so that its days are closed one after the other."""
    found: str | None = tx.value(
        "SELECT country FROM fund WHERE council = %(council)s FOR NO KEY UPDATE", council=council
    )
    return found


def add_closed_day(tx: Transaction, council: UUID, on: date) -> None:
    """Note a day as closed, and each pot's figures of that night."""
    tx.run(
        'INSERT INTO closed_day (council, "on", recorded_at) VALUES (%(council)s, %(on)s, %(now)s)',
        council=council,
        on=on,
        now=tx.now,
    )
    tx.run(
        """
        INSERT INTO pot_arrears (council, pot, "on", loans, outstanding, overdue, at_risk)
        SELECT p.council, p.pot, %(on)s, count(s.loan), coalesce(sum(s.outstanding), 0),
               coalesce(sum(s.overdue), 0),
               coalesce(sum(s.outstanding) FILTER (WHERE s.days_late > 30 OR s.rescheduled), 0)
        FROM pot p
        LEFT JOIN loan l ON l.council = p.council AND l.pot = p.pot AND l."on" <= %(on)s
        LEFT JOIN loans_on(%(on)s) s USING (loan)
        WHERE p.council = %(council)s
        GROUP BY p.council, p.pot
        """,
        council=council,
        on=on,
    )


def age_loans(tx: Transaction, council: UUID, on: date, buckets: list[int]) -> list[dict[str, Any]]:
    """Note the loans that are in another bucket than the night before, and return them.

    A loan that was late and is repaid, written off or void since comes back into the bucket 0, owing nothing.
    """
    return tx.all(
        """
        WITH stands AS (
            SELECT l.loan, coalesce(s.days_late, 0) AS days_late, coalesce(s.overdue, 0) AS overdue,
                   coalesce(s.outstanding, 0) AS outstanding,
                   coalesce((SELECT max(b) FROM unnest(%(buckets)s::smallint[]) b
                             WHERE b <= s.days_late), 0) AS bucket,
                   coalesce((SELECT a.bucket FROM loan_ageing a WHERE a.loan = l.loan
                             ORDER BY a."on" DESC LIMIT 1), 0) AS before
            FROM loan l LEFT JOIN loans_on(%(on)s) s USING (loan)
            WHERE l.council = %(council)s AND l."on" <= %(on)s
        ),
        noted AS (
            INSERT INTO loan_ageing (loan, "on", bucket, days_late, overdue, outstanding)
            SELECT loan, %(on)s, bucket, days_late, overdue, outstanding FROM stands WHERE bucket <> before
            RETURNING *
        )
        SELECT n.loan, l."group", l.council, l.ward, l.pot, n."on", n.bucket, n.days_late, n.overdue, n.outstanding,
               l.version
        FROM noted n JOIN loan l USING (loan) ORDER BY n.loan
        FOR NO KEY UPDATE OF l   -- a payment that is under way has the loan's next version: its event comes first
        """,
        council=council,
        on=on,
        buckets=buckets,
    )
