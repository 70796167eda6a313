"""A quarter of the fund: it adds up in every council and all together, from events alone."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from chassis.errors import Refused
from integration.reports.histories import Told, histories
from integration.reports.office import Office

QUARTERS = [("2024/25", number) for number in (2, 3, 4)] + [("2025/26", 1), ("2025/26", 2)]


def ask(office: Office, **body: Any) -> dict[str, Any]:
    return office.svc.call("fund_statement", roles=[], areas=[], **body)


@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(histories())
def test_whatever_happens_each_quarter_balances_and_begins_where_the_last_one_ended(
    office: Office, history: dict[str, list[Told]]
) -> None:
    office.forget()
    for source, told in history.items():
        if told:
            office.take([office.event(source, type, of, data) for _, type, of, data in told])
    ended: dict[str, dict[str, int]] = {}
    for year, number in QUARTERS:
        told_of = ask(office, country="TZ", fiscal_year=year, quarter=number)
        assert told_of["whole"]["difference"] == 0
        assert len(told_of["councils"]) == 2
        for council in told_of["councils"]:
            for pot, each in council["pots"].items():
                assert each["difference"] == 0, (year, number, pot)
                at = f"{council['area']} {pot}"
                if at in ended:
                    assert each["brought_forward"] == ended[at]["held"]
                held = each["available"] + each["reserved"] + each["credits"] - each["shortfall"]
                ended[at] = {"held": held}
        for name, value in told_of["whole"].items():
            assert value == sum(council["whole"][name] for council in told_of["councils"])


def _kalambo(office: Office) -> dict[str, Any]:
    office.rukwa()
    council = office.areas["Kalambo"]
    year = {"fiscal_year": "2025/26", "quarter": 1}
    pots = {"women": 400, "youth": 400, "pwd": 200}
    aside = {"council": council, **year, "on": "2025-07-20", "amount": 1_000, "pots": pots, "instrument": "T"}
    office.tell("loans", "fund_set_aside", council, **aside)
    return {"council": council, **year}


def test_what_a_council_closed_its_books_with_is_compared(office: Office) -> None:
    told = _kalambo(office)
    empty = {"reserved": 0, "credits_held": 0, "shortfall": 0}
    books = [{"pot": pot, "available": held, **empty} for pot, held in (("women", 400), ("youth", 400))]
    office.tell(
        "loans", "quarter_closed", told["council"], **told, ends="2025-09-30", on="2025-10-06", pots=books
    )
    [kalambo, _] = ask(office, country="TZ", fiscal_year="2025/26", quarter=1)["councils"]
    assert (kalambo["closed"], kalambo["balances"]) == (800, False)
    books.append({"pot": "pwd", "available": 200, **empty})
    office.tell(
        "loans", "quarter_closed", told["council"], **told, ends="2025-09-30", on="2025-10-06", pots=books
    )
    [kalambo, nkasi] = ask(office, country="TZ", fiscal_year="2025/26", quarter=1)["councils"]
    assert (kalambo["closed"], kalambo["balances"]) == (1_000, True)
    assert (nkasi["closed"], nkasi["balances"]) == (None, True)


def test_a_payment_taken_back_after_its_money_was_lent_again_is_a_shortfall(office: Office) -> None:
    told = _kalambo(office)
    place = {"council": told["council"], "ward": office.areas["Matai"], "pot": "women"}
    loan, application = str(uuid4()), str(uuid4())
    paid = {"loan": loan, **place, "amount": 300, "principal": 300, "on": "2025-08-20"}
    for nth, amount in enumerate((300, 400)):
        office.tell(
            "loans",
            "application_approved",
            application,
            application=application,
            **place,
            amount=amount,
            on="2025-08-25" if nth else "2025-08-01",
        )
        if not nth:
            office.tell("loans", "loan_disbursed", loan, loan=loan, **place, principal=300, on="2025-08-02")
            office.tell("loans", "repayment_recorded", loan, **paid)
    office.tell("loans", "repayment_reversed", loan, **paid, reason_code="payment_returned")
    told_of = ask(office, area=told["council"], fiscal_year="2025/26", quarter=1)
    women = told_of["councils"][0]["pots"]["women"]
    assert (women["shortfall"], women["available"], women["reserved"]) == (300, 0, 400)
    # What the youth's pot holds covers nothing of it.
    assert (told_of["whole"]["shortfall"], told_of["whole"]["available"]) == (300, 600)
    assert told_of["balances"]


def test_expected_and_actual_set_asides_and_the_bank_stand_beside_it(office: Office) -> None:
    told = _kalambo(office)
    office.tell(
        "loans", "revenue_reported", told["council"], **told, on="2025-10-06", expected=1_500, actual=1_000
    )
    for on, difference in (("2025-09-30", -40), ("2025-10-31", 0)):
        sums = {"balance": 1_000 + difference, "ledger": 1_000, "difference": difference}
        office.tell(
            "loans", "account_balance_recorded", told["council"], council=told["council"], on=on, **sums
        )
    [kalambo] = ask(office, area=told["council"], fiscal_year="2025/26", quarter=1)["councils"]
    assert (kalambo["expected"], kalambo["set_aside"], kalambo["account_difference"]) == (1_500, 1_000, -40)
    [kalambo] = ask(office, area=told["council"], fiscal_year="2025/26", quarter=2)["councils"]
    assert (kalambo["expected"], kalambo["account_difference"]) == (None, 0)


def test_below_its_council_there_is_no_fund(office: Office) -> None:
    office.rukwa()
    with pytest.raises(Refused) as refused:
        ask(office, area=office.areas["Matai"], fiscal_year="2025/26", quarter=1)
    assert refused.value.code == "no_fund_there"
