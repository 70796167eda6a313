"""Collaborators: appointed by decisions, counted at any date, off the roster when they leave."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import yaml

import registry as package
from chassis.errors import Conflict, NotFound, Refused

DATA = Path(package.__file__).parent / "data"


@pytest.fixture
def appoint(province):
    def appoint(number="466/QD-UBND", people=None, **facts):
        body = {
            "country": "VN",
            "number": number,
            "issued_on": "2020-04-08",
            "issuer": "UBND tỉnh Ninh Thuận",
            "area": province.areas["VN-58"],
            "appointments": people or [person(province)],
            **facts,
        }
        return province.registrar("issue_decision", **body)

    return appoint


def person(province, **facts):
    return {
        "name": "Nguyễn Thị Lan",
        "born_on": "1985-06-02",
        "area": province.areas["VN-58.584.22801"],
        "qualification": "college",
        "field": "social_work",
        "certificate": False,
        **facts,
    }


def test_a_decision_appoints_people_and_tells_nothing_personal(province, appoint):
    told = appoint(people=[person(province), person(province, name="Trần Văn An")])
    (event,) = province.svc.events("decision_issued")
    assert event["data"]["appointed"] == 2
    assert event["data"]["effective_on"] == "2020-04-08"
    appointed = province.svc.events("collaborator_appointed")
    assert [each["data"]["collaborator"] for each in appointed] == told["collaborators"]
    everything = str(province.svc.events())
    assert "Lan" not in everything
    assert "1985" not in everything


def test_an_unqualified_appointment_is_refused_with_the_reason_and_nobody_is_appointed(province, appoint):
    people = [
        person(province),
        person(province, name="Trần Văn An", born_on="2003-01-01"),
        person(province, name="Lê Thị Hoa", qualification="primary"),
    ]
    with pytest.raises(Refused, match="unqualified") as refused:
        appoint(people=people)
    assert refused.value.fields["appointments.2"] == "under 18 years on the day of the decision"
    assert "qualification below upper_secondary" in refused.value.fields["appointments.3"]
    assert "appointments.1" not in refused.value.fields
    assert province.svc.sql("SELECT 1 FROM collaborator") == []


def test_a_decision_appoints_within_its_area(province, appoint):
    with pytest.raises(Refused, match="unqualified") as refused:
        appoint(
            area=province.areas["VN-58.584"],
            people=[person(province, area=province.areas["VN-58.586.22846"])],
        )
    assert refused.value.fields == {"appointments.1": "area outside that of the decision"}


def test_a_number_stands_for_one_decision_in_its_year(appoint):
    appoint("466/QD-UBND")
    with pytest.raises(Conflict, match="decision_number_taken"):
        appoint("466/QĐ-UBND", issued_on="2020-12-31")
    appoint("466/QD-UBND", issued_on="2021-01-04")


def test_of_the_same_decision_entered_by_many_at_once_one_stands(province, appoint):
    start = threading.Barrier(4)

    def enter(_):
        start.wait(timeout=10)
        try:
            return appoint()["decision"]
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert len([told for told in pool.map(enter, range(4)) if told]) == 1
    assert len(province.svc.sql("SELECT 1 FROM collaborator")) == 1


def test_an_exit_takes_a_collaborator_off_the_roster_from_that_day_on(province, appoint):
    (collaborator,) = appoint()["collaborators"]

    def count(day):
        return province.registrar("roster", country="VN", as_of=day)["count"]

    left = {"collaborator": collaborator, "reason_code": "retired"}
    assert province.registrar("record_exit", on="2021-03-01", **left)["version"] == 2
    assert [count(day) for day in ("2020-04-07", "2020-04-08", "2021-02-28", "2021-03-01")] == [0, 1, 1, 0]
    (event,) = province.svc.events("collaborator_exited")
    assert event["data"] == {
        "collaborator": collaborator,
        "country": "VN",
        "area": province.areas["VN-58.584.22801"],
        "on": "2021-03-01",
        "reason_code": "retired",
        "instrument": None,
    }
    with pytest.raises(Refused, match="already_left"):
        province.registrar("record_exit", on="2021-03-02", **left)


def test_the_roster_shows_names_to_those_who_may_read_them_within_their_areas(province, appoint):
    appoint(
        people=[
            person(province, phone="+84 259 382 1234"),
            person(province, name="Trần Văn An", area=province.areas["VN-58.586.22846"]),
        ]
    )
    shown = province.registrar("roster", country="VN")
    assert (shown["count"], shown["masked"]) == (2, False)
    assert shown["items"][0]["name"] == "Nguyễn Thị Lan"
    assert shown["items"][0]["phone"] == "+84 259 382 1234"
    masked = province.svc.call("roster", roles=["case_worker"], country="VN")
    assert [item["name"] for item in masked["items"]] == ["N*** T*** L***", "T*** V*** A***"]
    assert [item["born_on"] for item in masked["items"]] == [None, None]
    bac_ai = [province.areas["VN-58.584"]]
    near = province.registrar("roster", areas=bac_ai, country="VN")
    assert (near["count"], len(near["items"])) == (1, 1)
    assert province.registrar("roster", area=province.areas["VN-58.586"])["count"] == 1
    with pytest.raises(NotFound):
        province.registrar("roster", areas=bac_ai, area=province.areas["VN-58.586"])
    page = province.registrar("roster", country="VN", limit=1)
    assert (page["count"], len(page["items"])) == (2, 1)
    rest = province.registrar("roster", country="VN", limit=1, after=page["next"])
    assert [item["name"] for item in rest["items"]] == ["Trần Văn An"]


def test_ninh_thuan_had_44_then_28_then_40(bare):
    """The office's own account, entered from the data files as a demonstration would."""
    office = bare
    countries = yaml.safe_load((DATA / "countries.yaml").read_text())["countries"]
    (vietnam,) = (country for country in countries if country["country"] == "VN")
    office.registrar("define_country", **{k: v for k, v in vietnam.items() if k != "holiday_years"})
    assert office.load_file("VN", "ninh_thuan.csv")["created"] == 74
    account = yaml.safe_load((DATA / "ninh_thuan_decisions.yaml").read_text())
    appointed = {}
    for decision in account["decisions"]:
        people = [
            {**{k: v for k, v in each.items() if k != "constructed"}, "area": office.areas[each["area"]]}
            for each in decision["appointments"]
        ]
        body = {**decision, "area": office.areas[decision["area"]], "appointments": people}
        told = office.registrar("issue_decision", country="VN", **body)
        appointed[decision["number"]] = told["collaborators"]
    for each in account["exits"]:
        office.registrar(
            "record_exit",
            collaborator=appointed[each["decision"]][each["appointment"] - 1],
            on=each["on"],
            reason_code=each["reason_code"],
        )

    def count(day):
        return office.registrar("roster", country="VN", as_of=day)["count"]

    assert [count(day) for day in ("2017-09-20", "2020-04-07", "2020-04-08")] == [44, 28, 40]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE collaborator SET exited_on = effective_on - 1, exit_reason_code = 'x'",
        "UPDATE collaborator SET exited_on = effective_on",
        "UPDATE collaborator SET exit_instrument = 'x'",
    ],
)
def test_the_database_itself_refuses_an_exit_that_cannot_be(province, appoint, statement):
    appoint()
    with pytest.raises(psycopg.errors.CheckViolation):
        province.svc.sql(statement)


def test_the_service_itself_cannot_change_a_decision(province, appoint):
    appoint()
    with pytest.raises(psycopg.errors.InsufficientPrivilege), province.svc.tx() as tx:
        tx.run("UPDATE decision SET number = 'x'")
