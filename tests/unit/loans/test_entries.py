"""How facts are booked: every entry balances in each of its books."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.ledger.model import CHART, Entry, Posting, Pot, available_moves, credit, debit, shortfall_changes

ON = date(2025, 9, 1)
LOAN, APPLICATION, REPAYMENT = uuid4(), uuid4(), uuid4()
POT = Pot(uuid4(), "youth")
amounts = st.integers(min_value=1, max_value=9_000_000_000_000_000)


def moves(entry: Entry) -> dict[str, int]:
    """What an entry adds to each kind of account, on the side on which that kind grows."""
    return {
        line.kind: (line.debit - line.credit) * (1 if CHART[line.kind].normal == "debit" else -1)
        for line in entry.postings
    }


@given(amounts, amounts)
def test_every_fact_keeps_what_came_in_equal_to_where_it_went(amount, over):
    for entry in (
        POT.set_aside(uuid4(), ON, amount),
        POT.reserve(APPLICATION, ON, amount),
        POT.disburse(LOAN, APPLICATION, ON, amount),
        POT.repay(REPAYMENT, LOAN, ON, amount, over),
        POT.repay(REPAYMENT, LOAN, ON, amount, 0),
        POT.repay(REPAYMENT, LOAN, ON, 0, over),
        POT.reallocate(REPAYMENT, LOAN, ON, amount),
        POT.reallocate(REPAYMENT, LOAN, ON, -amount),
        POT.reverse(REPAYMENT, LOAN, ON, amount, over),
        POT.reverse(REPAYMENT, LOAN, ON, 0, over),
        POT.refund(uuid4(), LOAN, ON, amount),
        POT.void(LOAN, APPLICATION, ON, amount, reserved=True),
        POT.void(LOAN, APPLICATION, ON, amount, reserved=False),
        POT.release(APPLICATION, ON, amount),
        POT.open(uuid4(), ON, amount),
        POT.fall_short(REPAYMENT, ON, amount),
        POT.fall_short(REPAYMENT, ON, -amount),
    ):
        fund = [line for line in entry.postings if CHART[line.kind].book == "fund"]
        assert sum(line.debit for line in fund) == sum(line.credit for line in fund)
        assert entry.postings


def test_an_approval_moves_money_from_available_to_reserved():
    assert moves(POT.reserve(APPLICATION, ON, 500_000)) == {"reserved": 500_000, "available": -500_000}


def test_a_disbursement_leaves_the_reserve_and_the_group_owes_it():
    assert moves(POT.disburse(LOAN, APPLICATION, ON, 500_000)) == {
        "disbursed": 500_000,
        "reserved": -500_000,
        "outstanding": 500_000,
        "lent": 500_000,
    }


def test_a_repayment_can_be_lent_again_and_what_is_over_is_held_for_the_group():
    assert moves(POT.repay(REPAYMENT, LOAN, ON, 400_000, 100_000)) == {
        "available": 400_000,
        "credit_held": 100_000,
        "repayment": 500_000,
        "lent": -400_000,
        "outstanding": -400_000,
    }


def test_an_entry_that_does_not_balance_cannot_be_made():
    with pytest.raises(ValueError, match="does not balance"):
        Entry("slip", POT.council, "youth", ON, LOAN, (debit("available", 2), credit("set_aside", 1)))


def test_the_two_books_do_not_balance_each_other():
    with pytest.raises(ValueError, match="does not balance"):
        Entry("slip", POT.council, "youth", ON, LOAN, (debit("available", 2), credit("lent", 2)))


def test_a_reserve_belongs_to_its_application():
    with pytest.raises(ValueError, match="belongs to its application"):
        Entry("slip", POT.council, "youth", ON, LOAN, (debit("reserved", 2), credit("available", 2)))


def test_a_posting_has_one_positive_amount():
    with pytest.raises(ValueError, match="one positive amount"):
        Entry("slip", POT.council, "youth", ON, LOAN, (Posting("available", None, 0, 0),))


@given(amounts, amounts)
def test_a_reversal_is_the_opposite_of_its_payment(amount, over):
    there = moves(POT.repay(REPAYMENT, LOAN, ON, amount, over))
    assert moves(POT.reverse(REPAYMENT, LOAN, ON, amount, over)) == {kind: -by for kind, by in there.items()}


def test_a_void_is_the_opposite_of_its_disbursement_while_the_approval_holds():
    there = moves(POT.disburse(LOAN, APPLICATION, ON, 5))
    back = moves(POT.void(LOAN, APPLICATION, ON, 5, reserved=True))
    assert back == {kind: -by for kind, by in there.items()}
    assert moves(POT.void(LOAN, APPLICATION, ON, 5, reserved=False))["available"] == 5


def test_an_adjustment_says_which_day_it_is_about():
    entry = POT.set_aside(uuid4(), ON, 5)
    assert entry.adjusting(ON - timedelta(9)).relates_to == ON - timedelta(9)
    assert entry.relates_to is None


def day(n: int) -> date:
    return ON + timedelta(n)


def test_what_was_lent_again_falls_short_until_money_covers_it():
    held = {day(0): 10, day(5): -10}  # paid in, lent again
    undone = {day(0): -10}
    short = shortfall_changes(held, {}, undone, may_fall_short=True)
    assert short == {day(5): 10}
    now = {day(0): 0, day(5): 0}  # available as the ledger has it: its moves and the shortfall's
    assert shortfall_changes(now, short, {day(7): 4}, may_fall_short=False) == {day(7): -4}
    assert shortfall_changes(now, short, {day(1): 40}, may_fall_short=False) == {day(5): -10}


def test_nothing_but_a_correction_falls_short():
    assert shortfall_changes({day(0): 10}, {}, {day(1): -11}, may_fall_short=False) == {}


facts = st.lists(
    st.tuples(st.integers(min_value=0, max_value=20), st.integers(min_value=-50, max_value=50)), max_size=20
)


@given(facts, st.randoms(use_true_random=False))
def test_in_any_order_of_entry_the_shortfall_of_each_day_is_what_is_missing(told, random):
    """The shortfall of a day is what the facts up to it lack, and available is the rest: never both."""
    random.shuffle(told)
    available: dict[date, int] = {}
    shortfall: dict[date, int] = {}
    for n, amount in told:
        entry = POT.set_aside(uuid4(), day(n), abs(amount)) if amount else None
        move = {day(n): amount}
        assert entry is None or amount < 0 or available_moves([entry]) == move
        changes = shortfall_changes(available, shortfall, move, may_fall_short=True)
        for on, change in changes.items():
            shortfall[on] = shortfall.get(on, 0) + change
            available[on] = available.get(on, 0) + change
        available[day(n)] = available.get(day(n), 0) + amount
    for n in range(21):
        raw = sum(amount for at, amount in told if at <= n)
        assert sum(by for on, by in shortfall.items() if on <= day(n)) == max(0, -raw)
        assert sum(by for on, by in available.items() if on <= day(n)) == max(0, raw)
