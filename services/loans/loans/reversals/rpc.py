"""Reversals by RPC."""

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
from loans.quarters import store as quarters
from loans.quarters.model import ValueDate, value_date
from loans.refunds import store as refunds
from loans.repayments import store as repayments
from loans.repayments.model import book
from loans.repayments.rpc import lock_visible, rebookings, who_of
from loans.reversals import model, store
from loans.reversals.schemas import ReverseRepaymentIn, ReverseRepaymentOut
from loans.write_offs import store as write_offs


class ReversalsRpc:
    """Mixed into the service class."""

    @command(ReverseRepaymentIn, replies=ReverseRepaymentOut, needs="repayments.reverse")
    def reverse_repayment(
        self, tx: Transaction, repayment: UUID, on: date, reason_code: str
    ) -> dict[str, Any]:
        """Book the opposite of a payment: the loan then stands as if it had never been made."""
        known = store.find_repayment(tx, repayment)
        if known is None:
            raise NotFound("not_found", "There is no such record within your area.")
        row = lock_visible(tx, known["loan"])
        known = store.find_repayment(tx, repayment) or known
        if known["reversed"]:
            raise Conflict(
                "already_reversed", "This payment was reversed already; read the loan's statement."
            )
        tx.not_in_future(on, row["country"])
        rules = tx.rules("loan_codes", on, row["country"])
        model.require_reason(reason_code, rules["reversal_reasons"])
        model.require_other_person(tx.actor.subject, known["recorded_by"])
        model.require_after(on, known["on"], "payment")
        dated = value_date(known["on"], on, quarters.closed_through(tx, row["council"]))

        fact = {
            "repayment": repayment,
            "loan": row["loan"],
            "on": on,
            "value_on": dated.on,
            "reason_code": reason_code,
        }
        if known["kind"] == "recovery":
            told = _unrecover(tx, row, known, fact, dated)
        else:
            told = _unpay(tx, row, known, fact, dated)
        return {**told, "shortfall": ledger.balance(tx, row["council"], row["pot"], "shortfall")}


def _unpay(
    tx: Transaction,
    row: dict[str, Any],
    known: dict[str, Any],
    fact: dict[str, Any],
    dated: ValueDate,
) -> dict[str, Any]:
    loan, repayment = row["loan"], known["repayment"]
    before = repayments.payments_of(tx, loan)
    after = model.without(before, repayment, dated.on)
    model.require_credit_unspent(row["principal"], after, refunds.by_day(tx, loan))
    booking = book(row["principal"], before, after, dated.on)
    _keep(tx, fact)
    pot = Pot(row["council"], row["pot"])
    opposite = pot.reverse(repayment, loan, dated.on, -booking.own.principal, -booking.own.credit)
    given_up = row["state"] in ("written_off", "recovered") and booking.principal != 0
    more = (
        [pot.write_off(repayment, loan, max(dated.on, row["written_off_on"]), -booking.principal)]
        if given_up
        else []
    )
    ledger.post(
        tx,
        opposite.adjusting(dated.relates_to),
        *rebookings(pot, repayment, loan, booking),
        *more,
        may_fall_short=True,
    )
    if row["written_off_on"]:
        state = "written_off" if given_up else row["state"]
        version = write_offs.move(tx, loan, state)
    else:
        state = "repaid" if booking.repaid_on else "active"
        version = repayments.move_loan(tx, loan, booking.repaid_on)
    what = {
        "repayment": repayment,
        "amount": known["amount"],
        "principal": -booking.principal,
        "credit": -booking.credit,
        "outstanding": 0 if row["written_off_on"] else booking.outstanding,
        "on": dated.on,
        "relates_to": dated.relates_to,
    }
    tx.emit(
        events.RepaymentReversed,
        subject=loan,
        version=version,
        reason_code=fact["reason_code"],
        **who_of(row),
        **what,
    )
    if (row["state"], state) in (("repaid", "active"), ("recovered", "written_off")):
        _reopen(tx, row, version, dated)
    return {**what, "loan": loan, "state": state, "version": version}


def _unrecover(
    tx: Transaction,
    row: dict[str, Any],
    known: dict[str, Any],
    fact: dict[str, Any],
    dated: ValueDate,
) -> dict[str, Any]:
    loan, recovery, amount = row["loan"], known["repayment"], known["amount"]
    _keep(tx, fact)
    entry = Pot(row["council"], row["pot"]).unrecover(recovery, loan, dated.on, amount)
    ledger.post(tx, entry.adjusting(dated.relates_to), may_fall_short=True)
    version = write_offs.move(tx, loan, "written_off")
    left = ledger.balance(tx, row["council"], row["pot"], "written_off", loan)
    tx.emit(
        events.RecoveryReversed,
        subject=loan,
        version=version,
        recovery=recovery,
        amount=amount,
        written_off=left,
        on=dated.on,
        relates_to=dated.relates_to,
        reason_code=fact["reason_code"],
        **who_of(row),
    )
    if row["state"] == "recovered":
        _reopen(tx, row, version, dated)
    return {
        "repayment": recovery,
        "loan": loan,
        "on": dated.on,
        "relates_to": dated.relates_to,
        "amount": amount,
        "principal": amount,
        "credit": 0,
        "outstanding": 0,
        "state": "written_off",
        "version": version,
    }


def _keep(tx: Transaction, fact: dict[str, Any]) -> None:
    store.add_reversal(tx, fact)
    if fact["reason_code"] in model.ENTERED_AGAIN:
        store.free_papers(tx, fact["repayment"])


def _reopen(tx: Transaction, row: dict[str, Any], version: int, dated: ValueDate) -> None:
    """What was repaid or recovered is owed again, and binds its group and members."""
    applications.reopen(tx, row["application"])
    applications.bind_again(tx, [row["application"]])
    tx.emit(events.LoanReopened, subject=row["loan"], version=version, on=dated.on, **who_of(row))
