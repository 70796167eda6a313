"""Suspensions, revenue reports, and the bank's word against the books."""

from datetime import date

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from chassis.errors import Conflict, NotFound, Refused
from loans import metrics


def change(office, method, area, on, areas=("*",)):
    given = {"area": area, "on": on, "instrument": office.number("WN")}
    return office.svc.call(method, given, roles=["region_officer"], areas=list(areas), caller="region")


def test_while_the_scheme_is_suspended_nothing_is_approved_or_disbursed_and_repayments_go_on(office):
    office.set_aside()
    loan = office.lent(2_000_000)
    approved = office.approved(office.group(), 1_000_000)
    waiting = office.submit(office.group())["application"]
    change(office, "suspend_scheme", office.council, date(2025, 9, 10))
    with pytest.raises(Refused, match="scheme_suspended"):
        office.decide(waiting, on=date(2025, 9, 10))
    with pytest.raises(Refused, match="scheme_suspended"):
        office.disburse(approved, on=date(2025, 9, 10))
    assert office.repay(loan, 1_000, on=date(2025, 9, 11))["outstanding"] == 1_999_000
    assert office.disburse(approved, on=date(2025, 9, 9))["principal"] == 1_000_000
    change(office, "resume_scheme", office.council, date(2025, 10, 1))
    with pytest.raises(Refused, match="scheme_suspended"):
        office.decide(waiting, on=date(2025, 9, 30))
    assert office.decide(waiting, on=date(2025, 10, 1))["status"] == "approved"
    position = office.ask("fund_position", council=office.council, as_of=date(2025, 9, 30))
    assert position["lending"] == "suspended"
    assert office.ask("fund_position", council=office.council)["lending"] == "open"


def test_a_suspension_of_a_country_is_told_as_national(new_office):
    office = new_office()
    country = office.svc.given_area("country", country="VN")
    office.svc.given_country("VN")
    told = change(office, "suspend_scheme", country, date(2025, 9, 10))
    assert told["lending"] == "suspended"
    rows = office.svc.sql("SELECT national FROM scheme_change WHERE area = %(area)s", area=country)
    assert [row["national"] for row in rows] == [True]
    [event] = office.told(country, "scheme_suspended")
    assert (event["country"], event["on"]) == ("VN", "2025-09-10")


def test_what_is_suspended_above_a_council_is_suspended_in_it_and_others_go_on(office, new_office):
    other = new_office()
    office.svc.answers("registry", "member_facts", office.member_facts)
    [row] = office.svc.sql("SELECT parent FROM scope_area WHERE area = %(area)s", area=office.council)
    # The region is the root of this test's tree: its word is the country's there.
    change(office, "suspend_scheme", str(row["parent"]), date(2025, 8, 1))
    application = office.submit(office.group())["application"]
    with pytest.raises(Refused, match="scheme_suspended"):
        office.decide(application)
    assert other.ask("fund_position", council=other.council)["lending"] == "open"
    change(office, "resume_scheme", str(row["parent"]), date(2025, 8, 2))
    office.set_aside()
    assert office.decide(application)["status"] == "approved"


def test_a_change_is_told_once_a_day_and_within_the_callers_area(office, new_office):
    change(office, "suspend_scheme", office.council, date(2025, 9, 10), areas=[office.council])
    with pytest.raises(Conflict, match="already_changed"):
        change(office, "resume_scheme", office.council, date(2025, 9, 10))
    with pytest.raises(NotFound):
        change(office, "suspend_scheme", new_office().council, date(2025, 9, 10), areas=[office.council])


def report(office, own_source=6_000_000_000, earmarked=495_000_000, quarter=1, on=date(2025, 10, 6)):
    given = {
        "council": office.council,
        "fiscal_year": "2025/26",
        "quarter": quarter,
        "on": on,
        "own_source": own_source,
        "earmarked": earmarked,
        "instrument": office.number("RV"),
    }
    return office.svc.call("report_revenue", given, roles=["finance_officer"], caller="finance")


def test_what_a_council_owes_its_fund_is_seen_beside_what_it_set_aside(office):
    office.set_aside(500_000_000)
    told = report(office)
    assert (told["expected"], told["actual"], told["missing"]) == (550_500_000, 500_000_000, 50_500_000)
    [event] = office.told(office.council, "revenue_reported")
    assert (event["expected"], event["actual"], event["quarter"]) == (550_500_000, 500_000_000, 1)
    office.set_aside(60_000_000)
    seen = office.ask("set_asides", council=office.council, fiscal_year="2025/26")["quarters"]
    assert [(row["quarter"], row["expected"], row["actual"], row["missing"]) for row in seen] == [
        (1, 550_500_000, 560_000_000, -9_500_000),
        (2, None, 0, None),
        (3, None, 0, None),
        (4, None, 0, None),
    ]


def test_the_latest_report_of_a_quarter_counts_and_a_quarter_is_reported_when_it_is_over(office):
    report(office)
    assert report(office, own_source=1_000_000_000, earmarked=0)["expected"] == 100_000_000
    seen = office.ask("set_asides", council=office.council, fiscal_year="2025/26")["quarters"]
    assert seen[0]["expected"] == 100_000_000
    with pytest.raises(Refused, match="quarter_not_over"):
        report(office, on=date(2025, 9, 30))
    with pytest.raises(Refused, match="earmarked_above_revenue"):
        report(office, own_source=1, earmarked=2)


def balance(office, amount, on=date(2026, 1, 31)):
    given = {"council": office.council, "on": on, "balance": amount, "instrument": office.number("ST")}
    return office.svc.call("record_account_balance", given, roles=["finance_officer"], caller="finance")


def test_money_that_is_not_in_the_account_is_seen_the_same_day(office):
    office.set_aside(100_000_000)
    office.repay(office.lent(9_000_000), 9_400_000)
    office.approved(office.group(), 2_000_000)  # promised, and still in the account
    assert office.ask("fund_position", council=office.council)["account"] is None
    told = balance(office, 100_400_000)
    assert (told["ledger"], told["difference"]) == (100_400_000, 0)
    told = balance(office, 99_000_000)
    assert told["difference"] == -1_400_000
    account = office.ask("fund_position", council=office.council)["account"]
    assert account == {
        "on": "2026-01-31",
        "balance": 99_000_000,
        "ledger": 100_400_000,
        "difference": -1_400_000,
    }
    registry = CollectorRegistry()
    metrics.register(office.svc.runtime, registry)
    line = f'ustawi_fund_account_difference{{council="{office.council}"}} -1400000.0'
    assert line in generate_latest(registry).decode()
    assert office.told(office.council, "account_balance_recorded")[-1]["difference"] == -1_400_000


def test_what_comes_to_be_known_later_mends_the_difference(office):
    office.set_aside(100_000_000)
    loan = office.lent(9_000_000)
    assert balance(office, 92_000_000)["difference"] == 1_000_000
    office.repay(loan, 1_000_000, on=date(2026, 1, 30))
    assert office.ask("fund_position", council=office.council)["account"]["difference"] == 0
