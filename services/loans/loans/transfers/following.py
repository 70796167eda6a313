"""Loans, approvals and money follow the map: as each change takes effect, and however late it is told.

What is done depends on the map as it is now and on what has not moved yet, never on the event that came: so events
may come twice and in any order, before or after the loans that they concern.
"""

from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.deadlines import Deadline
from chassis.envelope import Event
from chassis.transaction import Transaction
from loans import events, foreign
from loans.arrears.rpc import await_day_close
from loans.fund import store as fund
from loans.ledger import store as ledger
from loans.ledger.model import LoanHistory, Pot
from loans.quarters import store as quarters
from loans.quarters.model import first_open
from loans.transfers import store
from loans.transfers.model import share

TAKES_EFFECT = "areas_take_effect"
_POTS = ("women", "youth", "pwd")


def area_moved(tx: Transaction, event: Event) -> None:
    scope.HANDLERS["area_moved"](tx, event)
    told = foreign.AreaMoved.read(event)
    if told["level"] == "ward":
        _await(tx, told["area"], told["country"], told["valid_from"])


def area_abolished(tx: Transaction, event: Event) -> None:
    scope.HANDLERS["area_abolished"](tx, event)
    told = foreign.AreaAbolished.read(event)
    if told["level"] == "council" and told["successors"]:
        shares = {each["area"]: each["weight"] for each in told["successors"]}
        store.note_change(tx, told["area"], told["valid_to"], shares)
    if told["level"] in ("ward", "council"):
        _await(tx, told["area"], told["country"], told["valid_to"])


def area_split(tx: Transaction, event: Event) -> None:
    """A council that goes on gives of its money only what the instrument says by weights."""
    told = foreign.AreaSplit.read(event)
    shares = {each["area"]: each["weight"] for each in told["into"]}
    if told["level"] == "council" and told["area"] in shares and all(shares.values()):
        store.note_change(tx, told["area"], told["on"], shares)
        _await(tx, told["area"], told["country"], told["on"])


HANDLERS = {"area_moved": area_moved, "area_abolished": area_abolished, "area_split": area_split}


def areas_take_effect(tx: Transaction, deadline: Deadline) -> None:
    follow(tx, deadline.data["country"])


def follow_late_entry(tx: Transaction, ward: UUID, council: UUID, country: str) -> None:
    """What is entered for a day on which its ward lay elsewhere goes where that lies by now, at once."""
    if store.lies_elsewhere(tx, ward, council, tx.today(country)):
        tx.set_deadline(tx.new_id(), TAKES_EFFECT, tx.now, {"country": country})


def _await(tx: Transaction, area: UUID, country: str, effective_on: date) -> None:
    """Follow on the day itself, by the country's clock; at once where that has come."""
    starts = tx.calendar(country).start_of_day(effective_on)
    subject = UUID(int=area.int ^ effective_on.toordinal())  # one deadline an area and day, told twice or not
    tx.set_deadline(subject, TAKES_EFFECT, max(starts, tx.now), {"country": country})


def follow(tx: Transaction, country: str) -> None:
    """Move whatever lies elsewhere by today's map, and share what is left of councils that were split or merged."""
    today = tx.today(country)
    store.place_groups(tx, country, today)
    # Once more after the first: what was paid out meanwhile is seen when its application is held.
    while strayed := store.strayed(tx, country, today):
        for each in strayed:
            if each["kind"] == "loan":
                _move_loan(tx, each, country)
            else:
                _move_application(tx, each, country)
    for change in store.due_changes(tx, today):
        _share_money(tx, change)


def _move_application(tx: Transaction, each: dict[str, Any], country: str) -> None:
    row = store.application(tx, each["subject"])
    if not row["live"]:
        return
    here, there, pot = row["council"], each["to_council"], row["pot"]
    move, on, reserved = tx.new_id(), each["since"], 0
    if here != there:
        on = _between(tx, here, there, country, each["since"])
        reserved = ledger.balance(tx, here, pot, "reserved", each["subject"])
        _note(tx, move, each, "reserve", reserved, on, each["since"])
        if reserved:
            ledger.post(
                tx,
                Pot(here, pot).hand_over_reserve(move, each["subject"], on, reserved),
                Pot(there, pot).take_over_reserve(move, each["subject"], on, reserved),
            )
    version = store.place_application(tx, each["subject"], there, each["to_ward"])
    tx.emit(
        events.ApplicationTransferred,
        subject=each["subject"],
        version=version,
        application=each["subject"],
        group=row["group"],
        handed_over_by=here,
        council=there,
        ward=each["to_ward"],
        pot=pot,
        on=on,
        reserved=reserved,
    )


def _move_loan(tx: Transaction, each: dict[str, Any], country: str) -> None:
    row = store.loan(tx, each["subject"])
    here, there, pot = row["council"], each["to_council"], row["pot"]
    if row["state"] == "void":
        return
    history = LoanHistory(**store.history_of(tx, each["subject"]))
    on = each["since"]
    if here != there:
        on = _between(tx, here, there, country, each["since"])
        history = LoanHistory(**store.history_of(tx, each["subject"]))
        move = tx.new_id()
        ledger.post(
            tx,
            Pot(here, pot).hand_over_loan(move, each["subject"], on, history),
            Pot(there, pot).take_over_loan(move, each["subject"], on, history),
        )
        _note(tx, move, each, "loan", history.outstanding + history.written_off, on, each["since"])
        await_day_close(tx, there, country)
    version = store.place_loan(tx, each["subject"], there, each["to_ward"])
    tx.emit(
        events.LoanTransferred,
        subject=each["subject"],
        version=version,
        loan=each["subject"],
        group=row["group"],
        handed_over_by=here,
        council=there,
        ward=each["to_ward"],
        pot=pot,
        on=on,
        outstanding=history.outstanding,
        written_off=history.written_off,
        credit=history.credit_held,
    )


def _share_money(tx: Transaction, change: dict[str, Any]) -> None:
    """What a council can promise goes to those who took over from it, by their shares."""
    council, effective_on = change["council"], change["effective_on"]
    store.settle(tx, council, effective_on)
    country = store.fund_of(tx, council)
    if country is None:
        return
    told = {UUID(heir): weight for heir, weight in change["shares"].items()}
    heirs = [heir for heir in told if heir != council]
    on = effective_on
    for heir in heirs:
        on = max(on, _between(tx, council, heir, country, effective_on))
    weights = (
        {heir: int(weight) for heir, weight in told.items()}
        if all(told.values())
        else store.taken_over(tx, council, list(told))
    )
    given: dict[UUID, dict[str, int]] = {heir: dict.fromkeys(_POTS, 0) for heir in heirs}
    for pot in _POTS:
        held = ledger.balance(tx, council, pot, "available") - ledger.balance(tx, council, pot, "shortfall")
        for heir, part in share(abs(held), weights).items():
            if heir != council and part:
                _move_money(tx, council, heir, pot, part if held > 0 else -part, on, effective_on)
                given[heir][pot] = part if held > 0 else -part
    for heir in heirs:
        if any(given[heir].values()):
            tx.emit(
                events.FundTransferred,
                subject=heir,
                version=fund.lock_fund(tx, heir, country),
                handed_over_by=council,
                council=heir,
                on=on,
                effective_on=effective_on,
                pots={pot: max(0, part) for pot, part in given[heir].items()},
                shortfalls={pot: max(0, -part) for pot, part in given[heir].items()},
            )


def _move_money(
    tx: Transaction, here: UUID, there: UUID, pot: str, amount: int, on: date, effective_on: date
) -> None:
    """Money that can be promised goes over; what a pot is short of is the other one's to cover, too."""
    move = tx.new_id()
    giver, taker = (here, there) if amount > 0 else (there, here)
    ledger.post(
        tx,
        Pot(giver, pot).hand_over(move, on, abs(amount)),
        Pot(taker, pot).take_over(move, on, abs(amount)),
        may_fall_short=amount < 0,
    )
    moved = {"subject": None, "council": giver, "to_council": taker, "pot": pot}
    _note(tx, move, moved, "money", abs(amount), on, effective_on)


def _between(tx: Transaction, here: UUID, there: UUID, country: str, effective_on: date) -> date:
    """The day on which something goes from one council's books to another's, with both held until the end.

    The day of the change, or the first after it on which neither has a closed quarter and nothing comes later in
    the books that it leaves.
    """
    fund.lock_fund(tx, there, country)
    store.lock_funds(tx, here, there)
    on = max(effective_on, store.last_day(tx, here) or effective_on)
    for council in (here, there):
        on = first_open(on, quarters.closed_through(tx, council)).on
    return on


def _note(
    tx: Transaction, move: UUID, each: dict[str, Any], kind: str, amount: int, on: date, effective_on: date
) -> None:
    store.add_transfer(
        tx,
        {
            "transfer": move,
            "handed_over_by": each["council"],
            "council": each["to_council"],
            "pot": each["pot"],
            "kind": kind,
            "subject": each["subject"],
            "amount": amount,
            "on": on,
            "effective_on": effective_on,
        },
    )
