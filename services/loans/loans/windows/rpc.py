"""Windows by RPC: open, close, look up."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.clock import fiscal_quarter, fiscal_year, quarter_bounds
from chassis.commands import command, query
from chassis.errors import Conflict, NotFound
from chassis.transaction import Transaction
from loans import events
from loans.fund.rpc import country_of
from loans.fund.store import fiscal_year_start_month
from loans.windows import model, store
from loans.windows.schemas import CloseWindowIn, OpenWindowIn, WindowOut, WindowsIn, WindowsOut


class WindowsRpc:
    """Mixed into the service class."""

    @command(OpenWindowIn, replies=WindowOut, needs="windows.open")
    def open_window(
        self,
        tx: Transaction,
        council: UUID,
        published_on: date,
        opens_on: date,
        closes_on: date,
        instrument: str,
    ) -> dict[str, Any]:
        """Take applications in during some days of a quarter, by a public notice; the days may lie ahead."""
        country = country_of(tx, council)
        tx.not_in_future(published_on, country)
        model.require_announced(published_on, opens_on, closes_on)
        begins_in = fiscal_year_start_month(tx, country)
        year, quarter = fiscal_year(opens_on, begins_in), fiscal_quarter(opens_on, begins_in)
        model.require_within_quarter(closes_on, quarter_bounds(year, quarter, begins_in)[1])
        window = tx.new_id()
        fact = {
            "window": window,
            "council": council,
            "country": country,
            "fiscal_year": year,
            "quarter": quarter,
            "published_on": published_on,
            "opens_on": opens_on,
            "closes_on": closes_on,
            "instrument": instrument,
        }
        if not store.add_window(tx, fact):
            raise Conflict(
                "windows_overlap", "Another window of this council has some of these days; read its windows."
            )
        tx.emit(events.WindowOpened, subject=window, version=1, **fact)
        return {**fact, "ends_on": closes_on, "closed": False, "version": 1}

    @command(CloseWindowIn, replies=WindowOut, needs="windows.close")
    def close_window(
        self, tx: Transaction, window: UUID, on: date, expected_version: int | None
    ) -> dict[str, Any]:
        """End a window on a day of its own, be it earlier than announced."""
        row = store.lock_window(tx, window)
        if row is None:
            raise NotFound("not_found", "There is no such record within your area.")
        tx.require_area(row["council"])
        if row["closed"]:
            raise Conflict("window_closed", f"This window was closed with {row['ends_on']}; read it again.")
        if expected_version is not None and row["version"] != expected_version:
            raise Conflict(
                "version_moved", "This window has changed since; read it again.", {"version": row["version"]}
            )
        tx.not_in_future(on, row["country"])
        model.require_closing_day(on, row["opens_on"], row["closes_on"], store.last_application(tx, window))
        version = store.close(tx, window, on)
        who = {name: row[name] for name in ("window", "council", "country", "fiscal_year", "quarter")}
        tx.emit(events.WindowClosed, subject=window, version=version, on=on, **who)
        return {**row, "ends_on": on, "closed": True, "version": version}

    @query(WindowsIn, replies=WindowsOut, needs="applications.read")
    def windows(self, tx: Transaction, council: UUID, after: UUID | None, limit: int) -> dict[str, Any]:
        """A council's windows, page by page."""
        country_of(tx, council)
        rows = store.windows_of(tx, council, after, limit)
        return {"windows": rows, "after": rows[-1]["window"] if len(rows) == limit else None}
