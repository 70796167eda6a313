"""SQL of a council's fund: its set-asides and where its pots stand."""

from datetime import date
from typing import Any

from chassis.transaction import Transaction


def fiscal_year_start_month(tx: Transaction, country: str) -> int:
    """The month in which the country's fiscal year begins; 7 in Tanzania."""
    return int(
        tx.value(
            "SELECT fiscal_year_start_month FROM scope_country WHERE country = %(country)s", country=country
        )
    )


def lock_fund(tx: Transaction, council: object, country: str) -> int:
    """Lock a council's fund, opened with its three pots where there is none yet; returns its next version."""
    version = tx.value(
        """
        INSERT INTO fund (council, country, version) VALUES (%(council)s, %(country)s, 1)
        ON CONFLICT (council) DO UPDATE SET version = fund.version + 1
        RETURNING version
        """,
        council=council,
        country=country,
    )
    if version == 1:
        tx.run(
            """
            INSERT INTO pot (council, pot)
            VALUES (%(council)s, 'women'), (%(council)s, 'youth'), (%(council)s, 'pwd')
            """,
            council=council,
        )
    return int(version)


def add_set_aside(tx: Transaction, set_aside: dict[str, Any]) -> bool:
    """Keep a set-aside; False where the council's instrument of that number is in the books already."""
    return (
        tx.run(
            """
            INSERT INTO set_aside (set_aside, council, fiscal_year, quarter, "on", amount, women, youth, pwd,
                                   instrument, relates_to, rule_version, recorded_at, recorded_by)
            VALUES (%(set_aside)s, %(council)s, %(fiscal_year)s, %(quarter)s, %(on)s, %(amount)s,
                    %(women)s, %(youth)s, %(pwd)s, %(instrument)s, %(relates_to)s, %(rule_version)s, %(now)s,
                    %(actor)s)
            ON CONFLICT (council, lower(instrument)) DO NOTHING
            """,
            **set_aside,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )


def first_day(tx: Transaction, council: object) -> date | None:
    """The earliest value date in a council's books."""
    found: date | None = tx.value(
        """SELECT min("on") FROM pot_day WHERE council = %(council)s""", council=council
    )
    return found


def add_opening_balance(tx: Transaction, opening: dict[str, Any]) -> bool:
    """Keep a council's opening balance; False where it has one."""
    return (
        tx.run(
            """
            INSERT INTO opening_balance (council, opening, "on", women, youth, pwd, instrument, recorded_at,
                                         recorded_by)
            VALUES (%(council)s, %(opening)s, %(on)s, %(women)s, %(youth)s, %(pwd)s, %(instrument)s, %(now)s,
                    %(actor)s)
            ON CONFLICT (council) DO NOTHING
            """,
            **opening,
            now=tx.now,
            actor=tx.actor.subject,
        )
        == 1
    )


def position(tx: Transaction, council: object, as_of: date) -> list[dict[str, Any]]:
    """Each pot's accounts at the end of a value date, in the order women, youth, pwd."""
    return tx.all(
        """
        SELECT p.pot,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'opening'), 0)::bigint     AS opening,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'set_aside'), 0)::bigint   AS set_asides,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'repayment'), 0)::bigint   AS repayments,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'recovery'), 0)::bigint    AS recoveries,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'shortfall'), 0)::bigint   AS shortfall,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'transfer_in'), 0)::bigint AS transfers_in,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'transfer_out'), 0)::bigint AS transfers_out,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'available'), 0)::bigint   AS available,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'reserved'), 0)::bigint    AS reserved,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'credit_held'), 0)::bigint AS credits_held,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'disbursed'), 0)::bigint   AS disbursed,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'refunded'), 0)::bigint    AS refunded,
               coalesce(sum(d.change) FILTER (WHERE d.kind = 'outstanding'), 0)::bigint AS outstanding
        FROM unnest(ARRAY['women', 'youth', 'pwd']) WITH ORDINALITY AS p (pot, place)
        LEFT JOIN pot_day d ON d.council = %(council)s AND d.pot = p.pot AND d."on" <= %(as_of)s
        GROUP BY p.pot, p.place
        ORDER BY p.place
        """,
        council=council,
        as_of=as_of,
    )
