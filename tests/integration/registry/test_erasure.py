"""A member or collaborator who asks to be forgotten: the facts stay, the person is gone, everywhere."""

import json
from datetime import UTC, datetime

import psycopg
import pytest

from chassis.errors import ChassisError, Forbidden, NotFound, Refused

CANARIES = ["Zawadi", "Kapufi", "754987654", "754 987 654", "1971-09-17", "19710917-77777"]


@pytest.fixture
def member(office):
    """Somebody who was in a group that was refused, and is in none now."""
    person = office.person(
        name="Zawadi Kapufi",
        phone="+255 754 987 654",
        national_id="19710917-77777-00001-23",
        born_on="1971-09-17",
    )
    told = office.register_group([person, office.person()])
    office.verify_group(told["group"], "refuse", reason_code="no_activity")
    return {"person": person, "member": told["members"][0], "group": told["group"]}


def erase(office, person, areas=("*",), **more):
    body = {"reason": "asked_by_person", **more}
    return office.svc.call("erase_person", roles=["council_director"], areas=areas, person=person, **body)


def keys_of(office, person):
    with psycopg.connect(office.svc.settings.owner_keys_database_dsn) as keys:
        return keys.execute("SELECT 1 FROM subject_key WHERE subject = %s", (person,)).fetchall()


def test_who_is_forgotten_is_unreadable_at_once_and_for_good(office, member, caplog):
    assert keys_of(office, member["member"])
    erased = erase(office, member["member"])

    for fire in (lambda: None, office.svc.fire_deadlines):
        fire()
        shown = office.ward_officer("group", group=member["group"])
        gone = next(m for m in shown["members"] if m["member"] == member["member"])
        assert gone["erased"]
        assert {gone[field] for field in ("name", "national_id", "born_on", "phone")} == {None}
        assert gone["sex"] == "female"  # the fact stays
        assert not any(canary in json.dumps(shown) for canary in CANARIES)
    assert keys_of(office, member["member"]) == []
    (event,) = office.svc.events("person_erased")
    assert event["data"] == {"person": member["member"], "kind": "member", "on": erased["on"]}
    assert office.svc.sql("SELECT reason FROM erased_subject") == [{"reason": "asked_by_person"}]
    for row in office.svc.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'registry'"
    ):
        text = str(office.svc.sql(f"SELECT to_jsonb(t)::text FROM {row['table_name']} t"))
        assert not [canary for canary in CANARIES if canary in text], row["table_name"]
    assert not any(canary in caplog.text for canary in CANARIES)


def test_who_was_forgotten_and_comes_back_is_somebody_new(office, member):
    erase(office, member["member"])
    office.svc.fire_deadlines()
    told = office.register_group([member["person"]], name="Umoja")
    assert told["members"] != [member["member"]]
    shown = office.ward_officer("group", group=told["group"])["members"]
    assert [m["name"] for m in shown] == ["Zawadi Kapufi"]


def test_nobody_is_forgotten_while_a_member(office):
    told = office.register_group()
    with pytest.raises(Refused, match="still_a_member") as refusal:
        erase(office, told["members"][0])
    assert not any(canary in str(refusal.value.args) for canary in CANARIES)
    office.ward_officer(
        "remove_member", group=told["group"], member=told["members"][0], reason_code="resigned"
    )
    erase(office, told["members"][0])
    assert office.service("member_facts", group=told["group"], on="2025-08-04")["members"] != []


def test_only_who_sees_every_record_of_a_person_may_erase_them(office, member):
    attempts = [
        (NotFound, lambda: erase(office, member["member"], areas=[office.areas["TZ-20.kalambo"]])),
        (NotFound, lambda: erase(office, "01936f6a-1c00-7a10-8a10-00000000ffff")),
        (
            Forbidden,
            lambda: office.ward_officer("erase_person", person=member["member"], reason="court_order"),
        ),
    ]
    for error, attempt in attempts:
        with pytest.raises(ChassisError) as refusal:
            attempt()
        assert type(refusal.value) is error
    erase(office, member["member"], areas=[office.areas["TZ-20.nkasi"]])
    with pytest.raises(NotFound):
        erase(office, member["member"])


def test_the_facts_of_a_day_before_stay_without_the_person(office, member):
    erase(office, member["member"])
    office.svc.at(datetime(2025, 8, 5, 9, 0, tzinfo=UTC))
    office.svc.fire_deadlines()
    rows = office.svc.sql("SELECT count(*) AS n FROM membership WHERE member = %(m)s", m=member["member"])
    assert rows == [{"n": 1}]


def test_the_database_keeps_an_erased_row_empty_and_out_of_every_group(office, member):
    erase(office, member["member"])
    for statement, constraint in (
        ("UPDATE member SET name = 'x' WHERE member = %(m)s", "member_whole_or_erased"),
        (
            """
            INSERT INTO membership ("group", member, position, citizen, formally_employed, disability, joined_on,
                                    recorded_at)
            SELECT "group", member, position, true, false, false, '2025-08-20', now() FROM membership
            WHERE member = %(m)s
            """,
            "nobody_erased_is_a_member",
        ),
    ):
        with pytest.raises(psycopg.errors.CheckViolation) as violation:
            office.svc.sql(statement, m=member["member"])
        assert violation.value.diag.constraint_name == constraint


def test_a_collaborator_who_left_may_be_forgotten(province):
    appointed = province.svc.call(
        "issue_decision",
        roles=["registrar"],
        country="VN",
        number="1897/QD-UBND",
        issued_on="2015-09-07",
        issuer="UBND",
        effective_on="2015-09-07",
        area=province.areas["VN-58"],
        appointments=[
            {
                "name": "Zawadi Kapufi",
                "born_on": "1980-01-01",
                "qualification": "college",
                "field": "social_work",
                "certificate": False,
                "area": province.areas["VN-58"],
            }
        ],
    )
    person = appointed["collaborators"][0]
    with pytest.raises(Refused, match="still_a_member"):
        erase(province, person)
    province.registrar("record_exit", collaborator=person, on="2019-11-16", reason_code="retired")
    erase(province, person)
    province.svc.fire_deadlines()
    shown = province.registrar("roster", country="VN", as_of="2018-01-01")
    assert (shown["count"], shown["items"][0]["name"], shown["items"][0]["erased"]) == (1, None, True)
