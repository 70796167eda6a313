"""What was paid too much goes back to the group, once."""

from datetime import date

import pytest

from chassis.errors import Conflict, Refused


def test_all_credit_of_a_loan_is_refunded_once(office):
    office.set_aside(100_000_000)
    loan = office.lent(2_000_000)
    office.repay(loan, 2_300_000)
    told = office.refund(loan, on=date(2026, 1, 12))
    assert (told["amount"], told["credit"]) == (300_000, 0)
    youth = office.pots()["youth"]
    assert (youth["refunded"], youth["credits_held"], youth["available"]) == (300_000, 0, 40_000_000)
    assert office.pots(date(2026, 1, 11))["youth"]["credits_held"] == 300_000
    with pytest.raises(Refused, match="no_credit"):
        office.refund(loan)
    [event] = office.told(loan, "credit_refunded")
    assert (event["amount"], event["on"]) == (300_000, "2026-01-12")
    statement = office.ask("statement", loan=loan)
    assert [(line["on"], line["amount"]) for line in statement["refunds"]] == [("2026-01-12", 300_000)]
    assert statement["credit"] == office.ask("loan", loan=loan)["credit"] == 0


def test_credit_that_came_after_a_refund_can_be_refunded_too(office):
    office.set_aside()
    loan = office.lent(2_000_000)
    office.repay(loan, 2_300_000)
    office.refund(loan, on=date(2026, 1, 12))
    office.repay(loan, 50_000, on=date(2026, 1, 6))
    assert office.refund(loan, on=date(2026, 1, 20))["amount"] == 50_000


def test_no_credit_is_refunded_before_it_was_there(office):
    office.set_aside()
    loan = office.lent(2_000_000)
    office.repay(loan, 2_300_000)
    with pytest.raises(Refused, match="no_credit"):
        office.refund(loan, on=date(2026, 1, 4))
    with pytest.raises(Refused, match="no_credit"):
        office.refund(office.lent())


def test_a_refund_needs_another_officer_and_a_bank_reference_of_its_own(office):
    office.set_aside()
    loans = [office.lent(500_000) for _ in range(2)]
    for loan in loans:
        office.repay(loan, 600_000)
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "refund_credit",
            {"loan": loans[0], "on": date(2026, 2, 2), "bank_reference": "R 1"},
            roles=["finance_officer"],
            caller="finance",
        )
    reference = office.number("REF")
    office.refund(loans[0], bank_reference=reference)
    with pytest.raises(Conflict, match="bank_reference_taken"):
        office.refund(loans[1], bank_reference=reference.lower())
