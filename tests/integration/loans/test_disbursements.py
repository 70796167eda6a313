"""An approved application becomes a loan."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from chassis.errors import Conflict, Refused


def test_the_reserve_leaves_the_pot_and_the_group_owes_it(office):
    office.set_aside(100_000_000)
    application = office.approved(office.group("women"), 9_000_000)
    told = office.disburse(application)
    women = office.pots()["women"]
    assert (women["available"], women["reserved"]) == (31_000_000, 0)
    assert (women["disbursed"], women["outstanding"]) == (9_000_000, 9_000_000)
    loan = office.ask("loan", loan=told["loan"], as_of=office.disbursed_on)
    assert (loan["state"], loan["outstanding"], loan["principal"]) == ("active", 9_000_000, 9_000_000)
    assert loan["reference"] == told["reference"]


def test_the_event_tells_the_schedule(office):
    office.set_aside()
    application = office.approved(office.group(), 10_000_000)
    told = office.disburse(application)
    [event] = [e for e in office.svc.events("loan_disbursed") if e["subject"] == told["loan"]]
    data = event["data"]
    assert {k: data[k] for k in ("application", "pot", "principal", "on", "method")} == {
        "application": application,
        "pot": "youth",
        "principal": 10_000_000,
        "on": "2025-09-01",
        "method": "bank",
    }
    assert data["instalments"] == told["instalments"]
    assert [i["amount"] for i in data["instalments"]] == [1_111_111] * 8 + [1_111_112]
    assert [i["due_on"] for i in data["instalments"]][:3] == ["2026-01-01", "2026-02-02", "2026-03-02"]


def test_due_dates_move_off_the_countrys_public_holidays(office):
    office.svc.deliver(
        "registry",
        "holidays_published",
        subject="TZ",
        country="TZ",
        year=2026,
        holidays=[{"on": "2026-01-01", "name": "Mwaka Mpya"}, {"on": "2026-04-07", "name": "Karume"}],
    )
    office.set_aside()
    told = office.disburse(office.approved(office.group()))
    assert told["instalments"][0]["due_on"] == "2026-01-02"
    office.svc.deliver("registry", "holidays_published", subject="TZ", country="TZ", year=2026, holidays=[])


def test_an_asset_is_linked_to_its_loan(office):
    office.set_aside()
    application = office.approved(office.group(), 3_000_000)
    told = office.disburse(
        application,
        method="in_kind",
        bank_reference=None,
        asset={"description": "Motorbike, 125 cc", "identifier": "MC 482 ABC"},
    )
    loan = office.ask("loan", loan=told["loan"])
    assert loan["asset"] == {"description": "Motorbike, 125 cc", "identifier": "MC 482 ABC"}
    assert loan["method"] == "in_kind"


def test_money_without_a_bank_reference_and_goods_without_a_description_are_refused(office):
    office.set_aside()
    application = office.approved(office.group())
    with pytest.raises(Refused, match="bank_reference_missing"):
        office.disburse(application, bank_reference=None)
    with pytest.raises(Refused, match="asset_missing"):
        office.disburse(application, method="in_kind")


def test_an_approval_lapses_after_two_months(office):
    office.set_aside()
    application = office.approved(office.group())
    with pytest.raises(Refused, match="approval_lapsed"):
        office.disburse(application, on=date(2025, 10, 19))
    assert office.disburse(application, on=date(2025, 10, 18))["loan"]


def test_nothing_is_paid_out_before_approval_or_in_the_future(office):
    office.set_aside()
    application = office.approved(office.group())
    with pytest.raises(Refused, match="before_approval"):
        office.disburse(application, on=office.approved_on - timedelta(1))
    with pytest.raises(Refused, match="in_future"):
        office.disburse(application, on=date(2026, 7, 1))


def test_only_an_approved_application_is_paid_out_and_only_once(office):
    office.set_aside()
    application = office.submit(office.group())["application"]
    for deed in (office.decide, office.sign):
        with pytest.raises(Refused, match="step_skipped"):
            office.disburse(application)
        deed(application)
    office.disburse(application)
    with pytest.raises(Conflict, match="status_moved"):
        office.disburse(application)
    assert office.pots()["youth"]["disbursed"] == 9_000_000


def test_who_approved_does_not_pay_out(office):
    office.set_aside()
    application = office.approved(office.group())
    for caller in ("director", "ward"):
        with pytest.raises(Refused, match="maker_is_checker"):
            office.disburse(application, caller=caller)


def test_a_member_of_the_group_does_not_pay_out(office):
    office.set_aside()
    people = [office.member() for _ in range(5)]
    application = office.approved(office.group(members=people))
    with pytest.raises(Refused, match="member_decides"):
        office.disburse(application, caller=people[0]["member"])


def test_a_group_that_ceased_after_approval_is_not_paid(office):
    office.set_aside()
    group = office.group()
    application = office.approved(group)
    office.svc.deliver(
        "registry", "group_refused", subject=group, group=group, on="2025-08-20", reason_code="ceased"
    )
    with pytest.raises(Refused, match="group_not_verified"):
        office.disburse(application)


def test_while_the_scheme_is_suspended_nothing_is_paid_out(office):
    office.set_aside(fiscal_year="2022/23", quarter=3, on=date(2023, 3, 1))
    application = office.approved(office.group(), applied_on=date(2023, 4, 3), approved_on=date(2023, 4, 5))
    with pytest.raises(Refused, match="scheme_suspended"):
        office.disburse(application, on=date(2023, 4, 13))
    assert office.disburse(application, on=date(2023, 4, 12))["loan"]


def test_a_bank_reference_pays_out_one_loan(office):
    office.set_aside()
    first, second = (office.approved(office.group()) for _ in range(2))
    reference = office.number("CRDB")
    office.disburse(first, bank_reference=reference)
    with pytest.raises(Conflict, match="bank_reference_taken"):
        office.disburse(second, bank_reference=reference.lower().replace(" ", ""))


def test_a_repeated_command_pays_out_once(office):
    office.set_aside()
    application = office.approved(office.group())
    body = {"command_id": str(uuid4()), "bank_reference": office.number("PAY")}
    assert office.disburse(application, **body) == office.disburse(application, **body)
    assert office.pots()["youth"]["disbursed"] == 9_000_000
