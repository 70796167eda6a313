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
from loans.ledger.model import Entry, Pot
from loans.quarters import store as quarters
from loans.quarters.model import require_open
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
        relates_to: date | None,
    ) -> dict[str, Any]:
        """Record money that came in for a loan: it pays the oldest due, and returns to the loan's pot."""
        row = lock_visible(tx, loan)
        tx.not_in_future(on, row["country"])
        model.require_payable(row["state"])
        model.require_payment_date(relates_to or on, row["on"])
        require_open(on, quarters.closed_through(tx, row["council"]), relates_to)

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
                "relates_to": relates_to,
            },
        )
        if payment is None:
            raise taken(tx, row["council"], receipt_number)
        booking = model.book(row["principal"], recorded, [*recorded, payment], on)
        pot = Pot(row["council"], row["pot"])
        ledger.post(
            tx,
            pot.repay(repayment, loan, on, booking.own.principal, booking.own.credit).adjusting(relates_to),
            *rebookings(pot, repayment, loan, booking),
        )
        version = store.move_loan(tx, loan, booking.repaid_on)
        who = who_of(row)
        what = {
            "repayment": repayment,
            "amount": amount,
            "principal": booking.principal,
            "credit": booking.credit,
            "outstanding": booking.outstanding,
        }
        tx.emit(
            events.RepaymentRecorded,
            subject=loan,
            version=version,
            on=on,
            relates_to=relates_to,
            **who,
            **what,
        )
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


def lock_visible(tx: Transaction, loan: UUID) -> dict[str, Any]:
    """The loan, locked, for a caller in whose area it is."""
    row = store.lock_loan(tx, loan)
    if row is None:
        raise NotFound("not_found", "There is no such record within your area.")
    tx.require_area(row["ward"])
    return row


def who_of(row: dict[str, Any]) -> dict[str, Any]:
    """What every event of a loan says of whose it is."""
    return {name: row[name] for name in ("loan", "group", "council", "ward", "pot")}


def rebookings(pot: Pot, repayment: UUID, loan: UUID, booking: model.Booking) -> list[Entry]:
    """What a payment, recorded or reversed, moves between principal and credit on days after its own."""
    return [pot.reallocate(repayment, loan, change.on, change.credit) for change in booking.moved]


def taken(tx: Transaction, council: UUID, receipt_number: str) -> Conflict:
    """Which of a payment's papers stands for another payment already."""
    if store.receipt_taken(tx, council, receipt_number):
        return Conflict(
            "receipt_number_taken", "The council gave out this receipt already; check its number."
        )
    return Conflict("bank_reference_taken", "This bank reference paid in already; check its number.")
