"""Write-offs and recoveries by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.rpc import require_no_member
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.portfolio.model import Standing, standing
from loans.portfolio.store import instalments_of
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.repayments import store as repayments
from loans.repayments.model import last_change
from loans.repayments.rpc import lock_visible, taken, who_of
from loans.reversals.model import require_other_person, require_reason
from loans.write_offs import model, store
from loans.write_offs.schemas import (
    ApproveWriteOffIn,
    ApproveWriteOffOut,
    RecordRecoveryIn,
    RecordRecoveryOut,
    RequestWriteOffIn,
    RequestWriteOffOut,
)


class WriteOffsRpc:
    """Mixed into the service class."""

    @command(RequestWriteOffIn, replies=RequestWriteOffOut, needs="loans.request_write_off")
    def request_write_off(
        self, tx: Transaction, loan: UUID, on: date, reason_code: str, instrument: str
    ) -> dict[str, Any]:
        """Ask the council to give up a loan that has been late for long."""
        row = lock_visible(tx, loan)
        tx.not_in_future(on, row["country"])
        model.require_active(row["state"])
        require_reason(reason_code, tx.rules("loan_arrears", on, row["country"])["write_off_reasons"])
        stood = _hopeless(tx, row, on)
        store.request(tx, loan, on, reason_code, instrument)
        return {"loan": loan, "outstanding": stood.outstanding, "days_late": stood.days_late}

    @command(ApproveWriteOffIn, replies=ApproveWriteOffOut, needs="loans.approve_write_off")
    def approve_write_off(self, tx: Transaction, loan: UUID, on: date) -> dict[str, Any]:
        """Give a loan up, as another officer asked: its group still owes it and gets no other."""
        row = lock_visible(tx, loan)
        tx.not_in_future(on, row["country"])
        model.require_active(row["state"])
        asked = store.find_request(tx, loan)
        if asked is None:
            raise Conflict(
                "not_requested", "Nobody asked for this write-off; have an officer request it first."
            )
        require_other_person(tx.actor.subject, asked["requested_by"])
        require_no_member(tx, row["application"], row["group"])
        model.require_after(on, asked["requested_on"], "request")
        model.require_after_payments(on, last_change(repayments.payments_of(tx, loan)))
        _hopeless(tx, row, on)
        require_open(on, quarters.closed_through(tx, row["council"]))
        amount = ledger.balance(tx, row["council"], row["pot"], "outstanding", loan)
        ledger.post(tx, Pot(row["council"], row["pot"]).write_off(loan, loan, on, amount))
        version = store.approve(tx, loan, on, amount)
        tx.emit(
            events.LoanWrittenOff,
            subject=loan,
            version=version,
            amount=amount,
            on=on,
            reason_code=asked["reason_code"],
            **who_of(row),
        )
        return {"loan": loan, "on": on, "amount": amount, "version": version}

    @command(RecordRecoveryIn, replies=RecordRecoveryOut, needs="repayments.record")
    def record_recovery(
        self,
        tx: Transaction,
        loan: UUID,
        on: date,
        amount: int,
        receipt_number: str,
        bank_reference: str,
        relates_to: date | None,
    ) -> dict[str, Any]:
        """Record money that came in for a loan that was given up: it goes to the pot that it came from."""
        row = lock_visible(tx, loan)
        tx.not_in_future(on, row["country"])
        model.require_given_up(row["state"])
        model.require_after(relates_to or on, row["written_off_on"], "write-off")
        require_open(on, quarters.closed_through(tx, row["council"]), relates_to)
        left = ledger.balance(tx, row["council"], row["pot"], "written_off", loan)
        model.require_within(amount, left)
        recovery = tx.new_id()
        fact = {
            "repayment": recovery,
            "loan": loan,
            "council": row["council"],
            "on": on,
            "amount": amount,
            "receipt_number": receipt_number,
            "bank_reference": bank_reference,
            "relates_to": relates_to,
        }
        if repayments.add_repayment(tx, fact, kind="recovery") is None:
            raise taken(tx, row["council"], receipt_number)
        entry = Pot(row["council"], row["pot"]).recover(recovery, loan, on, amount)
        ledger.post(tx, entry.adjusting(relates_to))
        clear = amount == left
        version = store.move(tx, loan, "recovered" if clear else "written_off")
        what = {"recovery": recovery, "amount": amount, "written_off": left - amount}
        tx.emit(
            events.RecoveryRecorded,
            subject=loan,
            version=version,
            on=on,
            relates_to=relates_to,
            **who_of(row),
            **what,
        )
        if clear:
            applications.move(tx, row["application"], "closed", live=False)
            applications.release_members(tx, row["application"])
        return {**what, "loan": loan, "state": "recovered" if clear else "written_off", "version": version}


def _hopeless(tx: Transaction, row: dict[str, Any], on: date) -> Standing:
    """How a loan stands that has been late for long enough on a day: when it is asked for, and when it is given up."""
    stood = standing(instalments_of(tx, row["loan"], on), repayments.payments_of(tx, row["loan"]), on)
    after_days = tx.rules("loan_arrears", on, row["country"])["write_off_after_days"]
    model.require_hopeless(stood.outstanding, stood.days_late, after_days)
    return stood
