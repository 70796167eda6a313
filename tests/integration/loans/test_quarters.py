"""Quarters whose books are closed."""

from datetime import date
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors as sql

from chassis.errors import Conflict, Refused
from loans.ledger import store
from loans.ledger.model import Pot


def test_a_closed_quarter_keeps_its_figures_for_good(office):
    office.set_aside(100_000_000)
    office.lent(2_000_000)
    told = office.close_quarter(1)
    assert told["ends"] == "2025-09-30"
    ended = date(2025, 9, 30)
    assert {pot["pot"]: pot for pot in told["pots"]} == office.pots(ended)
    [event] = office.told(office.council, "quarter_closed")
    assert (event["fiscal_year"], event["quarter"], event["on"]) == ("2025/26", 1, "2026-06-30")
    assert [pot["outstanding"] for pot in event["pots"]] == [0, 2_000_000, 0]


def test_nothing_is_dated_into_a_closed_quarter(office):
    office.set_aside()
    application = office.submit(office.group(), on=date(2025, 9, 1))["application"]
    approved = office.approved(office.group())
    loan, other = office.lent(), office.lent()
    paid = office.repay(loan, 9_500_000, on=date(2025, 9, 20))["repayment"]
    office.close_quarter(1)
    closed = date(2025, 9, 30)
    for deed in (
        lambda: office.set_aside(on=closed),
        lambda: office.submit(office.group(), on=closed),
        lambda: office.decide(application, on=closed),
        lambda: office.decide(application, "reject", reason_code="other_priority", on=closed),
        lambda: office.disburse(approved, on=closed),
        lambda: office.withdraw(approved, on=closed),
        lambda: office.repay(loan, 1_000, on=closed),
        lambda: office.refund(loan, on=closed),
        lambda: office.void(other, on=closed),
        lambda: office.reverse(paid, on=closed),
        lambda: office.open_books(on=closed),
    ):
        with pytest.raises(Refused, match="quarter_closed"):
            deed()
    assert office.decide(application, on=date(2025, 10, 1))["status"] == "approved"


def test_what_is_known_too_late_is_an_adjustment_about_its_day(office):
    office.set_aside(100_000_000)
    loan = office.lent(2_000_000)
    office.close_quarter(1)
    before = office.pots(date(2025, 9, 30))
    paid_on, found_on = date(2025, 9, 22), date(2025, 10, 6)
    office.repay(loan, 400_000, on=found_on, relates_to=paid_on)
    office.set_aside(1_000_000, on=found_on, relates_to=date(2025, 9, 15))
    assert office.pots(date(2025, 9, 30)) == before
    assert office.pots(found_on)["youth"]["repayments"] == 400_000
    [event] = office.told(loan, "repayment_recorded")
    assert (event["on"], event["relates_to"]) == ("2025-10-06", "2025-09-22")
    rows = office.svc.sql(
        """SELECT kind, relates_to FROM entry WHERE council = %(council)s AND relates_to IS NOT NULL
           ORDER BY relates_to DESC, kind""",
        council=office.council,
    )
    assert [(row["kind"], row["relates_to"]) for row in rows] == [
        ("repayment", paid_on),
        *[("set_aside", date(2025, 9, 15))] * 3,
    ]
    with pytest.raises(Refused, match="quarter_open"):
        office.repay(loan, 1_000, on=date(2025, 11, 3), relates_to=found_on)
    with pytest.raises(Refused, match="before_disbursement"):
        office.repay(loan, 1_000, on=found_on, relates_to=date(2025, 8, 31))


def test_a_payment_of_a_closed_quarter_is_reversed_on_the_day_when_that_was_found(office):
    office.set_aside(100_000_000)
    loan = office.lent(2_000_000)
    repayment = office.repay(loan, 400_000, on=date(2025, 9, 22))["repayment"]
    office.close_quarter(1)
    before = office.pots(date(2025, 9, 30))
    told = office.reverse(repayment, on=date(2025, 10, 6))
    assert (told["on"], told["relates_to"]) == ("2025-10-06", "2025-09-22")
    assert office.pots(date(2025, 9, 30)) == before
    assert office.ask("loan", loan=loan, as_of=date(2025, 10, 5))["outstanding"] == 1_600_000
    assert office.ask("loan", loan=loan, as_of=date(2025, 10, 6))["outstanding"] == 2_000_000
    office.repay(loan, 300_000, on=date(2025, 10, 2))  # between the payment and its reversal
    assert office.ask("loan", loan=loan, as_of=date(2025, 10, 5))["outstanding"] == 1_300_000
    assert office.ask("loan", loan=loan)["outstanding"] == 1_700_000


def test_an_approval_that_lapsed_in_a_closed_quarter_is_released_on_the_first_open_day(office):
    office.set_aside(100_000_000)
    application = office.approved(office.group(), 2_000_000)
    office.close_quarter(2)
    office.release()
    [event] = office.told(application, "application_lapsed")
    assert (event["on"], event["relates_to"]) == ("2026-01-01", "2025-10-19")
    assert office.pots(date(2025, 12, 31))["youth"]["reserved"] == 2_000_000


def test_quarters_are_closed_in_order_once_and_after_their_end(office):
    with pytest.raises(Refused, match="quarter_not_over"):
        office.close_quarter(4)
    office.close_quarter(2)
    for quarter in (1, 2):
        with pytest.raises(Refused, match="quarter_closed"):
            office.close_quarter(quarter)
    assert office.close_quarter(3)["ends"] == "2026-03-31"


def test_the_database_refuses_what_the_code_would_let_through(office):
    office.set_aside()
    loan = office.lent()
    office.close_quarter(1)
    with pytest.raises(sql.CheckViolation, match="closed quarter"), office.svc.tx() as tx:
        store.post(tx, Pot(office.council, "youth").set_aside(uuid4(), date(2025, 9, 30), 5))
    with (
        psycopg.connect(office.svc.settings.database_dsn) as connection,
        pytest.raises(sql.CheckViolation, match="closed quarter"),
    ):
        connection.execute(
            """INSERT INTO repayment (repayment, loan, council, "on", amount, receipt_number, bank_reference,
                                      recorded_at, recorded_by)
               VALUES (%s, %s, %s, '2025-09-30', 1, 'R', 'B', now(), 'nobody')""",
            (uuid4(), loan, office.council),
        )


def test_a_closing_waits_for_the_facts_that_are_on_their_way(office):
    office.set_aside()
    hold = "SELECT 1 FROM pot WHERE council = %s ORDER BY pot FOR UPDATE"
    late = Pot(office.council, "youth").set_aside(uuid4(), date(2025, 10, 1), 5)
    with psycopg.connect(office.svc.settings.database_dsn) as connection:
        connection.execute("SET lock_timeout = '200ms'")
        with office.svc.tx() as tx:
            store.post(tx, late)
            with pytest.raises(sql.LockNotAvailable):
                connection.execute(hold, (office.council,))
            tx.connection.rollback()
        connection.rollback()
        assert connection.execute(hold, (office.council,)).rowcount == 3


def test_the_pots_open_with_what_they_held_once(office):
    told = office.open_books()
    assert told["pots"] == {"women": 3_000_000, "youth": 2_000_000, "pwd": 0}
    youth = office.pots()["youth"]
    assert (youth["opening"], youth["available"]) == (2_000_000, 2_000_000)
    with pytest.raises(Conflict, match="already_opened"):
        office.open_books()
    [event] = office.told(office.council, "opening_balance_recorded")
    assert event["pots"] == told["pots"]
    assert office.lent(1_500_000)


def test_an_opening_balance_is_not_dated_after_what_is_in_the_books(office):
    office.set_aside(on=date(2025, 7, 14))
    with pytest.raises(Refused, match="opening_after_facts"):
        office.open_books(on=date(2025, 7, 15))
    with pytest.raises(Refused, match="nothing_held"):
        office.open_books(pots={"women": 0, "youth": 0, "pwd": 0})
    office.open_books(on=date(2025, 7, 14))
