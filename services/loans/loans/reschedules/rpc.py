"""Reschedulings by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.transaction import Transaction
from loans import events
from loans.applications.store import find_application
from loans.portfolio.model import standing
from loans.portfolio.store import instalments_of
from loans.products.rpc import product_of
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.refunds.store import next_version
from loans.repayments.rpc import lock_visible
from loans.repayments.store import payments_of
from loans.reschedules import model, store
from loans.reschedules.schemas import RescheduleLoanIn, RescheduleLoanOut
from loans.reversals.model import require_reason
from loans.write_offs.model import require_active, require_after


class ReschedulesRpc:
    """Mixed into the service class."""

    @command(RescheduleLoanIn, replies=RescheduleLoanOut, needs="loans.reschedule")
    def reschedule_loan(
        self,
        tx: Transaction,
        loan: UUID,
        on: date,
        first_due_on: date,
        instalments: int,
        reason_code: str,
        instrument: str,
    ) -> dict[str, Any]:
        """Give a loan new terms beside those of its contract, which stay; from then on it counts as at risk."""
        row = lock_visible(tx, loan)
        country = row["country"]
        tx.not_in_future(on, country)
        require_active(row["state"])
        require_after(on, row["on"], "disbursement")
        require_open(on, quarters.closed_through(tx, row["council"]))
        require_reason(reason_code, tx.rules("loan_arrears", on, country)["reschedule_reasons"])
        revisions = store.revisions_of(tx, loan)
        model.require_later(on, first_due_on, revisions)
        owed = standing(instalments_of(tx, loan, on), payments_of(tx, loan), on).outstanding
        require_active("active" if owed else "repaid")
        asked = find_application(tx, row["application"])
        assert asked is not None
        product = product_of(tx, asked)
        terms = model.revised(
            row["principal"], owed, on, first_due_on, instalments, product, tx.calendar(country).is_working
        )
        revision = {
            "loan": loan,
            "revision": len(revisions) + 1,
            "on": on,
            "outstanding": owed,
            "reason_code": reason_code,
        }
        store.add_revision(tx, {**revision, "instrument": instrument}, terms)
        version = next_version(tx, loan)
        lines = [{"number": i.number, "due_on": i.due_on, "amount": i.amount} for i in terms]
        who = {name: row[name] for name in ("group", "council", "ward", "pot")}
        tx.emit(events.LoanRescheduled, subject=loan, version=version, instalments=lines, **revision, **who)
        return {**revision, "instalments": lines, "version": version}
