"""The SQL of people, their sealed words and the hashes by which they are found again."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from cases.need_to_know import store as need_to_know
from chassis.transaction import Transaction

SEALED = ("names", "born_on", "national_id", "phone", "email", "address")


def add(tx: Transaction, person: UUID, country: str, sex: str, sealed: Mapping[str, bytes | None]) -> None:
    """A new person; `sealed` holds those of `SEALED` that are known."""
    tx.run(
        """
        INSERT INTO person (person, country, sex, names, born_on, national_id, phone, email, address,
                            recorded_at)
        VALUES (%(person)s, %(country)s, %(sex)s, %(names)s, %(born_on)s, %(national_id)s, %(phone)s,
                %(email)s, %(address)s, %(now)s)
        """,
        person=person,
        country=country,
        sex=sex,
        now=tx.now,
        **{name: sealed.get(name) for name in SEALED},
    )


def add_index(tx: Transaction, person: UUID, hashes: Mapping[str, bytes]) -> None:
    """The hashes by which a person is found again, by kind."""
    tx.many(
        """
        INSERT INTO person_index (kind, hash, person)
        VALUES (%(kind)s, %(hash)s, %(person)s) ON CONFLICT DO NOTHING
        """,
        [{"kind": kind, "hash": hash, "person": person} for kind, hash in hashes.items()],
    )


def lock(tx: Transaction, person: UUID) -> dict[str, Any] | None:
    """A person, locked until the transaction ends."""
    return tx.one(
        "SELECT person, country, sex, born_on, erased_on FROM person WHERE person = %(person)s FOR UPDATE",
        person=person,
    )


def read(tx: Transaction, person: UUID) -> dict[str, Any]:
    """A person's row, sealed as it is."""
    row = tx.one(
        """
        SELECT person, country, sex, names, born_on, national_id, phone, email, address, erased_on
        FROM person WHERE person = %(person)s
        """,
        person=person,
    )
    assert row is not None  # every record refers to its person by a foreign key
    return row


def found_by(tx: Transaction, kind: str, hash: bytes) -> list[UUID]:
    """The people with a national id or telephone number, by its hash."""
    rows = tx.all(
        "SELECT person FROM person_index WHERE kind = %(kind)s AND hash = %(hash)s", kind=kind, hash=hash
    )
    return [row["person"] for row in rows]


def records_of(tx: Transaction, person: UUID) -> list[dict[str, Any]]:
    """Every case and complaint of a person: {state, visible}, `visible` where the caller may know of it."""
    return tx.all(
        f"""
        SELECT c.state, {need_to_know.CASE} AS visible FROM welfare_case c WHERE c.person = %(person)s
        UNION ALL
        SELECT c.state, {need_to_know.COMPLAINT} AS visible FROM complaint c WHERE c.person = %(person)s
        """,  # noqa: S608 - fixed conditions, no input
        person=person,
        **(need_to_know.of_case(tx) | need_to_know.of_complaint(tx)),
    )


def erase(tx: Transaction, person: UUID, on: date, reason: str) -> None:
    """Empty a person's row, take them out of every index and enter them in the ledger of the erased."""
    tx.run(
        """
        UPDATE person SET names = NULL, born_on = NULL, national_id = NULL, phone = NULL, email = NULL,
                          address = NULL, erased_on = %(on)s
        WHERE person = %(person)s
        """,
        person=person,
        on=on,
    )
    tx.run("DELETE FROM person_index WHERE person = %(person)s", person=person)
    tx.run(
        """
        INSERT INTO erased_subject (subject, erased_at, reason)
        VALUES (%(person)s, %(now)s, %(reason)s)
        ON CONFLICT (subject) DO NOTHING
        """,
        person=person,
        now=tx.now,
        reason=reason,
    )


def forget_erased(tx: Transaction) -> None:
    """Empty the rows of everyone in the ledger whom a restore brought back, and take them out of the indexes."""
    tx.run(
        """
        UPDATE person p SET names = NULL, born_on = NULL, national_id = NULL, phone = NULL, email = NULL,
                            address = NULL, erased_on = (e.erased_at AT TIME ZONE 'UTC')::date
        FROM erased_subject e WHERE e.subject = p.person AND p.erased_on IS NULL
        """
    )
    tx.run("DELETE FROM person_index i USING erased_subject e WHERE e.subject = i.person")
