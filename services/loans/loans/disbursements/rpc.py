"""Disbursement by RPC: an approved application becomes a loan."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.model import require_back, require_lending_open
from loans.applications.rpc import await_lapse, lock_for_step, take_step
from loans.arrears.rpc import await_day_close
from loans.disbursements import model, store
from loans.disbursements.schemas import (
    DisburseIn,
    DisburseOut,
    VoidDisbursementIn,
    VoidDisbursementOut,
)
from loans.groups import store as groups
from loans.groups.model import require_verified
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.products.rpc import product_of
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.repayments.rpc import lock_visible
from loans.repayments.store import payments_of
from loans.reversals.model import require_after, require_other_person, require_reason
from loans.schedules.model import make_schedule
from loans.scheme.store import lending_in
from loans.steps.model import state_before_disbursement
from loans.steps.store import lapse_of


class DisbursementsRpc:
    """Mixed into the service class."""

    @command(DisburseIn, replies=DisburseOut, needs="loans.disburse")
    def disburse(
        self,
        tx: Transaction,
        application: UUID,
        on: date,
        method: str,
        bank_reference: str | None,
        asset: dict[str, Any] | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record that the group got its money or goods, and when it is to repay them."""
        row = lock_for_step(tx, application, "disbursed", on, expected_version)
        country = row["country"]
        model.require_way(method, bank_reference, asset)
        require_back(on, applications.voided_on(tx, application))
        require_lending_open(lending_in(tx, row["council"], on, country))
        require_verified(groups.status_of(tx, row["group"]))

        principal = row["approved_amount"]
        product = product_of(tx, row)
        instalments = make_schedule(principal, on, product, tx.calendar(country).is_working)
        loan, reference = tx.new_id(), tx.reference("L")
        fact = {
            "loan": loan,
            "reference": reference,
            "application": application,
            "group": row["group"],
            "council": row["council"],
            "ward": row["ward"],
            "pot": row["pot"],
            "principal": principal,
            "on": on,
            "method": method,
        }
        kept = {**fact, "country": country, "product": product.code, "bank_reference": bank_reference}
        if not store.add_loan(tx, kept):
            raise Conflict(
                "bank_reference_taken", "This bank reference paid out another loan; check its number."
            )
        if asset is not None:
            store.add_asset(tx, loan, asset)
        store.add_instalments(tx, loan, instalments)
        ledger.post(tx, Pot(row["council"], row["pot"]).disburse(loan, application, on, principal))
        take_step(tx, row, "disbursed", on)
        tx.clear_deadline(application, "approval_lapses")
        await_day_close(tx, row["council"], country)
        tx.emit(
            events.LoanDisbursed,
            subject=loan,
            version=1,
            instalments=[{"number": i.number, "due_on": i.due_on, "amount": i.amount} for i in instalments],
            **fact,
        )
        return {**fact, "instalments": instalments, "version": 1}

    @command(VoidDisbursementIn, replies=VoidDisbursementOut, needs="loans.void")
    def void_disbursement(self, tx: Transaction, loan: UUID, on: date, reason_code: str) -> dict[str, Any]:
        """Record that the bank sent a disbursement back: the money is reserved again, or available."""
        application = store.application_of(tx, loan)
        if application is not None:
            applications.lock_application(tx, application)
        row = lock_visible(tx, loan)
        country = row["country"]
        tx.not_in_future(on, country)
        model.require_unpaid(row["state"], payments_of(tx, loan), on)
        require_reason(reason_code, tx.rules("loan_codes", on, country)["void_reasons"])
        require_after(on, row["on"], "disbursement")
        require_open(on, quarters.closed_through(tx, row["council"]))
        asked = applications.find_application(tx, row["application"])
        assert asked is not None
        require_other_person(tx.actor.subject, store.disbursed_by(tx, row["application"]))
        before = state_before_disbursement(asked["way"])
        reserved = not lapse_of(tx, asked, before).is_over(on)
        goes_to = "reserved" if reserved else "available"

        pot = Pot(row["council"], row["pot"])
        ledger.post(tx, pot.void(loan, row["application"], on, row["principal"], reserved=reserved))
        version = store.void_loan(tx, loan, on, goes_to, reason_code)
        applications.add_step(tx, row["application"], "disbursement_voided", on, reason_code)
        if reserved:
            applications.move(tx, row["application"], before, live=True)
            await_lapse(tx, asked, before)
        else:
            applications.move(tx, row["application"], "lapsed", live=False)
            applications.release_members(tx, row["application"])
        who = {name: row[name] for name in ("loan", "application", "group", "council", "ward", "pot")}
        what = {"principal": row["principal"], "on": on, "goes_to": goes_to}
        tx.emit(
            events.DisbursementVoided, subject=loan, version=version, reason_code=reason_code, **who, **what
        )
        return {**what, "loan": loan, "application": row["application"], "version": version}
