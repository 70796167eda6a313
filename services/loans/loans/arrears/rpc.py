"""Arrears by RPC, and the closing of days by RPC and by the clock."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import fiscal_quarter, fiscal_year, quarter_bounds
from chassis.commands import command, query
from chassis.deadlines import Deadline
from chassis.errors import NotFound
from chassis.transaction import Transaction
from loans import events
from loans.arrears import model, store
from loans.arrears.schemas import (
    CloseDayIn,
    CloseDayOut,
    CollectionSheetIn,
    CollectionSheetOut,
    DefaultersIn,
    DefaultersOut,
    PortfolioIn,
    PortfolioOut,
)
from loans.fund import store as fund
from loans.fund.rpc import country_of

_MOST_DAYS = 60  # in one transaction; what is left is closed by the next


class ArrearsRpc:
    """Mixed into the service class."""

    @query(PortfolioIn, replies=PortfolioOut, needs="loans.read")
    def portfolio(
        self, tx: Transaction, area: UUID, as_of: date | None, since: date | None
    ) -> dict[str, Any]:
        """The loans of an area as they stood on a day: ageing, portfolio at risk and rates."""
        country = _country_of(tx, area)
        day = as_of or tx.today(country)
        first = since or _quarter_begins(tx, country, day)
        rules = tx.rules("loan_arrears", day, country)
        loans = store.aged(tx, area, day)
        due = store.due_between(tx, area, first, day)
        return {
            "area": area,
            "as_of": day,
            "since": first,
            "loans": sum(aged.loans for aged in loans),
            "outstanding": model.gross(loans),
            "overdue": sum(aged.overdue for aged in loans),
            "rescheduled": model.gross(aged for aged in loans if aged.rescheduled),
            "ageing": model.ageing(loans, rules["buckets"]),
            "at_risk": [model.at_risk(loans, days) for days in rules["at_risk_days"]],
            "endangered": store.endangered(tx, area, day),
            "arrears_rate": model.arrears_rate(loans),
            "on_time_rate": due.on_time_rate,
            "current_recovery_rate": due.current_recovery_rate,
            **asdict(due),
        }

    @query(DefaultersIn, replies=DefaultersOut, needs="loans.read")
    def defaulters(
        self, tx: Transaction, area: UUID, as_of: date | None, after: UUID | None, limit: int
    ) -> dict[str, Any]:
        """The loans of an area that are late on a day, or whose group is lost, page by page."""
        country = _country_of(tx, area)
        day = as_of or tx.today(country)
        buckets = tx.rules("loan_arrears", day, country)["buckets"]
        rows = store.late_loans(tx, area, day, after, limit)
        return {
            "as_of": day,
            "defaulters": [{**row, "bucket": model.bucket_of(row["days_late"], buckets)} for row in rows],
            "after": rows[-1]["loan"] if len(rows) == limit else None,
        }

    @query(CollectionSheetIn, replies=CollectionSheetOut, needs="loans.read")
    def collection_sheet(
        self, tx: Transaction, ward: UUID, on: date, after: UUID | None, limit: int
    ) -> dict[str, Any]:
        """What each group of a ward is to pay on a day, page by page."""
        tx.require_area(ward)
        rows = store.to_collect(tx, ward, on, after, limit)
        return {
            "ward": ward,
            "on": on,
            "lines": rows,
            "after": rows[-1]["loan"] if len(rows) == limit else None,
        }

    @command(CloseDayIn, replies=CloseDayOut, needs="days.close")
    def close_day(self, tx: Transaction, council: UUID, on: date) -> dict[str, Any]:
        """Close a day and all before it that were missed: which loans came into another bucket of lateness."""
        model.require_day_over(on, tx.today(country_of(tx, council)))
        days, changed = _close(tx, council, on)
        return {
            "council": council,
            "closed_through": store.last_closed(tx, council),
            "days": days,
            "changed": changed,
        }


def await_day_close(tx: Transaction, council: UUID, country: str) -> None:
    """Have the present day closed after its end, and from then on each one."""
    today = tx.today(country)
    tx.set_deadline(
        model.day_close(council, today),
        "day_closes",
        tx.calendar(country).start_of_day(today + timedelta(days=1)),
        {"council": str(council)},
    )


def day_closes(tx: Transaction, deadline: Deadline) -> None:
    """A day is over: close it, with what a standstill left open, and await the next."""
    council = UUID(deadline.data["council"])
    country = store.lock_council(tx, council)
    assert country is not None
    _close(tx, council, tx.today(country) - timedelta(days=1))
    await_day_close(tx, council, country)


def _close(tx: Transaction, council: UUID, on: date) -> tuple[int, int]:
    """Close the days up to `on`; returns how many there were, and how many loans changed."""
    country = store.lock_council(tx, council)
    if country is None:
        return 0, 0
    days = model.days_to_close(on, store.last_closed(tx, council))[:_MOST_DAYS]
    changed = 0
    for day in days:
        store.add_closed_day(tx, council, day)
        buckets = tx.rules("loan_arrears", day, country)["buckets"]
        for row in store.age_loans(tx, council, day, buckets):
            told = {name: value for name, value in row.items() if name != "version"}
            tx.emit(events.ArrearsChanged, subject=row["loan"], version=row["version"], **told)
            changed += 1
    return len(days), changed


def _quarter_begins(tx: Transaction, country: str, day: date) -> date:
    month = fund.fiscal_year_start_month(tx, country)
    return quarter_bounds(fiscal_year(day, month), fiscal_quarter(day, month), month)[0]


def _country_of(tx: Transaction, area: UUID) -> str:
    tx.require_area(area)
    found = tx.area(area)
    if found is None:
        raise NotFound("not_found", "There is no such record within your area.")
    return str(found["country"])
