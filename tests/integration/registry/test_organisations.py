"""Organisations: what is admitted, who decides, under which number."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from chassis.errors import Conflict, Invalid, NotFound, Refused


@pytest.fixture
def submit(office):
    def submit(name="Rukwa Youth Forum", **facts):
        body = {
            "country": "TZ",
            "kind": "community_based_organisation",
            "level": "district",
            "area": office.areas["TZ-20.nkasi"],
            "name": name,
            **facts,
        }
        return office.council_officer("register_organisation", **body)

    return submit


@pytest.fixture
def decide(office):
    def decide(organisation, decision="register", **facts):
        body = {"registration_number": "00NGO-00007227"} if decision == "register" else {}
        return office.registrar(
            "decide_organisation",
            organisation=organisation,
            decision=decision,
            **{"instrument": "Cheti 1/2025", **body, **facts},
        )

    return decide


def test_a_submission_is_registered_under_its_number_to_the_letter(office, submit, decide):
    told = submit()
    assert told["reference"].startswith("O-00001-")
    assert told["candidates"] == []
    decided = decide(told["organisation"], registration_number="00NGO-R-4900", expected_version=1)
    assert (decided["status"], decided["version"]) == ("registered", 2)
    (submitted,) = office.svc.events("organisation_submitted")
    assert submitted["data"]["submitted_on"] == "2025-08-04"
    (event,) = office.svc.events("organisation_registered")
    assert event["data"] == {
        "organisation": told["organisation"],
        "reference": told["reference"],
        "registration_number": "00NGO-R-4900",
        "country": "TZ",
        "kind": "community_based_organisation",
        "level": "district",
        "area": office.areas["TZ-20.nkasi"],
        "registered_on": "2025-08-04",
    }
    shown = office.registrar("organisation", country="TZ", registration_number="00NGO-R-4900")
    assert shown["organisation"] == told["organisation"]
    assert shown["rule_version"] == "2019"
    with pytest.raises(NotFound):
        office.registrar("organisation", country="TZ", registration_number="00ngo-r-4900")


def test_a_kind_that_the_act_excludes_is_refused_and_leaves_nothing(office, submit):
    with pytest.raises(Refused, match="kind_not_admitted") as refused:
        submit(kind="savings_group")
    assert "Microfinance" in refused.value.message
    with pytest.raises(Refused, match="kind_unknown"):
        submit(kind="club")
    assert office.svc.sql("SELECT 1 FROM organisation") == []
    assert office.svc.events("organisation_submitted") == []


def test_the_rules_of_the_day_of_submission_judge(submit):
    with pytest.raises(Refused, match="no_rule_in_force"):
        submit(submitted_on="2018-05-01")


def test_who_submitted_cannot_decide(office, submit):
    told = submit()
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "decide_organisation",
            roles=["registrar"],
            caller="council-officer",
            organisation=told["organisation"],
            decision="refuse",
            reason_code="papers_incomplete",
            instrument="Barua 1",
        )


def test_a_refusal_gives_its_reason_and_ends_the_matter(office, submit, decide):
    told = submit()
    with pytest.raises(Refused, match="reason_unknown"):
        decide(told["organisation"], "refuse")
    decide(told["organisation"], "refuse", reason_code="papers_incomplete")
    (event,) = office.svc.events("organisation_refused")
    assert event["data"]["reason_code"] == "papers_incomplete"
    with pytest.raises(Refused, match="already_decided"):
        decide(told["organisation"])


def test_likely_duplicates_are_shown_and_decided_by_nobody_but_people(office, submit, decide):
    first = submit("Rukwa Youth Forum", registration_number="00NGO-00007227")
    same_name = submit("RUKWA  YOUTH FÓRUM", area=office.areas["TZ-20.nkasi.chala"])
    assert [(c["organisation"], c["same"]) for c in same_name["candidates"]] == [
        (first["organisation"], ["name"])
    ]
    same_number = submit("Tumaini", registration_number="00ngo-00007227")
    assert [(c["organisation"], c["same"]) for c in same_number["candidates"]] == [
        (first["organisation"], ["registration_number"])
    ]
    elsewhere = submit("Rukwa Youth Forum", area=office.areas["TZ-20.kalambo"])
    assert elsewhere["candidates"] == []
    above = submit("Rukwa Youth Forum", area=office.areas["TZ-20"], level="regional")
    assert len(above["candidates"]) == 3
    decide(same_name["organisation"], "refuse", reason_code="duplicate")
    shown = office.registrar("organisation", organisation=above["organisation"])
    assert len(shown["candidates"]) == 2


def test_candidates_outside_the_callers_area_are_not_shown(office, submit):
    submit("Tumaini", area=office.areas["TZ-20"], level="regional")
    nkasi = [office.areas["TZ-20.nkasi"]]
    assert submit("Tumaini", areas=nkasi)["candidates"] == []


def test_of_two_registrations_under_one_number_at_once_one_wins(office, submit, decide):
    ids = [submit(f"Umoja {n}")["organisation"] for n in range(4)]
    start = threading.Barrier(4)

    def register(organisation):
        start.wait(timeout=10)
        try:
            return decide(organisation)["status"]
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(register, ids))
    assert told.count("registered") == 1
    assert set(told) <= {"registered", "number_taken", "constraint"}
    assert len(office.svc.events("organisation_registered")) == 1


def test_organisations_are_listed_within_the_callers_area_in_pages(office, submit, decide):
    ids = [submit(f"Umoja {n}")["organisation"] for n in range(3)]
    decide(ids[2])
    submit("Nyingine", area=office.areas["TZ-20.kalambo"])

    def found(**wanted):
        told = office.council_officer("organisations", areas=[office.areas["TZ-20.nkasi"]], **wanted)
        return [item["organisation"] for item in told["items"]]

    assert found() == ids
    assert found(status="submitted", name="umo") == ids[:2]
    assert found(limit=1, after=ids[0]) == [ids[1]]
    assert found(area=office.areas["TZ-20.kalambo"]) == []
    with pytest.raises(Invalid, match="which_organisation"):
        office.council_officer("organisation")


@pytest.mark.parametrize(
    "change",
    [
        "status = 'registered', decided_on = submitted_on, decided_by = 'x', instrument = 'x'",
        "status = 'refused', reason_code = 'x', decided_on = submitted_on, decided_by = submitted_by,"
        " instrument = 'x'",
        "status = 'refused', decided_on = submitted_on, decided_by = 'x', instrument = 'x'",
        "decided_on = submitted_on",
    ],
)
def test_the_database_itself_refuses_a_decision_that_breaks_the_rules(office, submit, change):
    submit()
    with pytest.raises(psycopg.errors.CheckViolation):
        office.svc.sql(f"UPDATE organisation SET {change}")
