"""Refunds by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications.rpc import require_no_member
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.refunds import model, store
from loans.refunds.schemas import RefundCreditIn, RefundCreditOut
from loans.repayments.rpc import lock_visible
from loans.repayments.store import payments_of


class RefundsRpc:
    """Mixed into the service class."""

    @command(RefundCreditIn, replies=RefundCreditOut, needs="credits.refund")
    def refund_credit(self, tx: Transaction, loan: UUID, on: date, bank_reference: str) -> dict[str, Any]:
        """Record that a loan's credit went back to its group: all of it, once."""
        row = lock_visible(tx, loan)
        tx.not_in_future(on, row["country"])
        require_open(on, quarters.closed_through(tx, row["council"]))
        model.require_other_person(tx.actor.subject, store.recorders(tx, loan))
        require_no_member(tx, row["application"], row["group"])
        amount = model.refundable(row["principal"], payments_of(tx, loan), store.by_day(tx, loan), on)
        model.require_credit(amount)
        refund = tx.new_id()
        fact = {"refund": refund, "loan": loan, "on": on, "amount": amount}
        if not store.add_refund(tx, {**fact, "bank_reference": bank_reference}):
            raise Conflict(
                "bank_reference_taken", "This bank reference paid out another refund; check its number."
            )
        ledger.post(tx, Pot(row["council"], row["pot"]).refund(refund, loan, on, amount))
        version = store.next_version(tx, loan)
        who = {name: row[name] for name in ("group", "council", "ward", "pot")}
        tx.emit(events.CreditRefunded, subject=loan, version=version, **who, **fact)
        held = ledger.balance(tx, row["council"], row["pot"], "credit_held", loan)
        return {**fact, "credit": held, "version": version}
