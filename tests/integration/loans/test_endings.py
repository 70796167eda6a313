"""What comes to nothing: sent back by the bank, withdrawn by the group, or lapsed."""

from datetime import UTC, date, datetime

import pytest

from chassis.errors import Conflict, Refused


def test_a_disbursement_that_the_bank_sent_back_is_reserved_again_and_paid_out_once_more(office):
    office.set_aside(100_000_000)
    application = office.approved(office.group(), 2_000_000)
    loan = office.disburse(application)["loan"]
    told = office.void(loan)
    assert (told["goes_to"], told["principal"]) == ("reserved", 2_000_000)
    youth = office.pots()["youth"]
    assert (youth["disbursed"], youth["reserved"], youth["outstanding"]) == (0, 2_000_000, 0)
    assert office.pots(date(2025, 9, 3))["youth"]["disbursed"] == 2_000_000
    seen = office.ask("loan", loan=loan)
    assert (seen["state"], seen["outstanding"], seen["voided_on"]) == ("void", 0, "2025-09-04")
    assert office.ask("loan", loan=loan, as_of=date(2025, 9, 3))["state"] == "active"
    assert office.ask("statement", loan=loan)["outstanding"] == 0
    with pytest.raises(Refused, match="already_void"):
        office.void(loan)
    with pytest.raises(Refused, match="loan_void"):
        office.repay(loan, 1_000)
    for deed in (office.disburse, office.withdraw):
        with pytest.raises(Refused, match="before_earlier_step"):
            deed(application, on=date(2025, 9, 3))
    again = office.disburse(application, on=date(2025, 9, 8))["loan"]
    assert again != loan
    assert office.pots()["youth"]["disbursed"] == 2_000_000
    steps = [step["step"] for step in office.ask("application", application=application)["steps"]]
    assert steps == [
        "submitted",
        "recommended",
        "assessed",
        "approved",
        "contract_signed",
        "disbursed",
        "disbursement_voided",
        "disbursed",
    ]
    [event] = office.told(loan, "disbursement_voided")
    assert (event["goes_to"], event["reason_code"]) == ("reserved", "account_closed")


def test_a_disbursement_sent_back_after_the_approval_lapsed_frees_money_and_group(office):
    office.set_aside(100_000_000)
    group = office.group()
    application = office.approved(group, 2_000_000)
    told = office.void(office.disburse(application)["loan"], on=date(2025, 10, 19))
    assert told["goes_to"] == "available"
    assert office.pots()["youth"]["available"] == 40_000_000
    assert office.ask("application", application=application)["status"] == "lapsed"
    assert office.submit(group, on=date(2025, 11, 3))["status"] == "submitted"


def test_a_loan_with_payments_is_not_voided_until_they_are_reversed(office):
    office.set_aside()
    loan = office.lent()
    repayment = office.repay(loan, 1_000)["repayment"]
    with pytest.raises(Refused, match="loan_has_payments"):
        office.void(loan, on=date(2026, 1, 6))
    office.reverse(repayment)
    assert office.void(loan, on=date(2026, 1, 6))["goes_to"] == "available"


def test_a_disbursement_is_voided_by_another_officer_and_not_before_it(office):
    office.set_aside()
    loan = office.lent()
    with pytest.raises(Refused, match="before_original"):
        office.void(loan, on=date(2025, 8, 31))
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "void_disbursement",
            {"loan": loan, "on": date(2025, 9, 4), "reason_code": "account_closed"},
            roles=["finance_officer"],
            caller="finance",
        )


def test_a_withdrawn_application_frees_its_reserve_once_and_its_group(office):
    office.set_aside(100_000_000)
    group = office.group()
    application = office.approved(group, 2_000_000)
    told = office.withdraw(application)
    assert (told["status"], told["released"]) == ("withdrawn", 2_000_000)
    youth = office.pots()["youth"]
    assert (youth["available"], youth["reserved"]) == (40_000_000, 0)
    with pytest.raises(Refused, match="not_withdrawable"):
        office.withdraw(application)
    with pytest.raises(Conflict, match="status_moved"):
        office.disburse(application)
    [event] = office.told(application, "application_withdrawn")
    assert (event["released"], event["reason_code"]) == (2_000_000, "group_withdrew")
    assert office.submit(group, on=date(2025, 9, 1))["status"] == "submitted"


def test_an_application_that_was_only_submitted_is_withdrawn_with_nothing_to_free(office):
    application = office.submit(office.group())["application"]
    with pytest.raises(Refused, match="before_earlier_step"):
        office.withdraw(application, on=date(2025, 8, 3))
    with pytest.raises(Refused, match="reason_unknown"):
        office.withdraw(application, reason_code="because")
    with pytest.raises(Conflict, match="version_moved"):
        office.withdraw(application, expected_version=9)
    assert office.withdraw(application)["released"] == 0


def test_lapsed_approvals_are_released_once_and_others_stay(office):
    office.set_aside(100_000_000)
    lapsed = office.approved(office.group(), 2_000_000)
    fresh = office.approved(
        office.group(), 3_000_000, applied_on=date(2026, 5, 4), approved_on=date(2026, 5, 18)
    )
    assert office.release(on=date(2025, 10, 18))["released"] == []
    told = office.release()
    assert told == {**told, "released": [{"application": lapsed, "amount": 2_000_000}], "after": None}
    assert office.release()["released"] == []
    youth = office.pots()["youth"]
    assert (youth["reserved"], youth["available"]) == (3_000_000, 37_000_000)
    assert office.pots(date(2025, 10, 18))["youth"]["reserved"] == 2_000_000
    assert office.pots(date(2025, 10, 19))["youth"]["reserved"] == 0
    [event] = office.told(lapsed, "application_lapsed")
    assert (event["released"], event["on"]) == (2_000_000, "2025-10-19")
    assert office.ask("application", application=fresh)["status"] == "contract_signed"


def test_the_clock_releases_a_lapsed_approval_after_days_for_late_entries(office):
    office.svc.at(datetime(2025, 8, 18, 9, tzinfo=UTC))
    office.set_aside(100_000_000)
    lapsed, paid = (office.approved(office.group(), 2_000_000) for _ in range(2))
    office.svc.at(datetime(2025, 11, 1, 20, 59, tzinfo=UTC))
    office.svc.fire_deadlines()
    office.disburse(paid, on=date(2025, 10, 18))  # paid out in time, entered two weeks later
    assert office.ask("application", application=lapsed)["status"] == "contract_signed"
    office.svc.at(datetime(2025, 11, 1, 21, 0, tzinfo=UTC))
    office.svc.fire_deadlines()
    office.svc.fire_deadlines()
    assert office.ask("application", application=lapsed)["status"] == "lapsed"
    assert office.ask("application", application=paid)["status"] == "disbursed"
    assert len(office.told(lapsed, "application_lapsed")) == 1
    assert office.pots(date(2025, 11, 1))["youth"]["reserved"] == 0


def test_an_approval_that_was_entered_late_is_not_taken_back_at_once(office):
    office.set_aside()
    application = office.approved(office.group(), 2_000_000)  # of August, entered in June
    office.svc.fire_deadlines()
    assert office.disburse(application)["principal"] == 2_000_000
