"""A group that ceased or cannot be found: nothing more is promised to it, and what it owes is told the same day."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.clocks import running
from loans.groups import store
from loans.groups.model import Loss
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.quarters import store as quarters
from loans.quarters.model import first_open
from loans.steps.store import reached_on


def take_loss(tx: Transaction, group: UUID, loss: Loss, on: date) -> None:
    """End what the group has asked for, and tell of each loan that it still owes."""
    for row in store.lock_pending(tx, group):
        _end(tx, row, loss, on)
    for loan in store.endanger(tx, group, loss, on):
        version = loan.pop("version")
        tx.emit(events.LoanEndangered, subject=loan["loan"], version=version, cause=loss, on=on, **loan)


def take_return(tx: Transaction, group: UUID, on: date) -> None:
    """The group was seen again: its loans are in no more danger than others."""
    for loan in store.out_of_danger(tx, group, on):
        version = loan.pop("version")
        tx.emit(events.LoanOutOfDanger, subject=loan["loan"], version=version, on=on, **loan)


def _end(tx: Transaction, row: dict[str, Any], loss: Loss, on: date) -> None:
    """An application lapses; what is reserved for it is available again, once."""
    application, council, pot = row["application"], row["council"], row["pot"]
    reached = reached_on(tx, application, row["status"])
    ended_on = max(on, reached, applications.voided_on(tx, application) or reached)
    dated = first_open(ended_on, quarters.closed_through(tx, council))
    ledger.lock_pot(tx, council, pot)
    reserved = ledger.balance(tx, council, pot, "reserved", application)
    if reserved:
        entry = Pot(council, pot).release(application, dated.on, reserved)
        ledger.post(tx, entry.adjusting(dated.relates_to))
    applications.release_members(tx, application)
    tx.clear_deadline(application, "approval_lapses")
    version = applications.move(tx, application, "lapsed", live=False)
    applications.add_step(tx, application, "lapsed", dated.on, loss)
    running.stop(tx, row, ended_on)
    tx.emit(
        events.ApplicationLapsed,
        subject=application,
        version=version,
        on=dated.on,
        relates_to=dated.relates_to,
        released=reserved,
        reason_code=loss,
        **{name: row[name] for name in ("application", "group", "council", "ward", "pot")},
    )
