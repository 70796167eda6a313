"""The ledger's SQL: entries are added, and balances follow by the database's own triggers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from chassis.transaction import Transaction
from loans.ledger.model import Entry, Pot, available_moves, shortfall_changes


def post(tx: Transaction, *entries: Entry, may_fall_short: bool = False) -> None:
    """Add entries together; the database refuses what does not balance or leaves an account below zero.

    Together means that an amount which one of them takes and another gives is seen as one movement. Money that
    comes in covers a shortfall of its pot first; `may_fall_short` lets a correction open one.
    """
    entries = _not_before_taken_over(tx, entries)
    _add(tx, [*entries, *_shortfalls(tx, entries, may_fall_short)])


def _not_before_taken_over(tx: Transaction, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What concerns a loan before the day on which its council took it over is booked there on that day.

    The books of the council that handed it over stay as they were.
    """
    subjects = {line.subject for entry in entries for line in entry.postings if line.subject is not None}
    rows = tx.all(
        'SELECT subject, council, max("on") AS "on" FROM transfer'
        " WHERE subject = ANY (%(subjects)s) GROUP BY subject, council",
        subjects=list(subjects),
    )
    taken = {(row["subject"], row["council"]): row["on"] for row in rows}
    if not taken:
        return entries
    return tuple(_dated(entry, taken) for entry in entries)


def _dated(entry: Entry, taken: dict[tuple[object, object], date]) -> Entry:
    since = [
        taken[line.subject, entry.council]
        for line in entry.postings
        if (line.subject, entry.council) in taken
    ]
    if not since or entry.on >= max(since):
        return entry
    return replace(entry, on=max(since), relates_to=entry.relates_to or entry.on)


def _shortfalls(tx: Transaction, entries: Sequence[Entry], may_fall_short: bool) -> list[Entry]:
    """What the entries change in the shortfalls of their pots."""
    found = []
    for council, pot in sorted({(entry.council, entry.pot) for entry in entries}):
        lock_pot(tx, council, pot)
        own = [entry for entry in entries if (entry.council, entry.pot) == (council, pot)]
        moves = available_moves(own)
        if not moves or not (may_fall_short or _was_short(tx, council, pot)):
            continue
        changes = shortfall_changes(
            _days(tx, council, pot, "available"),
            _days(tx, council, pot, "shortfall"),
            moves,
            may_fall_short=may_fall_short,
        )
        found += [Pot(council, pot).fall_short(own[0].document, on, amount) for on, amount in changes.items()]
    return found


def _was_short(tx: Transaction, council: object, pot: str) -> bool:
    return bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM pot_day
                           WHERE council = %(council)s AND pot = %(pot)s AND kind = 'shortfall')
            """,
            council=council,
            pot=pot,
        )
    )


def _days(tx: Transaction, council: object, pot: str, kind: str) -> dict[date, int]:
    """What moved in a pot's accounts of one kind, by value date."""
    rows = tx.all(
        """
        SELECT "on", change FROM pot_day
        WHERE council = %(council)s AND pot = %(pot)s AND kind = %(kind)s
        """,
        council=council,
        pot=pot,
        kind=kind,
    )
    return {row["on"]: row["change"] for row in rows}


def _add(tx: Transaction, entries: Sequence[Entry]) -> None:
    lines = [
        {
            "entry": key,
            "council": entry.council,
            "pot": entry.pot,
            "kind": line.kind,
            "subject": line.subject or entry.council,
            "debit": line.debit,
            "credit": line.credit,
        }
        for key, entry in ((tx.new_id(), entry) for entry in entries)
        for line in entry.postings
    ]
    keys = list(dict.fromkeys(line["entry"] for line in lines))
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    tx.run(
        """
        INSERT INTO account (council, pot, kind, subject)
        SELECT DISTINCT *
        FROM unnest(%(council)s::uuid[], %(pot)s::text[], %(kind)s::text[], %(subject)s::uuid[])
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING
        """,
        **columns,
    )
    tx.run(
        """
        WITH booked AS (
            INSERT INTO entry (entry, council, pot, kind, document, "on", relates_to, command, recorded_at,
                               recorded_by)
            SELECT e.*, %(command)s, %(now)s, %(actor)s
            FROM unnest(%(entries)s::uuid[], %(councils)s::uuid[], %(pots)s::text[], %(kinds)s::text[],
                        %(documents)s::uuid[], %(ons)s::date[], %(relating)s::date[]) AS e
        )
        INSERT INTO posting (entry, account, debit, credit)
        SELECT l.entry, a.account, l.debit, l.credit
        FROM unnest(%(entry)s::uuid[], %(council)s::uuid[], %(pot)s::text[], %(kind)s::text[],
                    %(subject)s::uuid[], %(debit)s::bigint[], %(credit)s::bigint[])
             AS l (entry, council, pot, kind, subject, debit, credit)
        JOIN account a USING (council, pot, kind, subject)
        """,
        **columns,
        command=tx.command,
        now=tx.now,
        actor=tx.actor.subject,
        entries=keys,
        councils=[entry.council for entry in entries],
        pots=[entry.pot for entry in entries],
        kinds=[entry.kind for entry in entries],
        documents=[entry.document for entry in entries],
        ons=[entry.on for entry in entries],
        relating=[entry.relates_to for entry in entries],
    )


def lock_pot(tx: Transaction, council: object, pot: str) -> None:
    """Whoever takes money out of a pot goes one after the other."""
    tx.run(
        "SELECT 1 FROM pot WHERE council = %(council)s AND pot = %(pot)s FOR NO KEY UPDATE",
        council=council,
        pot=pot,
    )


def lowest_available(tx: Transaction, council: object, pot: str, since: object) -> int:
    """The least that the pot had available on any day from `since` until now: what can still be promised."""
    lowest = tx.value(
        """
        SELECT min(available)
        FROM (
            SELECT sum(change) OVER (ORDER BY "on") AS available, lead("on") OVER (ORDER BY "on") AS until
            FROM (
                SELECT '-infinity'::date AS "on", 0 AS change
                UNION ALL
                SELECT "on", change FROM pot_day
                WHERE council = %(council)s AND pot = %(pot)s AND kind = 'available'
            ) day
        ) held
        WHERE until IS NULL OR until > %(since)s
        """,
        council=council,
        pot=pot,
        since=since,
    )
    return int(lowest)


def balance(tx: Transaction, council: object, pot: str, kind: str, subject: object | None = None) -> int:
    """An account's balance as recorded so far; 0 where it was never opened."""
    found = tx.value(
        """
        SELECT balance FROM account
        WHERE council = %(council)s AND pot = %(pot)s AND kind = %(kind)s AND subject = %(subject)s
        """,
        council=council,
        pot=pot,
        kind=kind,
        subject=subject or council,
    )
    return int(found or 0)
