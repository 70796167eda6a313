"""Forgetting a person."""

from typing import Any
from uuid import UUID

from cases.events import PersonErased
from cases.people import sealing, store
from cases.people.model import check_may_be_erased
from cases.people.schemas import ErasePersonIn, ErasePersonOut
from chassis.commands import command
from chassis.errors import NotFound
from chassis.transaction import Transaction


class PeopleRpc:
    """What may be asked for a person."""

    @command(ErasePersonIn, replies=ErasePersonOut, needs="people.erase")
    def erase_person(self, tx: Transaction, person: UUID, reason: str) -> dict[str, Any]:
        """Make a person unreadable, here and in every backup once the key backups have run out."""
        row = store.lock(tx, person)
        records = store.records_of(tx, person)
        # Who may not know of one of the records may not learn of it here either.
        if row is None or row["erased_on"] or not records or not all(record["visible"] for record in records):
            raise NotFound("not_found", "There is no such person whose every record you may see.")
        check_may_be_erased(records)
        on = tx.today(row["country"])
        store.erase(tx, person, on, reason)
        # The key itself goes once this has committed, and again should the service fall before that.
        tx.set_deadline(person, sealing.KEY_OF_ERASED, tx.now)
        tx.emit(PersonErased, subject=person, person=person, on=on)
        return {"person": person, "on": on}
