"""Groups from registration to verification, and one group for each person however many ask at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused


def test_a_group_is_registered_with_its_members(office):
    people = [office.person(position="chair"), office.person(disability=True)]
    bank = {"bank": "Benki", "account_name": "TUPENDANE", "account_number": "0150-2233-4455"}
    told = office.register_group(people, bank=bank, registered_on="2025-07-14")
    assert told["reference"].startswith("G-00001-")
    assert (told["status"], told["version"], len(told["members"])) == ("registered", 1, 2)
    (event,) = office.svc.events("group_registered")
    assert event["data"] == {
        "group": told["group"],
        "reference": told["reference"],
        "kind": "women",
        "country": "TZ",
        "council": office.areas["TZ-20.nkasi"],
        "ward": office.areas["TZ-20.nkasi.chala"],
        "registered_on": "2025-07-14",
        "member_ids": told["members"],
        "has_enterprise": True,
        "has_bank_account": True,
    }


def test_a_repeated_registration_gives_the_same_group(office):
    body = {"members": [office.person()], "command_id": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"}
    assert office.register_group(**body) == office.register_group(**body)
    assert len(office.svc.sql("SELECT 1 FROM registered_group")) == 1


def test_nothing_personal_stands_in_the_tables_events_or_audit(office):
    person = office.person(name="Zawadi Kapufi", phone="+255 754 987 654")
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150998877"}
    told = office.register_group([person], bank=bank, plan="Zawadi Kapufi atauza mayai")
    office.verify_group(told["group"])
    secrets = ["Zawadi", "Kapufi", "987 654", "1992-03-04", "19920304", person["national_id"], "0150998877"]
    tables = [
        row["table_name"]
        for row in office.svc.sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'registry'"
        )
    ]
    assert {"member", "membership", "registered_group", "outbox", "command"} <= set(tables)
    for table in tables:
        text = str(office.svc.sql(f"SELECT to_jsonb(t)::text FROM {table} t"))
        assert not [secret for secret in secrets if secret in text], table


def test_an_officer_may_read_the_members_and_an_auditor_sees_them_masked(office):
    person = office.person(name="Zawadi Kapufi", phone="+255 754 987 654")
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150998877"}
    group = office.register_group([person], bank=bank)["group"]
    shown = office.ward_officer("group", group=group)
    assert not shown["masked"]
    assert shown["members"][0]["name"] == "Zawadi Kapufi"
    assert shown["members"][0]["national_id"] == person["national_id"]
    assert shown["members"][0]["born_on"] == "1992-03-04"
    assert shown["account_number"] == "0150998877"
    masked = office.svc.call("group", roles=["auditor"], reference=shown["reference"])
    assert masked["masked"]
    assert masked["members"][0]["name"] == "Z*** K***"
    assert masked["members"][0]["national_id"] == "***23"
    assert masked["members"][0]["born_on"] is None
    assert masked["members"][0]["phone"] is None
    assert masked["account_number"] == "***77"


def test_a_person_is_a_member_of_one_group_only_whatever_the_council(office):
    both = office.person()
    office.register_group([office.person(), both])
    spelt_otherwise = {**both, "national_id": both["national_id"].replace("-", " "), "name": "Mwingine"}
    with pytest.raises(Refused, match="member_in_another_group") as refused:
        office.register_group(
            [office.person(), office.person(), spelt_otherwise],
            name="Umoja",
            council=office.areas["TZ-20.kalambo"],
            ward=office.areas["TZ-20.kalambo.matai"],
        )
    assert refused.value.fields == {"members.3": "member of another group"}
    told = f"{refused.value.message} {refused.value.fields}"
    assert "Tupendane" not in told
    assert "G-0" not in told
    assert len(office.svc.sql("SELECT 1 FROM registered_group")) == 1


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_of_many_groups_that_want_one_person_at_once_exactly_one_gets_her(office, known):
    wanted = office.person()
    if known:
        before = office.register_group([wanted])["group"]
        office.verify_group(before, "refuse", reason_code="not_found")
    start = threading.Barrier(6)

    def register(number):
        members = [office.person(), wanted, office.person()]
        if number % 2:
            members.reverse()
        start.wait(timeout=10)
        try:
            return office.register_group(members, name=f"Kikundi {number}")["group"]
        except Refused as refused:
            return refused.code, list(refused.fields)

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(register, range(6)))
    assert told.count(("member_in_another_group", ["members.2"])) == 5
    assert len(office.svc.sql("SELECT 1 FROM membership WHERE left_on IS NULL")) == 3
    assert len(office.svc.events("group_registered")) == (2 if known else 1)


def test_two_groups_with_the_same_people_in_another_order_do_not_wait_for_each_other_for_ever(office):
    people = [office.person() for _ in range(10)]
    start = threading.Barrier(2)

    def register(members):
        start.wait(timeout=10)
        try:
            return office.register_group(members)
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(register, (people, people[::-1])))
    assert sorted(isinstance(each, dict) for each in told) == [False, True]
    assert "member_in_another_group" in told


def test_a_person_named_twice_in_a_group_is_refused(office):
    twice = office.person()
    with pytest.raises(Refused, match="bad_members") as refused:
        office.register_group([twice, office.person(), twice])
    assert refused.value.fields == {"members.3": "the same person as number 1"}


def test_a_bank_account_is_the_groups_own_and_no_others(office):
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150-9988-77"}
    with pytest.raises(Refused, match="account_not_in_groups_name"):
        office.register_group(name="Umoja", bank=bank)
    office.register_group(bank=bank)
    with pytest.raises(Refused, match="bank_account_in_use"):
        office.register_group(bank={**bank, "account_number": "0150998877"})


def test_of_two_groups_that_name_one_account_at_once_one_gets_it(office):
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150998877"}
    start = threading.Barrier(3)

    def register(_):
        start.wait(timeout=10)
        try:
            return office.register_group([office.person()], bank=bank)["status"]
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(register, range(3))) == ["bank_account_in_use"] * 2 + ["registered"]


def test_another_officer_verifies_and_only_another(office):
    told = office.register_group()
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "verify_group",
            roles=["council_officer"],
            caller="ward-officer",
            group=told["group"],
            decision="verify",
            findings="Ndio",
        )
    with pytest.raises(Forbidden):
        office.ward_officer("verify_group", group=told["group"], decision="verify", findings="Ndio")
    with pytest.raises(Conflict, match="group_changed"):
        office.verify_group(told["group"], expected_version=2)
    assert office.verify_group(told["group"], expected_version=1)["status"] == "verified"
    (event,) = office.svc.events("group_verified")
    assert event["data"]["verified_on"] == "2025-08-04"
    assert sorted(event["data"]["member_ids"]) == sorted(told["members"])
    assert event["aggregateversion"] == 2
    with pytest.raises(Refused, match="already_decided"):
        office.verify_group(told["group"])
    assert office.ward_officer("group", group=told["group"])["findings"] == "Kikundi kimeonekana."


def test_of_two_officers_who_decide_at_once_one_is_told_that_it_is_decided(office):
    group = office.register_group()["group"]
    start = threading.Barrier(2)

    def decide(decision):
        start.wait(timeout=10)
        try:
            reason = {"reason_code": "not_found"} if decision == "refuse" else {}
            return office.verify_group(group, decision, **reason)["status"]
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        told = set(pool.map(decide, ("verify", "refuse")))
    assert told in ({"verified", "already_decided"}, {"refused", "already_decided"})


def test_the_members_of_a_refused_group_are_free_and_remain_the_same_persons(office):
    people = [office.person(), office.person()]
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150998877"}
    first = office.register_group(people, bank=bank)
    with pytest.raises(Refused, match="reason_unknown"):
        office.verify_group(first["group"], "refuse")
    office.verify_group(first["group"], "refuse", reason_code="not_found")
    (event,) = office.svc.events("group_refused")
    assert event["data"] == {"group": first["group"], "on": "2025-08-04", "reason_code": "not_found"}
    again = office.register_group([{**people[1], "name": "Jina Jipya"}, people[0]], bank=bank)
    assert again["members"] == first["members"][::-1]
    assert office.ward_officer("group", group=again["group"])["members"][0]["member"] in again["members"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"registered_on": "2025-08-05"}, "in_future"),
        ({"ward": "TZ-20.kalambo.matai"}, "ward_elsewhere"),
        ({"ward": "TZ-20.nkasi.chala.chima"}, "wrong_level"),
        ({"village": "TZ-20.kalambo.matai"}, "village_elsewhere"),
        ({"country": "VN"}, "country_unknown"),
    ],
)
def test_a_registration_that_cannot_be_right_is_refused(office, facts, code):
    with pytest.raises(Refused, match=code):
        office.register_group(**{name: office.areas.get(value, value) for name, value in facts.items()})


def test_a_group_without_members_or_with_unknown_fields_is_invalid(office):
    with pytest.raises(Invalid) as invalid:
        office.ward_officer("register_group", country="TZ", kind="men", members=[], colour="red")
    assert {"kind", "members", "colour", "ward"} <= invalid.value.fields.keys()


def test_an_officer_sees_the_groups_of_her_own_area_alone(office):
    chala = office.register_group(name="Umoja wa Chala")["group"]
    kate = office.register_group(name="Umoja wa Kate", ward=office.areas["TZ-20.nkasi.kate"])["group"]
    in_kate = [office.areas["TZ-20.nkasi.kate"]]
    assert [g["group"] for g in office.ward_officer("groups", areas=in_kate)["items"]] == [kate]
    in_nkasi = [office.areas["TZ-20.nkasi"]]
    assert [g["group"] for g in office.ward_officer("groups", areas=in_nkasi)["items"]] == [chala, kate]
    with pytest.raises(NotFound):
        office.ward_officer("group", areas=in_kate, group=chala)
    with pytest.raises(NotFound):
        office.council_officer("verify_group", areas=in_kate, group=chala, decision="verify", findings="x")
    with pytest.raises(NotFound):
        office.register_group(areas=in_kate)


def test_groups_are_found_by_name_kind_status_and_area_in_pages(office):
    groups = [office.register_group(name=f"Umoja {n}")["group"] for n in ("Amani", "Upendo", "Tumaini")]
    youth = office.register_group(kind="youth", name="Vijana Amani")["group"]
    office.verify_group(groups[1])

    def found(**wanted):
        return [item["group"] for item in office.ward_officer("groups", **wanted)["items"]]

    assert found(name="ÚMOJA") == groups
    assert found(name="amani") == [groups[0], youth]
    assert found(kind="youth") == [youth]
    assert found(status="verified") == [groups[1]]
    assert found(area=office.areas["TZ-20.nkasi"]) == [*groups, youth]
    assert found(area=office.areas["TZ-20.kalambo"]) == []
    page = office.ward_officer("groups", limit=3)
    assert [item["group"] for item in page["items"]] == groups
    assert page["items"][0]["members"] == 5
    assert found(after=page["next"]) == [youth]


# -- What a lender asks


def test_a_lender_is_told_ages_on_the_date_and_nothing_personal(office):
    people = [
        office.person(),
        office.person(national_id="20070804-11101-00009-23", born_on="2007-08-04", formally_employed=True),
    ]
    told = office.register_group(people, registered_on="2025-07-14")
    before = office.service("member_facts", group=told["group"], on="2025-08-03")
    assert before["status"] == "registered"
    by_id = {fact["member"]: fact for fact in before["members"]}
    assert by_id[told["members"][0]] == {
        "member": told["members"][0],
        "age": 33,
        "adult": True,
        "citizen": True,
        "formally_employed": False,
        "disability": False,
        "other_groups": 0,
    }
    assert (by_id[told["members"][1]]["age"], by_id[told["members"][1]]["adult"]) == (17, False)
    office.verify_group(told["group"])
    after = office.service("member_facts", group=told["group"], on="2025-08-04")
    assert (after["status"], after["has_enterprise"], after["has_bank_account"]) == ("verified", True, False)
    assert {fact["member"]: fact["age"] for fact in after["members"]}[told["members"][1]] == 18
    assert "Neema" not in str(after)
    with pytest.raises(NotFound):
        office.service("member_facts", group=told["group"], on="2025-07-13")
    with pytest.raises(Forbidden):
        office.ward_officer("member_facts", group=told["group"], on="2025-08-04")


def test_other_groups_on_the_date_are_counted(office):
    person = office.person()
    first = office.register_group([person], registered_on="2025-07-01")
    office.verify_group(first["group"], "refuse", reason_code="not_found", on="2025-07-20")
    second = office.register_group([{**person, "joined_on": "2025-07-10"}], registered_on="2025-07-25")
    facts = office.service("member_facts", group=second["group"], on="2025-07-25")["members"]
    assert [fact["other_groups"] for fact in facts] == [0]
    earlier = office.service("member_facts", group=first["group"], on="2025-07-15")["members"]
    assert [fact["other_groups"] for fact in earlier] == [1]


def test_an_erased_member_is_unreadable_and_counts_without_an_age(office):
    told = office.register_group([office.person(name="Zawadi Kapufi")])
    office.svc.runtime.people.erase(office.svc.sql("SELECT member FROM member")[0]["member"])
    shown = office.ward_officer("group", group=told["group"])["members"][0]
    assert shown["erased"]
    assert (shown["name"], shown["national_id"], shown["born_on"]) == (None, None, None)
    (fact,) = office.service("member_facts", group=told["group"], on="2025-08-04")["members"]
    assert (fact["age"], fact["adult"]) == (None, None)


# -- What the database itself forbids


def test_the_database_itself_keeps_a_person_to_one_group(office):
    first = office.register_group()
    second = office.register_group()
    with pytest.raises(psycopg.errors.UniqueViolation, match="one_group_per_person"):
        office.svc.sql(
            """
            INSERT INTO membership SELECT %(group)s, member, position, citizen, formally_employed, disability,
                                          joined_on, left_on, recorded_at
            FROM membership WHERE member = %(member)s
            """,
            group=second["group"],
            member=first["members"][0],
        )


@pytest.mark.parametrize(
    "change",
    [
        "status = 'verified'",
        "status = 'verified', decided_on = registered_on, decided_by = registered_by",
        "status = 'refused', decided_on = registered_on, decided_by = 'x'",
        "status = 'verified', decided_on = registered_on - 1, decided_by = 'x'",
        "bank = 'x'",
    ],
)
def test_the_database_itself_refuses_a_decision_that_breaks_the_rules(office, change):
    office.register_group()
    with pytest.raises(psycopg.errors.CheckViolation):
        office.svc.sql(f"UPDATE registered_group SET {change}")
