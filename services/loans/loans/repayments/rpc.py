"""Repayments by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict, NotFound
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.repayments import model, store
from loans.repayments.schemas import RecordRepaymentIn, RecordRepaymentOut


class RepaymentsRpc:
    """Mixed into the service class."""

    @command(RecordRepaymentIn, replies=RecordRepaymentOut, needs="repayments.record")
    def record_repayment(
        self,
        tx: Transaction,
        loan: UUID,
        on: date,
        amount: int,
        receipt_number: str,
        bank_reference: str,
    ) -> dict[str, Any]:
        """Record money that came in for a loan: it pays the oldest due, and returns to the loan's pot."""
        row = store.lock_loan(tx, loan)
        if row is None:
            raise NotFound("not_found", "There is no such record within your area.")
        tx.require_area(row["ward"])
        tx.not_in_future(on, row["country"])
        model.require_payment_date(on, row["on"])

        recorded = store.payments_of(tx, loan)
        repayment = tx.new_id()
        payment = store.add_repayment(
            tx,
            {
                "repayment": repayment,
                "loan": loan,
                "council": row["council"],
                "on": on,
                "amount": amount,
                "receipt_number": receipt_number,
                "bank_reference": bank_reference,
            },
        )
        if payment is None:
            raise _taken(tx, row["council"], receipt_number)
        booking = model.book(row["principal"], recorded, payment)
        pot = Pot(row["council"], row["pot"])
        ledger.post(
            tx,
            pot.repay(repayment, loan, on, booking.split.principal, booking.split.credit),
            *(
                pot.reallocate(move.payment.repayment, loan, move.payment.on, move.credit)
                for move in booking.moved
            ),
        )
        version = store.move_loan(tx, loan, booking.repaid_on)
        who = {name: row[name] for name in ("loan", "group", "council", "ward", "pot")}
        what = {
            "repayment": repayment,
            "amount": amount,
            "principal": booking.principal,
            "credit": booking.credit,
            "outstanding": booking.outstanding,
        }
        tx.emit(events.RepaymentRecorded, subject=loan, version=version, on=on, **who, **what)
        if booking.repaid_on is not None and row["state"] == "active":
            applications.move(tx, row["application"], "closed", live=False)
            applications.release_members(tx, row["application"])
            tx.emit(events.LoanRepaid, subject=loan, version=version, on=booking.repaid_on, **who)
        return {
            **what,
            "loan": loan,
            "state": "repaid" if booking.repaid_on else "active",
            "version": version,
        }


def _taken(tx: Transaction, council: UUID, receipt_number: str) -> Conflict:
    if store.receipt_taken(tx, council, receipt_number):
        return Conflict(
            "receipt_number_taken", "The council gave out this receipt already; check its number."
        )
    return Conflict("bank_reference_taken", "This bank reference paid in already; check its number.")
