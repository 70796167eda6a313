"""Revenue reports and the bank's balances by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.transaction import Transaction
from loans import events
from loans.fund import store as fund
from loans.fund.rpc import country_of, quarter_of
from loans.quarters.model import require_over
from loans.revenue import model, store
from loans.revenue.schemas import (
    RecordAccountBalanceIn,
    RecordAccountBalanceOut,
    ReportRevenueIn,
    ReportRevenueOut,
    SetAsidesIn,
    SetAsidesOut,
)


class RevenueRpc:
    """Mixed into the service class."""

    @command(ReportRevenueIn, replies=ReportRevenueOut, needs="fund.report")
    def report_revenue(
        self,
        tx: Transaction,
        council: UUID,
        fiscal_year: str,
        quarter: int,
        on: date,
        own_source: int,
        earmarked: int,
        instrument: str,
    ) -> dict[str, Any]:
        """Record what a council took in during a quarter: what of it was to be set aside, and what was."""
        country = country_of(tx, council)
        tx.not_in_future(on, country)
        _, ends = quarter_of(tx, country, fiscal_year, quarter)
        require_over(ends, on)
        rule_version, rules = tx.rule_version("loan_rules", ends, country)
        expected = model.expected_set_aside(own_source, earmarked, rules["set_aside_percent"])
        version = fund.lock_fund(tx, council, country)
        fact = {
            "report": tx.new_id(),
            "council": council,
            "fiscal_year": fiscal_year,
            "quarter": quarter,
            "on": on,
            "own_source": own_source,
            "earmarked": earmarked,
            "expected": expected,
            "instrument": instrument,
        }
        store.add_report(tx, {**fact, "rule_version": rule_version})
        actual = store.set_aside_in(tx, council, fiscal_year, quarter)
        tx.emit(events.RevenueReported, subject=council, version=version, actual=actual, **fact)
        return {**fact, "actual": actual, "missing": expected - actual}

    @query(SetAsidesIn, replies=SetAsidesOut, needs="fund.read")
    def set_asides(self, tx: Transaction, council: UUID, fiscal_year: str) -> dict[str, Any]:
        """What a council was to set aside in each quarter of a year, and what it did."""
        quarter_of(tx, country_of(tx, council), fiscal_year, 1)
        rows = store.quarters_of(tx, council, fiscal_year)
        for row in rows:
            row["missing"] = None if row["expected"] is None else row["expected"] - row["actual"]
        return {"council": council, "fiscal_year": fiscal_year, "quarters": rows}

    @command(RecordAccountBalanceIn, replies=RecordAccountBalanceOut, needs="fund.report")
    def record_account_balance(
        self, tx: Transaction, council: UUID, on: date, balance: int, instrument: str
    ) -> dict[str, Any]:
        """Record what the bank says that the special account holds, beside what the books say."""
        country = country_of(tx, council)
        tx.not_in_future(on, country)
        version = fund.lock_fund(tx, council, country)
        store.add_balance(tx, council, on, balance, instrument)
        ledger = model.account_should_hold(fund.position(tx, council, on))
        told = {"council": council, "on": on, "balance": balance, "ledger": ledger}
        difference = balance - ledger
        tx.emit(
            events.AccountBalanceRecorded, subject=council, version=version, difference=difference, **told
        )
        return {**told, "difference": difference}
