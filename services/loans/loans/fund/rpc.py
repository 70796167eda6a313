"""The fund by RPC: set money aside, and ask where it stands."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.clock import quarter_bounds
from chassis.commands import command, query
from chassis.errors import Conflict, Invalid, NotFound, Refused
from chassis.transaction import Transaction
from loans import events
from loans.fund import model, store
from loans.fund.schemas import (
    FundPositionIn,
    FundPositionOut,
    RecordOpeningBalanceIn,
    RecordOpeningBalanceOut,
    SetAsideIn,
    SetAsideOut,
)
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.revenue import store as revenue
from loans.revenue.model import account_should_hold
from loans.scheme.store import lending_in


class FundRpc:
    """Mixed into the service class."""

    @command(SetAsideIn, replies=SetAsideOut, needs="fund.set_aside")
    def set_aside(
        self,
        tx: Transaction,
        council: UUID,
        fiscal_year: str,
        quarter: int,
        on: date,
        amount: int,
        instrument: str,
        relates_to: date | None,
    ) -> dict[str, Any]:
        """Record money that went into the special account, split among the pots by the rules of that day."""
        country = country_of_standing(tx, council)
        tx.not_in_future(on, country)
        begins, _ = quarter_of(tx, country, fiscal_year, quarter)
        model.require_set_aside_date(relates_to or on, begins)
        rule_version, rules = tx.rule_version("loan_rules", on, country)
        pots = model.split_set_aside(amount, rules["shares"])
        version = store.lock_fund(tx, council, country)
        require_open(on, quarters.closed_through(tx, council), relates_to)
        set_aside = tx.new_id()
        fact = {
            "council": council,
            "fiscal_year": fiscal_year,
            "quarter": quarter,
            "on": on,
            "amount": amount,
            "instrument": instrument,
            "relates_to": relates_to,
        }
        if not store.add_set_aside(
            tx, {**fact, **pots, "set_aside": set_aside, "rule_version": rule_version}
        ):
            raise Conflict(
                "instrument_taken", "This transfer is in the books already; check the instrument's number."
            )
        ledger.post(
            tx,
            *(
                Pot(council, pot).set_aside(set_aside, on, part).adjusting(relates_to)
                for pot, part in pots.items()
                if part
            ),
        )
        tx.emit(events.FundSetAside, subject=council, version=version, pots=pots, **fact)
        return {
            "set_aside": set_aside,
            "council": council,
            "amount": amount,
            "pots": pots,
            "rule_version": rule_version,
        }

    @command(RecordOpeningBalanceIn, replies=RecordOpeningBalanceOut, needs="fund.set_aside")
    def record_opening_balance(
        self, tx: Transaction, council: UUID, on: date, pots: dict[str, int], instrument: str
    ) -> dict[str, Any]:
        """Record what a council's pots held before these books began: once, dated before all else in them."""
        country = country_of_standing(tx, council)
        tx.not_in_future(on, country)
        version = store.lock_fund(tx, council, country)
        require_open(on, quarters.closed_through(tx, council))
        model.require_opening(on, pots, store.first_day(tx, council))
        opening = tx.new_id()
        fact = {"council": council, "on": on, "instrument": instrument}
        if not store.add_opening_balance(tx, {**fact, **pots, "opening": opening}):
            raise Conflict(
                "already_opened", "This council's books have an opening balance; read the fund's position."
            )
        ledger.post(tx, *(Pot(council, pot).open(opening, on, held) for pot, held in pots.items() if held))
        tx.emit(events.OpeningBalanceRecorded, subject=council, version=version, pots=pots, **fact)
        return {"council": council, "opening": opening, "pots": pots}

    @query(FundPositionIn, replies=FundPositionOut, needs="fund.read")
    def fund_position(self, tx: Transaction, council: UUID, as_of: date | None) -> dict[str, Any]:
        """Where each pot of a council stands at the end of a day."""
        country = country_of(tx, council)
        day = as_of or tx.today(country)
        stands = lending_in(tx, council, day, country)
        return {
            "council": council,
            "as_of": day,
            "pots": store.position(tx, council, day),
            "lending": stands.lending,
            "lending_instrument": stands.instrument,
            "account": _account(tx, council, day),
        }


def _account(tx: Transaction, council: UUID, as_of: date) -> dict[str, Any] | None:
    """The bank's last word up to a day beside what the books say of that day, as known now."""
    last = revenue.last_balance(tx, council, as_of)
    if last is None:
        return None
    held = account_should_hold(store.position(tx, council, last["on"]))
    return {**last, "ledger": held, "difference": last["balance"] - held}


def country_of(tx: Transaction, council: UUID) -> str:
    """The country of a council within the caller's areas."""
    tx.require_area(council)
    area = tx.area(council)
    if area is None:
        raise NotFound("not_found", "There is no such record within your area.")
    if area["level"] != "council":
        raise Refused("not_a_council", "A fund belongs to a council; name the council and not another area.")
    return str(area["country"])


def country_of_standing(tx: Transaction, council: UUID) -> str:
    """The country of a council that has not been abolished."""
    country = country_of(tx, council)
    area = tx.area(council)
    model.require_standing(area["valid_to"] if area else None, tx.today(country))
    return country


def quarter_of(tx: Transaction, country: str, fiscal_year: str, quarter: int) -> tuple[date, date]:
    """The first and the last day of a quarter of the country's fiscal year."""
    try:
        return quarter_bounds(fiscal_year, quarter, store.fiscal_year_start_month(tx, country))
    except ValueError:
        raise Invalid(
            "fiscal_year_unknown", "Name the fiscal year as in 2025/26.", {"fiscal_year": fiscal_year}
        ) from None
