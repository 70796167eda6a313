"""How facts are booked: every entry balances in each of its books."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.ledger.model import CHART, Entry, Pot, credit, debit

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
        Entry("slip", POT.council, "youth", ON, LOAN, (debit("available", -2), credit("set_aside", -2)))
