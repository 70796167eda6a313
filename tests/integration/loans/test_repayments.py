"""Money comes back."""

from datetime import date
from itertools import permutations
from uuid import uuid4

import pytest

from chassis.errors import Conflict, NotFound, Refused


def about(office, loan, type):
    return [e["data"] for e in office.svc.events(type) if e["subject"] == loan]


def test_a_payment_returns_to_the_pot_that_it_came_from(office):
    office.set_aside(100_000_000)
    loan = office.lent(9_000_000, office.group("women"))
    told = office.repay(loan, 1_000_000)
    assert (told["principal"], told["credit"], told["outstanding"], told["state"]) == (
        1_000_000,
        0,
        8_000_000,
        "active",
    )
    women = office.pots()["women"]
    assert (women["repayments"], women["available"], women["outstanding"]) == (
        1_000_000,
        32_000_000,
        8_000_000,
    )
    assert office.pots()["youth"]["available"] == 40_000_000


def test_the_event_tells_what_was_paid_and_what_is_still_owed(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    told = office.repay(loan, 1_000_000)
    [event] = about(office, loan, "repayment_recorded")
    assert {k: v for k, v in event.items() if k not in ("group", "council", "ward") and v} == {
        "repayment": told["repayment"],
        "loan": loan,
        "pot": "youth",
        "amount": 1_000_000,
        "principal": 1_000_000,
        "on": "2026-01-05",
        "outstanding": 8_000_000,
    }
    assert event["credit"] == 0


def test_an_overpayment_is_held_as_the_groups_credit(office):
    office.set_aside(100_000_000)
    loan = office.lent(9_000_000)
    told = office.repay(loan, 9_500_000)
    assert (told["principal"], told["credit"], told["outstanding"], told["state"]) == (
        9_000_000,
        500_000,
        0,
        "repaid",
    )
    youth = office.pots()["youth"]
    assert (youth["credits_held"], youth["available"], youth["repayments"]) == (
        500_000,
        40_000_000,
        9_500_000,
    )
    seen = office.ask("loan", loan=loan)
    assert (seen["state"], seen["credit"], seen["repaid_on"]) == ("repaid", 500_000, "2026-01-05")


def test_money_that_came_back_can_be_lent_again(office):
    office.set_aside(10_000_000)  # youth: 4,000,000
    loan = office.lent(4_000_000)
    other = office.submit(office.group(), 3_000_000, on=date(2026, 1, 6))["application"]
    with pytest.raises(Refused, match="pot_exhausted"):
        office.decide(other, on=date(2026, 1, 20))
    office.repay(loan, 3_000_000)
    assert office.decide(other, on=date(2026, 1, 20))["status"] == "approved"


def test_a_repaid_loan_sets_its_group_and_members_free(office):
    office.set_aside()
    people = [office.member() for _ in range(5)]
    group = office.group(members=people)
    loan = office.lent(2_000_000, group)
    again = {"on": date(2026, 2, 2)}
    with pytest.raises(Refused, match="not_eligible"):
        office.submit(group, **again)
    office.repay(loan, 1_999_999)
    with pytest.raises(Refused, match="not_eligible"):
        office.submit(office.group(members=people), **again)
    office.repay(loan, 1)
    assert [event["on"] for event in about(office, loan, "loan_repaid")] == ["2026-01-05"]
    assert office.submit(group, **again)["status"] == "submitted"


def test_a_payment_after_the_last_one_is_all_credit_and_the_loan_is_repaid_once(office):
    office.set_aside()
    loan = office.lent(2_000_000)
    office.repay(loan, 2_000_000)
    told = office.repay(loan, 300_000)
    assert (told["principal"], told["credit"], told["state"]) == (0, 300_000, "repaid")
    assert len(about(office, loan, "loan_repaid")) == 1


def test_receipt_numbers_are_unique_in_the_council_and_bank_references_everywhere(office, new_office):
    office.set_aside()
    loan = office.lent()
    receipt, reference = office.number("ERV"), office.number("NMB")
    office.repay(loan, 1_000, receipt_number=receipt, bank_reference=reference)
    with pytest.raises(Conflict, match="receipt_number_taken"):
        office.repay(loan, 1_000, receipt_number=receipt.lower())
    with pytest.raises(Conflict, match="bank_reference_taken"):
        office.repay(loan, 1_000, bank_reference=reference.replace(" ", ""))
    elsewhere = new_office()
    elsewhere.set_aside()
    there = elsewhere.lent()
    with pytest.raises(Conflict, match="bank_reference_taken"):
        elsewhere.repay(there, 1_000, bank_reference=reference)
    assert elsewhere.repay(there, 1_000, receipt_number=receipt)["principal"] == 1_000
    assert office.ask("loan", loan=loan)["outstanding"] == 8_999_000


def test_nothing_is_paid_before_disbursement_or_in_the_future(office):
    office.set_aside()
    loan = office.lent()
    with pytest.raises(Refused, match="before_disbursement"):
        office.repay(loan, 1_000, on=date(2025, 8, 31))
    with pytest.raises(Refused, match="in_future"):
        office.repay(loan, 1_000, on=date(2026, 7, 1))
    assert office.repay(loan, 1_000, on=office.disbursed_on)["outstanding"] == 8_999_000


def test_any_order_of_entry_gives_the_same_books_on_every_day(office):
    """Four payments, the last one over: every order of recording leaves one and the same pot, day by day."""
    payments = [
        (date(2026, 1, 5), 400_000),
        (date(2026, 2, 5), 300_000),
        (date(2026, 2, 5), 200_000),
        (date(2026, 3, 5), 400_000),
    ]
    days = [date(2026, 1, 4), date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 6, 30)]
    books = []
    for order in list(permutations(payments))[::5]:
        before = {day: office.pots(day)["pwd"] for day in days}
        office.set_aside(5_000_000)
        loan = office.lent(1_000_000, office.group("pwd"))
        for on, amount in order:
            office.repay(loan, amount, on=on)
        after = {day: office.pots(day)["pwd"] for day in days}
        moved = {
            day: {
                name: after[day][name] - before[day][name]
                for name in ("available", "credits_held", "outstanding")
            }
            for day in days
        }
        books.append((moved, [office.ask("loan", loan=loan, as_of=day)["outstanding"] for day in days]))
        assert office.faults() == []
    assert all(book == books[0] for book in books)
    assert [day["credits_held"] for day in books[0][0].values()] == [0, 0, 0, 300_000, 300_000]
    assert books[0][1] == [1_000_000, 600_000, 100_000, 0, 0]


def test_a_back_dated_payment_turns_part_of_a_later_one_into_credit(office):
    office.set_aside()
    loan = office.lent(1_000_000)
    office.repay(loan, 1_000_000, on=date(2026, 3, 5))
    told = office.repay(loan, 400_000, on=date(2026, 1, 5))
    assert (told["principal"], told["credit"], told["outstanding"], told["state"]) == (
        0,
        400_000,
        0,
        "repaid",
    )
    statement = office.ask("statement", loan=loan)
    assert [(line["on"], line["principal"], line["credit"]) for line in statement["payments"]] == [
        ("2026-01-05", 400_000, 0),
        ("2026-03-05", 600_000, 400_000),
    ]
    assert office.pots(date(2026, 2, 1))["youth"]["available"] == 220_200_000 - 1_000_000 + 400_000


def test_the_statement_says_which_payment_paid_which_instalment(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    first = office.repay(loan, 1_500_000, on=date(2026, 1, 5))["repayment"]
    statement = office.ask("statement", loan=loan)
    [line] = statement["payments"]
    assert line["repayment"] == first
    assert line["paid"] == [{"number": 1, "amount": 1_000_000}, {"number": 2, "amount": 500_000}]
    assert (line["outstanding"], statement["outstanding"], statement["credit"]) == (7_500_000, 7_500_000, 0)


def test_the_loan_tells_what_is_overdue_and_since_when(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    office.repay(loan, 1_500_000, on=date(2026, 1, 1))
    seen = office.ask("loan", loan=loan, as_of=date(2026, 2, 12))
    assert (seen["overdue"], seen["days_late"]) == (500_000, 10)
    assert [line["state"] for line in seen["instalments"]][:3] == ["paid", "overdue", "open"]
    assert office.ask("schedule", loan=loan, as_of=date(2026, 2, 12))["instalments"] == seen["instalments"]


def test_loans_are_listed_with_their_balances(office):
    office.set_aside()
    loans = [office.lent(2_000_000) for _ in range(3)]
    office.repay(loans[1], 2_500_000)
    office.repay(loans[2], 500_000)
    rows = office.ask("loans", council=office.council)["loans"]
    assert [(row["loan"], row["state"], row["outstanding"], row["credit"]) for row in rows] == [
        (loans[0], "active", 2_000_000, 0),
        (loans[1], "repaid", 0, 500_000),
        (loans[2], "active", 1_500_000, 0),
    ]
    page = office.ask("loans", council=office.council, state="active", limit=1)
    assert ([row["loan"] for row in page["loans"]], page["after"]) == ([loans[0]], loans[0])


def test_a_loan_outside_the_callers_areas_answers_as_not_found(office, new_office):
    office.set_aside()
    loan = office.lent()
    elsewhere = new_office()
    for method in ("loan", "schedule", "statement"):
        with pytest.raises(NotFound):
            office.svc.call(method, roles=["council_officer"], areas=[elsewhere.council], loan=loan)
        with pytest.raises(NotFound):
            office.ask(method, loan=str(uuid4()))
    with pytest.raises(NotFound):
        office.svc.call(
            "record_repayment",
            roles=["finance_officer"],
            areas=[elsewhere.council],
            loan=loan,
            on=date(2026, 1, 5),
            amount=1,
            receipt_number="R 1",
            bank_reference="B 1",
        )
    listed = office.svc.call("loans", roles=["ward_officer"], areas=[elsewhere.council])["loans"]
    assert loan not in {row["loan"] for row in listed}


def test_a_repeated_command_records_one_payment(office):
    office.set_aside()
    loan = office.lent()
    body = {"command_id": str(uuid4()), "receipt_number": office.number(), "bank_reference": office.number()}
    assert office.repay(loan, 1_000, **body) == office.repay(loan, 1_000, **body)
    assert office.ask("loan", loan=loan)["outstanding"] == 8_999_000
