"""Withdrawals and lapsed approvals, by RPC and by the clock."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.deadlines import Deadline
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.model import require_back, require_date_order
from loans.applications.rpc import lock_visible, who_of
from loans.clocks import running
from loans.fund.rpc import country_of
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.quarters import store as quarters
from loans.quarters.model import first_open, require_open
from loans.releases import model, store
from loans.releases.schemas import (
    ReleaseExpiredIn,
    ReleaseExpiredOut,
    WithdrawApplicationIn,
    WithdrawApplicationOut,
)
from loans.steps.model import RESERVING
from loans.steps.store import lapse_of, reached_on

_PAGE = 200


class ReleasesRpc:
    """Mixed into the service class."""

    @command(WithdrawApplicationIn, replies=WithdrawApplicationOut, needs="applications.withdraw")
    def withdraw_application(
        self,
        tx: Transaction,
        application: UUID,
        on: date,
        reason_code: str,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record that a group no longer wants its loan; what was reserved for it is available again."""
        row = lock_visible(tx, application, expected_version)
        model.require_withdrawable(row["status"], row["next_step"])
        tx.not_in_future(on, row["country"])
        require_date_order(on, reached_on(tx, application, row["status"]), row["status"])
        require_back(on, applications.voided_on(tx, application))
        require_open(on, quarters.closed_through(tx, row["council"]))
        rules = tx.rules("loan_codes", on, row["country"])
        model.require_reason(reason_code, rules["withdrawal_reasons"])
        released = _free(tx, row, on)
        version = applications.move(tx, application, "withdrawn", live=False)
        applications.add_step(tx, application, "withdrawn", on, reason_code)
        running.stop(tx, row, on)
        tx.emit(
            events.ApplicationWithdrawn,
            subject=application,
            version=version,
            on=on,
            reason_code=reason_code,
            released=released,
            **who_of(row),
        )
        return {
            "application": application,
            "status": "withdrawn",
            "released": released,
            "version": version,
        }

    @command(ReleaseExpiredIn, replies=ReleaseExpiredOut, needs="applications.release")
    def release_expired(self, tx: Transaction, council: UUID, on: date, after: UUID | None) -> dict[str, Any]:
        """Free what is reserved for approvals that can no longer be paid out."""
        country = country_of(tx, council)
        tx.not_in_future(on, country)
        rows = store.open_of(tx, council, after, _PAGE)
        released = [
            {"application": row["application"], "amount": row["approved_amount"]}
            for row in rows
            if _lapse(tx, row, on)
        ]
        return {"released": released, "after": rows[-1]["application"] if len(rows) == _PAGE else None}


def approval_lapses(tx: Transaction, deadline: Deadline) -> None:
    """An approval's time is over: free what is reserved for it, if it was not paid out meanwhile."""
    row = applications.lock_application(tx, deadline.subject)
    if row is not None and row["next_step"] is not None:
        _lapse(tx, row, tx.today(row["country"]))


def _lapse(tx: Transaction, row: dict[str, Any], on: date) -> bool:
    lapsed_on = lapse_of(tx, row).lapses_on
    if lapsed_on is None or on < lapsed_on:
        return False
    dated = first_open(lapsed_on, quarters.closed_through(tx, row["council"]))
    released = _free(tx, row, dated.on, dated.relates_to)
    application = row["application"]
    version = applications.move(tx, application, "lapsed", live=False)
    applications.add_step(tx, application, "lapsed", dated.on)
    running.stop(tx, row, lapsed_on)
    tx.emit(
        events.ApplicationLapsed,
        subject=application,
        version=version,
        on=dated.on,
        released=released,
        relates_to=dated.relates_to,
        **who_of(row),
    )
    return True


def _free(tx: Transaction, row: dict[str, Any], on: date, relates_to: date | None = None) -> int:
    """Give back what is reserved for an application; returns how much it was."""
    tx.clear_deadline(row["application"], "approval_lapses")
    if row["status"] not in RESERVING:
        return 0
    amount: int = row["approved_amount"]
    entry = Pot(row["council"], row["pot"]).release(row["application"], on, amount)
    ledger.post(tx, entry.adjusting(relates_to))
    applications.release_members(tx, row["application"])
    return amount
