"""Disbursement by RPC: an approved application becomes a loan."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.model import require_lending_open
from loans.applications.rpc import lock_for_step
from loans.disbursements import model, store
from loans.disbursements.schemas import DisburseIn, DisburseOut
from loans.groups import store as groups
from loans.groups.model import require_verified
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.schedules.model import make_schedule, product_from


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
        row = lock_for_step(tx, application, "approved", expected_version)
        country = row["country"]
        tx.not_in_future(on, country)
        model.require_way(method, bank_reference, asset)
        rules = tx.rules("loan_rules", row["approved_on"], country)
        model.require_in_time(on, row["approved_on"], rules["disburse_within_months"])
        require_lending_open(tx.rules("loan_scheme", on, country))
        require_verified(groups.status_of(tx, row["group"]))

        principal = row["approved_amount"]
        product = product_from(tx.rules("loan_products", row["on"], country), row["product"])
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
        applications.move(tx, application, "disbursed", live=True)
        applications.add_step(tx, application, "disbursed", on)
        tx.emit(
            events.LoanDisbursed,
            subject=loan,
            version=1,
            instalments=[{"number": i.number, "due_on": i.due_on, "amount": i.amount} for i in instalments],
            **fact,
        )
        return {**fact, "instalments": instalments, "version": 1}
