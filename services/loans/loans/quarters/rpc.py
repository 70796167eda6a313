"""Quarters by RPC."""

from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.transaction import Transaction
from loans import events
from loans.fund import store as fund
from loans.fund.rpc import country_of, quarter_of
from loans.quarters import model, store
from loans.quarters.schemas import CloseQuarterIn, CloseQuarterOut


class QuartersRpc:
    """Mixed into the service class."""

    @command(CloseQuarterIn, replies=CloseQuarterOut, needs="fund.close")
    def close_quarter(self, tx: Transaction, council: UUID, fiscal_year: str, quarter: int) -> dict[str, Any]:
        """Close the books of a quarter: what becomes known later is booked as a dated adjustment."""
        country = country_of(tx, council)
        begins, ends = quarter_of(tx, country, fiscal_year, quarter)
        today = tx.today(country)
        model.require_over(ends, today)
        version = fund.lock_fund(tx, council, country)
        store.hold_pots(tx, council)
        model.require_next(begins, store.closed_through(tx, council))
        closed = {
            "council": council,
            "fiscal_year": fiscal_year,
            "quarter": quarter,
            "begins": begins,
            "ends": ends,
            "on": today,
        }
        store.add_closed(tx, closed)
        pots = fund.position(tx, council, ends)
        told = {name: closed[name] for name in ("council", "fiscal_year", "quarter", "ends", "on")}
        tx.emit(events.QuarterClosed, subject=council, version=version, pots=pots, **told)
        return {"council": council, "ends": ends, "pots": pots}
