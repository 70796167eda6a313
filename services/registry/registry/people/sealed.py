"""Personal words at rest and on their way out: sealed for one person and one field, read by those who may."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from chassis.transaction import Transaction


def sealed(tx: Transaction, person: UUID, **words: str | date | None) -> dict[str, bytes | None]:
    """The same fields, sealed under the person's key; what is None stays None."""
    return {
        field: None if word is None else tx.seal(person, str(word), field) for field, word in words.items()
    }


def born_on(tx: Transaction, person: UUID, blob: bytes | None) -> date | None:
    """A person's birth date; None once the person was erased."""
    day = tx.unseal(person, blob, "born_on")
    return None if day is None else date.fromisoformat(day)


def fetch_keys(tx: Transaction, people: Iterable[UUID]) -> None:
    """Read the keys of many people at once, before a list of them is unsealed."""
    tx.runtime.people.prefetch(people)


def may(tx: Transaction, permission: str) -> bool:
    """Whether the caller's roles grant a permission beyond the one that the query needs."""
    return tx.runtime.roles.allow(tx.actor, permission)
