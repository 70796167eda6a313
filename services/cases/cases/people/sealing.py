"""Between the words that tell who somebody is and the table that keeps them sealed."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from cases.people import store
from cases.people.model import normal_id, normal_phone
from chassis.deadlines import Deadline
from chassis.transaction import Transaction

KEY_OF_ERASED = "key_of_erased"  # the chassis's deadline that destroys a key, after the erasure has committed


def register(tx: Transaction, country: str, details: Mapping[str, Any]) -> UUID:
    """Keep a new person, sealed under a key of their own; returns their id."""
    person = tx.new_person()
    told = {name: details.get(name) for name in store.SEALED}
    sealed = {
        name: tx.seal(person, str(value), f"person.{name}")
        for name, value in told.items()
        if value is not None
    }
    store.add(tx, person, country, details["sex"], sealed)
    store.add_index(tx, person, hashes(tx, country, told["national_id"], told["phone"]))
    return person


def hashes(tx: Transaction, country: str, national_id: str | None, phone: str | None) -> dict[str, bytes]:
    """The hashes by which a person is found again."""
    found: dict[str, bytes] = {}
    if national_id is not None and (normal := normal_id(national_id)):
        found["national_id"] = tx.blind(f"national_id.{country}", normal)
    if phone is not None:
        dialling_code = tx.rules("people", tx.today(country), country)["dialling_code"]
        found["phone"] = tx.blind("phone", normal_phone(phone, dialling_code))
    return found


def reveal(tx: Transaction, person: UUID) -> dict[str, Any]:
    """A person's words, for somebody who may see a record of theirs; None each where unknown or erased."""
    row = store.read(tx, person)
    erased = row["erased_on"] is not None
    words = {
        name: None if erased else tx.unseal(person, row[name], f"person.{name}") for name in store.SEALED
    }
    return {"person": person, "sex": row["sex"], "erased": erased, **words}


def reader(tx: Transaction, person: Mapping[str, Any]) -> Callable[[bytes | None, str], str | None]:
    """What unseals the other words about a person whom `reveal` has shown; None each once they are erased.

    An erasure shows at once by the person's row, before the key itself is gone.
    """
    return lambda sealed, field: None if person["erased"] else tx.unseal(person["person"], sealed, field)


def birth_date(tx: Transaction, row: Mapping[str, Any]) -> date | None:
    """The birth date in a person's row, unsealed."""
    text = tx.unseal(row["person"], row["born_on"], "person.born_on")
    return None if text is None else date.fromisoformat(text)


def destroy_key(tx: Transaction, deadline: Deadline) -> None:
    """Destroy the key of somebody whose erasure has committed; safe to repeat."""
    tx.runtime.people.erase(deadline.subject)
