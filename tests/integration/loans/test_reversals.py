"""A payment that never was."""

from datetime import date
from uuid import uuid4

import pytest

from chassis.errors import Conflict, NotFound, Refused

DAYS = [date(2025, 12, 31), date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5), date(2026, 6, 30)]


def books(office, loan=None):
    """The youth pot and the loan on every day that matters."""
    pots = {day: office.pots(day)["youth"] for day in DAYS}
    seen = [office.ask("loan", loan=loan, as_of=day) for day in DAYS] if loan else []
    return pots, [(s["outstanding"], s["credit"], s["overdue"], s["instalments"]) for s in seen]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_the_books_are_on_every_day_as_if_the_payment_had_never_been(new_office, gone):
    payments = [(DAYS[1], 400_000), (DAYS[2], 500_000), (DAYS[3], 400_000)]
    other = new_office()
    other.set_aside(5_000_000)
    twin = other.lent(1_000_000)
    for on, amount in payments[:gone] + payments[gone + 1 :]:
        other.repay(twin, amount, on=on)
    office = new_office()
    office.set_aside(5_000_000)
    loan = office.lent(1_000_000)
    made = [office.repay(loan, amount, on=on)["repayment"] for on, amount in payments]
    office.reverse(made[gone])
    assert books(office, loan) == books(other, twin)
    assert office.faults() == []


def test_the_original_stays_and_the_reversal_stands_beside_it(office):
    office.set_aside()
    loan = office.lent(1_000_000)
    kept = office.repay(loan, 100_000)["repayment"]
    gone = office.repay(loan, 200_000)["repayment"]
    told = office.reverse(gone, reason_code="not_for_this_loan")
    assert (told["principal"], told["credit"], told["outstanding"], told["state"]) == (
        200_000,
        0,
        900_000,
        "active",
    )
    assert (told["on"], told["relates_to"], told["shortfall"]) == ("2026-01-05", None, 0)
    statement = office.ask("statement", loan=loan)
    assert [line["repayment"] for line in statement["payments"]] == [kept]
    [line] = statement["reversals"]
    assert (line["repayment"], line["on"], line["amount"], line["reason_code"]) == (
        gone,
        "2026-01-05",
        200_000,
        "not_for_this_loan",
    )
    rows = office.svc.sql("SELECT amount FROM repayment WHERE loan = %(loan)s ORDER BY recorded", loan=loan)
    assert [row["amount"] for row in rows] == [100_000, 200_000]
    [event] = office.told(loan, "repayment_reversed")
    assert (event["principal"], event["outstanding"], event["reason_code"]) == (
        200_000,
        900_000,
        "not_for_this_loan",
    )


def test_a_payment_is_reversed_once_by_another_officer_and_for_a_known_reason(office):
    office.set_aside()
    repayment = office.repay(office.lent(), 1_000)["repayment"]
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "reverse_repayment",
            {"repayment": repayment, "on": date(2026, 6, 29), "reason_code": "payment_returned"},
            roles=["finance_officer"],
            caller="finance",
        )
    for code, body in (
        ("reason_unknown", {"reason_code": "because"}),
        ("before_original", {"on": date(2026, 1, 4)}),
        ("in_future", {"on": date(2026, 7, 1)}),
    ):
        with pytest.raises(Refused, match=code):
            office.reverse(repayment, **body)
    command = str(uuid4())
    told = office.reverse(repayment, command_id=command)
    assert office.reverse(repayment, command_id=command) == told
    with pytest.raises(Conflict, match="already_reversed"):
        office.reverse(repayment)


def test_a_payment_outside_the_callers_areas_answers_as_not_found(office, new_office):
    office.set_aside()
    repayment = office.repay(office.lent(), 1_000)["repayment"]
    for areas, asked in (([new_office().council], repayment), (["*"], str(uuid4()))):
        with pytest.raises(NotFound):
            office.svc.call(
                "reverse_repayment",
                {"repayment": asked, "on": date(2026, 6, 29), "reason_code": "payment_returned"},
                roles=["council_director"],
                areas=areas,
            )


def test_papers_of_a_wrong_entry_can_be_entered_again_and_those_of_a_returned_payment_cannot(office):
    office.set_aside()
    loan = office.lent()
    papers = {"receipt_number": office.number("ERV"), "bank_reference": office.number("NMB")}
    office.reverse(office.repay(loan, 10_000, **papers)["repayment"], reason_code="entered_wrongly")
    again = office.repay(loan, 100_000, **papers)
    assert again["outstanding"] == 8_900_000
    office.reverse(again["repayment"], reason_code="payment_returned")
    with pytest.raises(Conflict, match="receipt_number_taken"):
        office.repay(loan, 100_000, **papers)


def test_a_payment_that_was_booked_on_the_wrong_loan_is_booked_on_the_right_one_by_its_papers(office):
    office.set_aside()
    wrong, right = office.lent(), office.lent()
    papers = {"receipt_number": office.number("ERV"), "bank_reference": office.number("NMB")}
    office.reverse(office.repay(wrong, 10_000, **papers)["repayment"], reason_code="not_for_this_loan")
    assert office.repay(right, 10_000, **papers)["outstanding"] == 8_990_000


def test_a_repaid_loan_is_owed_again_and_binds_its_group_and_members(office):
    office.set_aside()
    people = [office.member() for _ in range(5)]
    group = office.group(members=people)
    loan = office.lent(2_000_000, group)
    last = office.repay(loan, 2_000_000)["repayment"]
    assert office.reverse(last)["state"] == "active"
    [event] = office.told(loan, "loan_reopened")
    assert event["on"] == "2026-01-05"
    seen = office.ask("loan", loan=loan)
    assert (seen["state"], seen["repaid_on"], seen["outstanding"]) == ("active", None, 2_000_000)
    for again in (group, office.group(members=people)):
        with pytest.raises(Refused, match="not_eligible"):
            office.submit(again, on=date(2026, 2, 2))
    office.repay(loan, 2_000_000)
    assert office.submit(group, on=date(2026, 2, 2))["status"] == "submitted"


def test_a_group_that_went_on_to_another_loan_owes_both_and_is_free_after_both(office):
    office.set_aside()
    people = [office.member() for _ in range(5)]
    group = office.group(members=people)
    first = office.lent(2_000_000, group)
    repayment = office.repay(first, 2_000_000, on=date(2025, 10, 1))["repayment"]
    second = office.approved(group, 3_000_000, applied_on=date(2025, 10, 6), approved_on=date(2025, 10, 20))
    second = office.disburse(second, on=date(2025, 11, 3))["loan"]
    office.reverse(repayment)
    office.repay(second, 3_000_000)
    for again in (group, office.group(members=people)):
        with pytest.raises(Refused, match="not_eligible"):
            office.submit(again, on=date(2026, 2, 2))
    office.repay(first, 2_000_000)
    assert office.submit(group, on=date(2026, 2, 2))["status"] == "submitted"


def test_money_that_was_lent_again_is_a_shortfall_and_stops_approvals_until_it_is_covered(office):
    office.set_aside(10_000_000)  # youth: 4,000,000
    loan = office.lent(4_000_000)
    repayment = office.repay(loan, 3_000_000)["repayment"]
    second = office.submit(office.group(), 2_500_000, on=date(2026, 1, 6))["application"]
    office.decide(second, on=date(2026, 1, 20))
    waiting = office.submit(office.group(), 500_000, on=date(2026, 1, 7))["application"]

    told = office.reverse(repayment)
    assert (told["outstanding"], told["shortfall"]) == (4_000_000, 2_500_000)
    youth = office.pots()["youth"]
    assert (youth["shortfall"], youth["available"], youth["reserved"]) == (2_500_000, 0, 2_500_000)
    assert office.pots(date(2026, 1, 19))["youth"]["shortfall"] == 0
    with pytest.raises(Refused, match="pot_short"):
        office.decide(waiting, on=date(2026, 2, 2))

    office.repay(loan, 1_000_000, on=date(2026, 3, 2))
    assert office.pots()["youth"]["shortfall"] == 1_500_000
    with pytest.raises(Refused, match="pot_short"):
        office.decide(waiting, on=date(2026, 3, 2))
    office.set_aside(6_250_000, on=date(2026, 4, 1), quarter=4)  # youth: 2,500,000
    youth = office.pots()["youth"]
    assert (youth["shortfall"], youth["available"]) == (0, 1_000_000)
    assert office.decide(waiting, on=date(2026, 4, 2))["status"] == "approved"


def test_the_disbursement_of_what_was_approved_goes_on_while_the_pot_is_short(office):
    office.set_aside(10_000_000)
    repayment = office.repay(office.lent(4_000_000), 3_000_000)["repayment"]
    second = office.approved(
        office.group(), 3_000_000, applied_on=date(2026, 1, 6), approved_on=date(2026, 1, 20)
    )
    office.reverse(repayment)
    assert office.disburse(second, on=date(2026, 2, 2))["principal"] == 3_000_000
    assert office.pots()["youth"]["shortfall"] == 3_000_000


def test_a_withdrawal_covers_a_shortfall_too(office):
    office.set_aside(10_000_000)
    repayment = office.repay(office.lent(4_000_000), 3_000_000)["repayment"]
    second = office.approved(
        office.group(), 3_000_000, applied_on=date(2026, 1, 6), approved_on=date(2026, 1, 20)
    )
    office.reverse(repayment)
    office.withdraw(second, on=date(2026, 2, 2))
    youth = office.pots()["youth"]
    assert (youth["shortfall"], youth["available"], youth["reserved"]) == (0, 0, 0)


def test_a_refunded_credit_keeps_its_payment_from_being_reversed(office):
    office.set_aside()
    loan = office.lent(1_000_000)
    first = office.repay(loan, 600_000)["repayment"]
    second = office.repay(loan, 500_000)["repayment"]
    office.refund(loan)
    for repayment in (first, second):
        with pytest.raises(Refused, match="credit_refunded"):
            office.reverse(repayment)
    third = office.repay(loan, 70_000)["repayment"]
    assert office.reverse(third)["credit"] == 70_000
