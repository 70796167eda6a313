"""Loans that are given up, recovered, or put off."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from chassis.errors import Conflict, Refused

ASKED, GIVEN_UP, LATER = date(2027, 2, 3), date(2027, 2, 15), date(2027, 3, 1)


@pytest.fixture
def late(office):
    """A loan of 9,000,000 of which 1,000,000 came in; it is more than a year late now."""
    office.set_aside(100_000_000)
    office.people = [office.member() for _ in range(5)]
    office.borrower = office.group(members=office.people)
    loan = office.lent(9_000_000, office.borrower)
    office.first = office.repay(loan, 1_000_000, on=date(2026, 1, 1))["repayment"]
    office.svc.at(datetime(2027, 6, 30, 9, tzinfo=UTC))
    office.open_window(LATER, LATER)
    return loan


def ask(office, loan, on=ASKED, reason_code="group_cannot_be_found", caller="officer"):
    body = {"loan": loan, "on": on, "reason_code": reason_code, "instrument": "COL 1"}
    return office.svc.call("request_write_off", body, roles=["council_officer"], caller=caller)


def give_up(office, loan, on=GIVEN_UP):
    return office.give_up(loan, on)


def recover(office, loan, amount, on=LATER, **body):
    return office.recover(loan, amount, on, **body)


def test_a_loan_is_given_up_by_two_persons_and_leaves_the_portfolio(office, late):
    told = ask(office, late)
    assert (told["outstanding"], told["days_late"]) == (8_000_000, 366)
    told = give_up(office, late)
    assert told["amount"] == 8_000_000
    seen = office.ask("loan", loan=late)
    assert (seen["state"], seen["outstanding"], seen["written_off"]) == ("written_off", 0, 8_000_000)
    assert office.ask("loan", loan=late, as_of=date(2027, 2, 14))["state"] == "active"
    assert office.pots()["youth"]["outstanding"] == 0
    portfolio = office.ask("portfolio", area=office.council)
    assert (portfolio["loans"], portfolio["outstanding"]) == (0, 0)
    assert office.ask("portfolio", area=office.council, as_of=date(2027, 2, 14))["loans"] == 1
    [event] = office.told(late, "loan_written_off")
    assert (event["amount"], event["reason_code"]) == (8_000_000, "group_cannot_be_found")


def test_nobody_gives_a_loan_up_alone_too_early_or_unasked(office, late):
    with pytest.raises(Refused, match="not_late_enough"):
        ask(office, late, on=date(2026, 12, 1))
    with pytest.raises(Refused, match="reason_unknown"):
        ask(office, late, reason_code="because")
    with pytest.raises(Conflict, match="not_requested"):
        give_up(office, late)
    ask(office, late, on=date(2027, 2, 10))
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "approve_write_off", roles=["council_director"], caller="officer", loan=late, on=GIVEN_UP
        )
    with pytest.raises(Refused, match="before_earlier_step"):
        give_up(office, late, on=date(2027, 2, 9))
    office.repay(late, 1_000, on=date(2027, 2, 20))
    with pytest.raises(Refused, match="before_last_payment"):
        give_up(office, late)
    give_up(office, late, on=date(2027, 2, 20))
    with pytest.raises(Refused, match="loan_not_active"):
        give_up(office, late, on=LATER)


def test_a_loan_that_was_put_off_or_paid_up_since_it_was_asked_for_is_not_given_up(office, late):
    ask(office, late)
    put_off(office, late, on=date(2027, 2, 11), first_due_on=date(2027, 8, 2), instalments=1)
    with pytest.raises(Refused, match="not_late_enough"):
        give_up(office, late)
    assert office.ask("loan", loan=late)["outstanding"] == 8_000_000


def test_a_member_of_the_group_neither_gives_its_loan_up_nor_puts_it_off_nor_pays_its_credit_out(
    office, late
):
    hers = {"roles": ["council_director"], "caller": office.people[0]["member"]}
    ask(office, late)
    with pytest.raises(Refused, match="member_decides"):
        office.svc.call("approve_write_off", **hers, loan=late, on=GIVEN_UP)
    office.ask_to_put_off(late, on=ASKED, first_due_on=date(2027, 8, 2))
    with pytest.raises(Refused, match="member_decides"):
        office.svc.call("reschedule_loan", **hers, loan=late, on=GIVEN_UP)
    office.repay(late, 8_000_001, on=GIVEN_UP)
    with pytest.raises(Refused, match="member_decides"):
        office.svc.call("refund_credit", **hers, loan=late, on=LATER, bank_reference="REF MINE 1")


def test_a_loan_is_not_given_up_before_a_payment_of_a_closed_quarter_was_reversed(office, late):
    for quarter in (1, 2, 3):
        office.close_quarter(quarter)
    office.reverse(office.first, on=date(2027, 2, 20))
    ask(office, late)
    with pytest.raises(Refused, match="before_last_payment"):
        give_up(office, late, on=GIVEN_UP)
    assert give_up(office, late, on=date(2027, 2, 20))["amount"] == 9_000_000
    assert office.pots(GIVEN_UP)["youth"]["outstanding"] == 8_000_000


def test_a_recovery_goes_to_the_pot_and_the_group_stays_out_until_it_is_clear(office, late):
    ask(office, late)
    give_up(office, late)
    before = office.pots()["youth"]["available"]
    with pytest.raises(Refused, match="loan_written_off"):
        office.repay(late, 1_000, on=LATER)
    told = recover(office, late, 3_000_000)
    assert (told["written_off"], told["state"]) == (5_000_000, "written_off")
    youth = office.pots()["youth"]
    assert (youth["recoveries"], youth["available"] - before) == (3_000_000, 3_000_000)
    for group in (office.borrower, office.group(members=office.people)):
        with pytest.raises(Refused, match="not_eligible"):
            office.submit(group, on=LATER)
    with pytest.raises(Refused, match="more_than_written_off"):
        recover(office, late, 5_000_001)
    assert recover(office, late, 5_000_000)["state"] == "recovered"
    assert office.ask("loan", loan=late)["state"] == "recovered"
    assert office.submit(office.borrower, on=LATER)["status"] == "submitted"
    assert [event["written_off"] for event in office.told(late, "recovery_recorded")] == [5_000_000, 0]


def test_a_receipt_stands_for_one_payment_be_it_a_repayment_or_a_recovery(office, late):
    ask(office, late)
    give_up(office, late)
    receipt = office.number("ERV")
    recover(office, late, 1_000, receipt_number=receipt)
    with pytest.raises(Conflict, match="receipt_number_taken"):
        office.repay(office.lent(), 1_000, receipt_number=receipt)


def test_a_recovery_is_reversed_and_owed_again(office, late):
    ask(office, late)
    give_up(office, late)
    recovery = recover(office, late, 8_000_000)["recovery"]
    told = office.reverse(recovery, on=LATER)
    assert (told["principal"], told["state"], told["shortfall"]) == (8_000_000, "written_off", 0)
    assert office.pots()["youth"]["recoveries"] == 0
    assert office.told(late, "loan_reopened")
    assert [event["written_off"] for event in office.told(late, "recovery_reversed")] == [8_000_000]
    with pytest.raises(Refused, match="not_eligible"):
        office.submit(office.borrower, on=LATER)
    assert recover(office, late, 8_000_000)["state"] == "recovered"


def test_a_payment_that_is_reversed_after_the_write_off_is_written_off_too(office, late):
    ask(office, late)
    give_up(office, late)
    told = office.reverse(office.first, on=LATER)
    assert (told["principal"], told["outstanding"], told["state"]) == (1_000_000, 0, "written_off")
    assert office.ask("loan", loan=late)["written_off"] == 9_000_000
    assert office.pots(date(2027, 2, 14))["youth"]["outstanding"] == 9_000_000
    assert office.pots()["youth"]["outstanding"] == 0


def put_off(office, loan, on=date(2026, 4, 7), first_due_on=date(2026, 5, 4), **body):
    """Asked for by one officer and granted by another on the same day."""
    office.ask_to_put_off(loan, on=on, first_due_on=first_due_on, **body)
    return office.put_off(loan, on)


def test_a_loan_that_is_put_off_keeps_its_contract_and_counts_as_at_risk(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    office.repay(loan, 1_000_000, on=date(2026, 1, 1))
    before = office.ask("schedule", loan=loan, as_of=date(2026, 4, 6))["instalments"]
    told = put_off(office, loan)
    assert [(line["due_on"], line["amount"]) for line in told["instalments"]] == [
        ("2026-04-07", 1_000_000),
        ("2026-05-04", 2_000_000),
        ("2026-06-04", 2_000_000),
        ("2026-07-06", 2_000_000),
        ("2026-08-04", 2_000_000),
    ]
    assert office.ask("schedule", loan=loan, as_of=date(2026, 4, 6))["instalments"] == before
    seen = office.ask("loan", loan=loan, as_of=date(2026, 4, 30))
    assert (seen["overdue"], seen["days_late"], seen["outstanding"]) == (0, 0, 8_000_000)
    assert office.ask("loan", loan=loan, as_of=date(2026, 4, 6))["overdue"] == 3_000_000
    told = office.ask("portfolio", area=office.council, as_of=date(2026, 4, 30))
    assert (told["overdue"], told["rescheduled"]) == (0, 8_000_000)
    assert {row["outstanding"] for row in told["at_risk"]} == {8_000_000}
    assert office.ask("loan", loan=loan, as_of=date(2026, 5, 5))["overdue"] == 2_000_000
    [event] = office.told(loan, "loan_rescheduled")
    assert (event["revision"], event["outstanding"], event["reason_code"]) == (1, 8_000_000, "disaster")


def test_the_on_time_rate_is_of_the_contract_whatever_is_put_off(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    put_off(office, loan, on=date(2026, 1, 5))
    told = office.ask("portfolio", area=office.council, as_of=date(2026, 3, 31))
    assert (told["fell_due"], told["on_time"]) == (3_000_000, 0)


def test_a_loan_is_put_off_forwards_and_while_it_is_owed(office):
    office.set_aside()
    loan = office.lent(2_000_000)
    with pytest.raises(Refused, match="first_due_too_early"):
        put_off(office, loan, first_due_on=date(2026, 4, 7))
    with pytest.raises(Refused, match="reason_unknown"):
        put_off(office, loan, reason_code="because")
    put_off(office, loan)
    with pytest.raises(Refused, match="before_earlier_step"):
        put_off(office, loan)
    assert put_off(office, loan, on=date(2026, 4, 8))["revision"] == 2
    office.repay(loan, 2_000_000, on=date(2026, 4, 9))
    with pytest.raises(Refused, match="loan_not_active"):
        put_off(office, loan, on=date(2026, 4, 10))


def test_putting_a_loan_off_takes_two_persons_and_a_request_that_waits(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    with pytest.raises(Conflict, match="not_requested"):
        office.put_off(loan, date(2026, 4, 7))
    told = office.ask_to_put_off(loan, on=date(2026, 4, 7), caller="director", roles=["council_officer"])
    assert (told["revision"], told["outstanding"]) == (1, 9_000_000)
    with pytest.raises(Refused, match="maker_is_checker"):
        office.put_off(loan, date(2026, 4, 8))
    office.ask_to_put_off(loan, on=date(2026, 4, 8), first_due_on=date(2026, 6, 1), instalments=3)
    with pytest.raises(Refused, match="before_earlier_step"):
        office.put_off(loan, date(2026, 4, 7))
    told = office.put_off(loan, date(2026, 4, 9))
    assert [line["amount"] for line in told["instalments"]] == [3_000_000] * 3
    assert told["instalments"][0]["due_on"] == "2026-06-01"
    with pytest.raises(Conflict, match="not_requested"):
        office.put_off(loan, date(2026, 4, 10))
    assert [event["instalments"] for event in office.told(loan, "reschedule_requested")] == [4, 3]
    assert len(office.told(loan, "loan_rescheduled")) == 1


def test_the_database_keeps_the_two_persons_apart_and_the_request_as_it_was(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    put_off(office, loan)
    with pytest.raises(psycopg.errors.CheckViolation):
        office.svc.sql(
            "UPDATE reschedule_request SET instalments = 9 WHERE loan = %(loan)s RETURNING 1", loan=loan
        )
    office.ask_to_put_off(loan, on=date(2026, 4, 8))
    for requested_by, error in (
        ("officer", psycopg.errors.CheckViolation),
        (None, psycopg.errors.CheckViolation),
        ("nobody", psycopg.errors.ForeignKeyViolation),
    ):
        with pytest.raises(error):
            office.svc.sql(
                """INSERT INTO reschedule (loan, revision, "on", outstanding, reason_code, instrument, requested_by,
                                           recorded_at, recorded_by)
                   VALUES (%(loan)s, 2, '2026-04-09', 1, 'x', 'x', %(by)s, now(), 'officer') RETURNING 1""",
                loan=loan,
                by=requested_by,
            )
