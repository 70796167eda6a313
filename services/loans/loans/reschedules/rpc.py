"""Reschedulings by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict
from chassis.transaction import Transaction
from loans import events
from loans.applications.rpc import require_no_member
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
from loans.reschedules.schemas import (
    RequestRescheduleIn,
    RequestRescheduleOut,
    RescheduleLoanIn,
    RescheduleLoanOut,
)
from loans.reversals.model import require_other_person, require_reason
from loans.schedules.model import Instalment
from loans.write_offs.model import require_active, require_after


class ReschedulesRpc:
    """Mixed into the service class."""

    @command(RequestRescheduleIn, replies=RequestRescheduleOut, needs="loans.request_reschedule")
    def request_reschedule(
        self,
        tx: Transaction,
        loan: UUID,
        on: date,
        first_due_on: date,
        instalments: int,
        reason_code: str,
        instrument: str,
    ) -> dict[str, Any]:
        """Ask the council to put a loan off; a request that waits already is replaced by this one."""
        row = lock_visible(tx, loan)
        owed = _owed(tx, row, on)
        require_reason(reason_code, tx.rules("loan_arrears", on, row["country"])["reschedule_reasons"])
        revisions = store.revisions_of(tx, loan)
        model.require_later(on, first_due_on, revisions)
        asked = {
            "loan": loan,
            "revision": len(revisions) + 1,
            "on": on,
            "first_due_on": first_due_on,
            "instalments": instalments,
        }
        _terms(tx, row, owed, asked)
        store.request(tx, {**asked, "reason_code": reason_code, "instrument": instrument})
        who = {name: row[name] for name in ("group", "council", "ward", "pot")}
        tx.emit(
            events.RescheduleRequested,
            subject=loan,
            version=next_version(tx, loan),
            reason_code=reason_code,
            **asked,
            **who,
        )
        return {**asked, "outstanding": owed}

    @command(RescheduleLoanIn, replies=RescheduleLoanOut, needs="loans.reschedule")
    def reschedule_loan(self, tx: Transaction, loan: UUID, on: date) -> dict[str, Any]:
        """Give a loan the new terms that another officer asked for; those of its contract stay.

        From then on it counts as at risk.
        """
        row = lock_visible(tx, loan)
        owed = _owed(tx, row, on)
        revisions = store.revisions_of(tx, loan)
        request = store.find_request(tx, loan, len(revisions) + 1)
        if request is None:
            raise Conflict(
                "not_requested", "Nobody asked to put this loan off; have an officer request it first."
            )
        require_other_person(tx.actor.subject, request["requested_by"])
        require_no_member(tx, row["application"], row["group"])
        require_after(on, request["requested_on"], "request")
        require_open(on, quarters.closed_through(tx, row["council"]))
        model.require_later(on, request["first_due_on"], revisions)
        terms = _terms(tx, row, owed, {**request, "on": on})
        revision = {
            "loan": loan,
            "revision": request["revision"],
            "on": on,
            "outstanding": owed,
            "reason_code": request["reason_code"],
        }
        papers = {"instrument": request["instrument"], "requested_by": request["requested_by"]}
        store.add_revision(tx, {**revision, **papers}, terms)
        version = next_version(tx, loan)
        lines = [{"number": i.number, "due_on": i.due_on, "amount": i.amount} for i in terms]
        who = {name: row[name] for name in ("group", "council", "ward", "pot")}
        tx.emit(events.LoanRescheduled, subject=loan, version=version, instalments=lines, **revision, **who)
        return {**revision, "instalments": lines, "version": version}


def _owed(tx: Transaction, row: dict[str, Any], on: date) -> int:
    """What is owed of a loan that can be put off on a day."""
    tx.not_in_future(on, row["country"])
    require_active(row["state"])
    require_after(on, row["on"], "disbursement")
    owed = standing(instalments_of(tx, row["loan"], on), payments_of(tx, row["loan"]), on).outstanding
    require_active("active" if owed else "repaid")
    return owed


def _terms(tx: Transaction, row: dict[str, Any], owed: int, asked: dict[str, Any]) -> list[Instalment]:
    """The instalments that a loan is to be paid in, by its product and the country's working days."""
    application = find_application(tx, row["application"])
    assert application is not None
    return model.revised(
        row["principal"],
        owed,
        asked["on"],
        asked["first_due_on"],
        asked["instalments"],
        product_of(tx, application),
        tx.calendar(row["country"]).is_working,
    )
