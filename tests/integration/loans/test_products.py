"""A council lends on its own terms, and what was applied for before keeps the old ones."""

from datetime import date

import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Refused

ON = date(2025, 8, 1)


def define(office, area=None, caller="director", roles=("council_director",), **body):
    given = {
        "area": area or office.council,
        "product": "standard",
        "in_force_from": ON,
        "term_months": 6,
        "grace_months": 0,
        "every_months": 2,
        "multiple_of": 1000,
        "anchor_day": 5,
        "instrument": "BM 14/2025",
        **body,
    }
    return office.svc.call("define_product", given, roles=list(roles), caller=caller)


def offered(office, on, council=None):
    told = office.ask("products", council=council or office.council, on=on)
    return {product["product"]: product for product in told["products"]}


def test_a_council_defines_its_own_version_from_a_day_on_and_others_keep_the_rules(office, new_office):
    assert define(office)["instalments"] == 3
    assert offered(office, date(2025, 7, 31))["standard"]["defined_by"] == "rules"
    mine = offered(office, ON)["standard"]
    assert (mine["defined_by"], mine["term_months"], mine["anchor_day"]) == (office.council, 6, 5)
    elsewhere = new_office()
    assert offered(elsewhere, ON)["standard"]["defined_by"] == "rules"
    [event] = office.told(office.council, "product_defined")
    assert (event["product"], event["multiple_of"], event["shift"]) == ("standard", 1000, "next_working")


def test_a_loan_is_repaid_by_the_version_that_its_application_was_made_under(office):
    office.set_aside()
    before = office.approved(office.group(), 1_000_000, applied_on=date(2025, 7, 31))
    define(office)
    after = office.approved(office.group(), 1_000_000)
    define(office, in_force_from=date(2025, 8, 10), term_months=24)
    assert len(office.disburse(before)["instalments"]) == 9
    instalments = office.disburse(after)["instalments"]
    assert [i["amount"] for i in instalments] == [333_000, 333_000, 334_000]
    assert [i["due_on"] for i in instalments] == ["2025-11-05", "2026-01-05", "2026-03-05"]


def test_a_new_product_is_chosen_by_its_code(office):
    define(office, product="seasonal")
    with pytest.raises(Refused, match="product_unknown"):
        office.submit(office.group(), on=date(2025, 7, 31), product="seasonal")
    told = office.submit(office.group(), product="seasonal")
    assert office.ask("application", application=told["application"])["product"] == "seasonal"


def test_a_version_of_one_day_is_defined_once(office):
    define(office)
    with pytest.raises(Conflict, match="already_defined"):
        define(office, term_months=12)


def test_terms_that_cannot_be_repaid_are_refused(office):
    for wrong in ({"grace_months": 6}, {"every_months": 4}, {"multiple_of": 10}):
        with pytest.raises(Refused, match="product_not_repayable"):
            define(office, **wrong)


def test_wards_and_strangers_define_nothing(office, new_office):
    with pytest.raises(Refused, match="not_a_lender"):
        define(office, area=office.ward)
    with pytest.raises(Forbidden):
        define(office, roles=["ward_officer"])
    elsewhere = new_office()
    with pytest.raises(NotFound):
        office.svc.call(
            "define_product",
            {
                "area": office.council,
                "product": "p",
                "in_force_from": ON,
                "term_months": 6,
                "grace_months": 0,
                "instrument": "BM",
            },
            roles=["council_director"],
            areas=[elsewhere.council],
        )
