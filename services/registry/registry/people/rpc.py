"""Forgetting a person."""

from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.deadlines import Deadline
from chassis.errors import NotFound
from chassis.transaction import Transaction
from registry.events import PersonErased
from registry.people import store
from registry.people.model import check_may_be_erased
from registry.people.schemas import ErasePersonIn, ErasePersonOut

KEY_OF_ERASED = "key_of_erased"  # the deadline that destroys a key, after the erasure has committed


class PeopleRpc:
    @command(ErasePersonIn, replies=ErasePersonOut, needs="person.erase")
    def erase_person(self, tx: Transaction, person: UUID, reason: str) -> dict[str, Any]:
        """Make a member or collaborator unreadable, here and in every backup once the key backups have run out."""
        row = store.lock(tx, person)
        records = store.records_of(tx, person)
        # Who may not know of one of the records may not learn of it here either.
        if row is None or row["erased_on"] or not records or not all(record["visible"] for record in records):
            raise NotFound("not_found", "There is no such person whose every record you may see.")
        on = tx.today(row["country"])
        check_may_be_erased([record["ended_on"] for record in records], on)
        store.erase(tx, person, on, reason)
        # The key itself goes once this has committed, and again should the service fall before that.
        tx.set_deadline(person, KEY_OF_ERASED, tx.now)
        tx.emit(PersonErased, subject=person, person=person, kind=row["kind"], on=on)
        return {"person": person, "on": on}


def destroy_key(tx: Transaction, deadline: Deadline) -> None:
    """Destroy the key of somebody whose erasure has committed; safe to repeat."""
    tx.runtime.people.erase(deadline.subject)
