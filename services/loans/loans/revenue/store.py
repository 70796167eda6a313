"""SQL of revenue reports and of the bank's balances."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_report(tx: Transaction, report: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO revenue_report (report, council, fiscal_year, quarter, "on", own_source, earmarked, expected,
                                    rule_version, instrument, recorded_at, recorded_by)
        VALUES (%(report)s, %(council)s, %(fiscal_year)s, %(quarter)s, %(on)s, %(own_source)s, %(earmarked)s,
                %(expected)s, %(rule_version)s, %(instrument)s, %(now)s, %(actor)s)
        """,
        **report,
        now=tx.now,
        actor=tx.actor.subject,
    )


def set_aside_in(tx: Transaction, council: UUID, fiscal_year: str, quarter: int) -> int:
    """What was set aside for a quarter."""
    return int(
        tx.value(
            """
            SELECT coalesce(sum(amount), 0) FROM set_aside
            WHERE council = %(council)s AND fiscal_year = %(fiscal_year)s AND quarter = %(quarter)s
            """,
            council=council,
            fiscal_year=fiscal_year,
            quarter=quarter,
        )
    )


def quarters_of(tx: Transaction, council: UUID, fiscal_year: str) -> list[dict[str, Any]]:
    """Each quarter of a year: what was taken in by the latest report, what of it is expected, what was set aside."""
    return tx.all(
        """
        SELECT q.quarter, r.own_source, r.earmarked, r.expected,
               coalesce((SELECT sum(s.amount) FROM set_aside s
                         WHERE s.council = %(council)s AND s.fiscal_year = %(fiscal_year)s
                           AND s.quarter = q.quarter), 0)::bigint AS actual
        FROM generate_series(1, 4) AS q (quarter)
        LEFT JOIN LATERAL (
            SELECT own_source, earmarked, expected FROM revenue_report
            WHERE council = %(council)s AND fiscal_year = %(fiscal_year)s AND quarter = q.quarter
            ORDER BY recorded DESC LIMIT 1
        ) r ON true
        ORDER BY q.quarter
        """,
        council=council,
        fiscal_year=fiscal_year,
    )


def add_balance(tx: Transaction, council: UUID, on: date, balance: int, instrument: str) -> None:
    tx.run(
        """
        INSERT INTO account_balance (council, "on", balance, instrument, recorded_at, recorded_by)
        VALUES (%(council)s, %(on)s, %(balance)s, %(instrument)s, %(now)s, %(actor)s)
        """,
        council=council,
        on=on,
        balance=balance,
        instrument=instrument,
        now=tx.now,
        actor=tx.actor.subject,
    )


def last_balance(tx: Transaction, council: UUID, as_of: date) -> dict[str, Any] | None:
    """What the bank last said up to a day."""
    return tx.one(
        """
        SELECT "on", balance FROM account_balance
        WHERE council = %(council)s AND "on" <= %(as_of)s ORDER BY "on" DESC, recorded DESC LIMIT 1
        """,
        council=council,
        as_of=as_of,
    )


def account_differences(tx: Transaction) -> list[dict[str, Any]]:
    """By how much each council's special account holds more than its books say, by the bank's last word."""
    return tx.all(
        """
        SELECT b.council, (b.balance - coalesce(sum(
                   CASE d.kind WHEN 'shortfall' THEN -d.change ELSE d.change END), 0))::bigint AS difference
        FROM (SELECT DISTINCT ON (council) council, "on", balance FROM account_balance
              ORDER BY council, "on" DESC, recorded DESC) b
        LEFT JOIN pot_day d ON d.council = b.council AND d."on" <= b."on"
                           AND d.kind IN ('available', 'reserved', 'credit_held', 'shortfall')
        GROUP BY b.council, b.balance
        ORDER BY b.council
        """
    )
