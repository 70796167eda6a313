"""Loans by RPC: one loan, its schedule, its statement, and pages of loans."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import query
from chassis.errors import NotFound
from chassis.transaction import Transaction
from loans.portfolio import model, store
from loans.portfolio.schemas import LoanIn, LoanOut, LoansIn, LoansOut, ScheduleOut, StatementOut
from loans.refunds import store as refunds
from loans.repayments import store as repayments
from loans.reversals import store as reversals
from loans.write_offs.store import recovered_by


class PortfolioRpc:
    """Mixed into the service class."""

    @query(LoanIn, replies=LoanOut, needs="loans.read")
    def loan(self, tx: Transaction, loan: UUID, as_of: date | None) -> dict[str, Any]:
        """A loan as it stood at the end of a day: balance, arrears and schedule."""
        row, day = _loan(tx, loan, as_of)
        return {**row, **_lines(tx, row, day), "as_of": day, "asset": store.asset_of(tx, loan)}

    @query(LoanIn, replies=ScheduleOut, needs="loans.read")
    def schedule(self, tx: Transaction, loan: UUID, as_of: date | None) -> dict[str, Any]:
        """A loan's instalments, and what was paid of each by the end of a day."""
        row, day = _loan(tx, loan, as_of)
        return {**row, **_lines(tx, row, day), "as_of": day}

    @query(LoanIn, replies=StatementOut, needs="loans.read")
    def statement(self, tx: Transaction, loan: UUID, as_of: date | None) -> dict[str, Any]:
        """Which payment paid which instalment, in value-date order."""
        row, day = _loan(tx, loan, as_of)
        lines = model.statement(store.instalments_of(tx, loan, day), repayments.payments_of(tx, loan), day)
        given_back = refunds.refunds_of(tx, loan, day)
        papers = store.papers_of_payments(tx, loan, day)
        return {
            **row,
            "as_of": day,
            "payments": [{**asdict(line), **papers[line.repayment]} for line in lines],
            "reversals": reversals.reversals_of(tx, loan, day),
            "refunds": given_back,
            "outstanding": 0 if _ended(row, day) else lines[-1].outstanding if lines else row["principal"],
            "credit": sum(line.credit for line in lines) - sum(refund["amount"] for refund in given_back),
        }

    @query(LoansIn, replies=LoansOut, needs="loans.read")
    def loans(
        self,
        tx: Transaction,
        council: UUID | None,
        group: UUID | None,
        state: str | None,
        after: UUID | None,
        limit: int,
    ) -> dict[str, Any]:
        """The loans that the caller may see, page by page."""
        rows = store.list_loans(tx, council, group, state, after, limit)
        return {"loans": rows, "after": rows[-1]["loan"] if len(rows) == limit else None}


def _loan(tx: Transaction, loan: UUID, as_of: date | None) -> tuple[dict[str, Any], date]:
    row = store.find_loan(tx, loan)
    if row is None:
        raise NotFound("not_found", "There is no such record within your area.")
    tx.require_area(row["ward"])
    return row, as_of or tx.today(row["country"])


def _ended(row: dict[str, Any], day: date) -> str | None:
    """How a loan had ended by a day without being repaid."""
    if row["voided_on"] is not None and row["voided_on"] <= day:
        return "void"
    if row["written_off_on"] is not None and row["written_off_on"] <= day:
        return "written_off"
    return None


def _lines(tx: Transaction, row: dict[str, Any], day: date) -> dict[str, Any]:
    loan, ended = row["loan"], _ended(row, day)
    nothing = {"outstanding": 0, "overdue": 0, "days_late": 0}
    if ended == "void":
        return {"state": "void", "credit": 0, "instalments": [], **nothing}
    stood = model.standing(store.instalments_of(tx, loan, day), repayments.payments_of(tx, loan), day)
    given_back = sum(refund["amount"] for refund in refunds.refunds_of(tx, loan, day))
    credit = stood.credit - given_back
    if ended:
        left = stood.outstanding - recovered_by(tx, loan, day)
        state = "written_off" if left else "recovered"
        return {
            "state": state,
            "credit": credit,
            "written_off": left,
            "instalments": stood.instalments,
            **nothing,
        }
    return {
        "state": "active" if stood.outstanding else "repaid",
        "outstanding": stood.outstanding,
        "credit": credit,
        "written_off": 0,
        "overdue": stood.overdue,
        "days_late": stood.days_late,
        "instalments": stood.instalments,
    }
