"""What becomes of a group after its registration: members come and go, visits find it or do not, it ceases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Refused


@pytest.fixture
def group(office):
    """A group of five, verified on 4 August 2025."""
    told = office.register_group(registered_on="2025-07-14")
    office.verify_group(told["group"])
    return told


def add(office, group, person=None, **more):
    return office.ward_officer("add_member", group=group, member=person or office.person(), **more)


def remove(office, group, member, reason_code="moved_away", **more):
    return office.ward_officer("remove_member", group=group, member=member, reason_code=reason_code, **more)


def visit(office, group, outcome="found", **more):
    return office.council_officer("record_visit", group=group, outcome=outcome, findings="Tuliwaona.", **more)


def cease(office, group, reason_code="dispersed", **more):
    body = {"found_by": "visit", "findings": "Hawapo tena.", **more}
    return office.council_officer("record_cessation", group=group, reason_code=reason_code, **body)


def facts(office, group, on):
    return office.service("member_facts", group=group, on=on)


def test_a_member_joins_and_another_leaves(office, group):
    office.svc.at(datetime(2025, 11, 3, 9, 0, tzinfo=UTC))
    joined = add(office, group["group"])
    left = remove(office, group["group"], group["members"][0])

    assert (joined["members"], left["members"]) == (6, 5)
    now = {m["member"] for m in facts(office, group["group"], "2025-11-03")["members"]}
    before = {m["member"] for m in facts(office, group["group"], "2025-11-02")["members"]}
    assert before == set(group["members"])
    assert now == {*group["members"][1:], joined["member"]}
    (event,) = office.svc.events("group_member_joined")
    assert set(event["data"]["member_ids"]) == {*group["members"], joined["member"]}
    (event,) = office.svc.events("group_member_left")
    assert set(event["data"]["member_ids"]) == now
    assert (event["data"]["member"], event["data"]["reason_code"]) == (group["members"][0], "moved_away")
    shown = office.ward_officer("group", group=group["group"])
    gone = next(m for m in shown["members"] if m["member"] == group["members"][0])
    assert (gone["left_on"], gone["left_reason_code"]) == ("2025-11-03", "moved_away")


def test_who_left_may_join_another_group_and_come_back(office, group):
    person = office.person()
    member = add(office, group["group"], person)["member"]
    other = office.register_group(name="Umoja")["group"]
    with pytest.raises(Refused, match="member_in_another_group"):
        add(office, other, person)
    office.svc.at(datetime(2025, 9, 1, 9, 0, tzinfo=UTC))
    remove(office, group["group"], member)
    with pytest.raises(Refused, match="before_last_step"):
        add(office, other, {**person, "joined_on": "2025-08-31"})
    assert add(office, other, person)["member"] == member
    office.svc.at(datetime(2025, 10, 1, 9, 0, tzinfo=UTC))
    remove(office, other, member)
    assert add(office, group["group"], person)["member"] == member
    assert [m["other_groups"] for m in facts(office, group["group"], "2025-10-01")["members"]] == [0] * 6


def test_of_two_groups_that_add_one_person_at_once_one_gets_her(office, group):
    other = office.register_group(name="Umoja")["group"]
    person, gate = office.person(), threading.Barrier(2)

    def join(into):
        gate.wait(timeout=10)
        try:
            return add(office, into, person)["members"]
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(join, [group["group"], other]))
    assert sorted(map(str, told)) == ["6", "member_in_another_group"]


def test_nobody_leaves_twice_or_before_joining_or_for_no_known_reason(office, group):
    member = group["members"][0]
    with pytest.raises(Refused, match="left_before_joining"):
        remove(office, group["group"], member, on="2025-07-13")
    with pytest.raises(Refused, match="reason_unknown"):
        remove(office, group["group"], member, "bored")
    with pytest.raises(Refused, match="in_future"):
        remove(office, group["group"], member, on="2025-08-05")
    remove(office, group["group"], member)
    with pytest.raises(NotFound, match="not_a_member"):
        remove(office, group["group"], member)


def test_a_visit_renews_the_verification(office, group):
    office.svc.at(datetime(2026, 8, 5, 9, 0, tzinfo=UTC))
    due = office.council_officer("groups_to_visit", area=office.areas["TZ-20.nkasi"])["items"]
    assert [(g["group"], g["last_seen_on"]) for g in due] == [(group["group"], "2025-08-04")]
    told = visit(office, group["group"])

    assert (told["status"], told["version"]) == ("verified", 3)
    assert office.council_officer("groups_to_visit")["items"] == []
    assert [e["data"]["verified_on"] for e in office.svc.events("group_verified")] == [
        "2025-08-04",
        "2026-08-05",
    ]


def test_a_group_that_cannot_be_found_is_told_at_once_and_may_be_found_again(office, group):
    office.svc.at(datetime(2026, 2, 3, 9, 0, tzinfo=UTC))
    visit(office, group["group"], "not_found")

    (event,) = office.svc.events("group_not_found")
    assert event["data"] == {
        "group": group["group"],
        "council": office.areas["TZ-20.nkasi"],
        "ward": office.areas["TZ-20.nkasi.chala"],
        "on": "2026-02-03",
    }
    assert [g["status"] for g in office.council_officer("groups_to_visit")["items"]] == ["not_found"]
    assert facts(office, group["group"], "2026-02-02")["status"] == "verified"
    assert facts(office, group["group"], "2026-02-03")["status"] == "not_found"
    # They are members still, and so can join no other group.
    assert len(facts(office, group["group"], "2026-02-03")["members"]) == 5
    office.svc.at(datetime(2026, 2, 10, 9, 0, tzinfo=UTC))
    visit(office, group["group"])
    assert facts(office, group["group"], "2026-02-10")["status"] == "verified"
    steps = office.council_officer("group", group=group["group"])["steps"]
    assert [step["status"] for step in steps] == ["registered", "verified", "not_found", "verified"]


def test_a_visit_is_made_by_another_officer_to_a_verified_group_and_in_order(office, group):
    with pytest.raises(Refused, match="before_last_step"):
        visit(office, group["group"], on="2025-08-03")
    with pytest.raises(Refused, match="maker_is_checker"):
        office.svc.call(
            "record_visit",
            roles=["council_officer"],
            caller="ward-officer",
            group=group["group"],
            outcome="found",
            findings="x",
        )
    with pytest.raises(Refused, match="not_verified_yet"):
        visit(office, office.register_group(name="Umoja")["group"])
    with pytest.raises(Conflict, match="group_changed"):
        visit(office, group["group"], expected_version=1)


def test_a_group_ceases_once_and_its_members_are_free(office, group):
    told = cease(office, group["group"], found_by="group", reason_code="dissolved")

    assert (told["status"], told["version"]) == ("ceased", 3)
    (event,) = office.svc.events("group_ceased")
    assert (event["data"]["reason_code"], event["data"]["found_by"]) == ("dissolved", "group")
    assert facts(office, group["group"], "2025-08-04") | {"members": []} == {
        **facts(office, group["group"], "2025-08-03"),
        "on": "2025-08-04",
        "status": "ceased",
        "members": [],
    }
    for again in (
        lambda: cease(office, group["group"]),
        lambda: visit(office, group["group"]),
        lambda: add(office, group["group"]),
        lambda: remove(office, group["group"], group["members"][0]),
    ):
        with pytest.raises(Refused):
            again()
    with pytest.raises(Refused, match="reason_unknown"):
        cease(office, office.register_group(name="Umoja")["group"], "bored")


def test_a_bank_account_is_free_once_its_group_has_ceased(office):
    bank = {"bank": "Benki", "account_name": "Tupendane", "account_number": "0150998877"}
    first = office.register_group(bank=bank)["group"]
    with pytest.raises(Refused, match="bank_account_in_use"):
        office.register_group(bank=bank)
    cease(office, first)
    office.register_group(bank=bank)


def test_an_office_elsewhere_knows_nothing_of_the_group(office, group):
    elsewhere = [office.areas["TZ-20.kalambo"]]
    body = {"group": group["group"], "findings": "x"}
    for method, more in (
        ("record_visit", {"outcome": "found"}),
        ("record_cessation", {"reason_code": "dispersed", "found_by": "visit"}),
    ):
        with pytest.raises(NotFound):
            office.svc.call(method, roles=["council_officer"], areas=elsewhere, **body, **more)
    assert (
        office.svc.call("groups_to_visit", roles=["auditor"], areas=elsewhere, as_of="2027-01-01")["items"]
        == []
    )
    with pytest.raises(Forbidden):
        office.svc.call("record_cessation", roles=["auditor"], reason_code="x", found_by="visit", **body)


def test_what_officers_write_of_a_group_is_sealed(office, group):
    office.council_officer(
        "record_visit", group=group["group"], outcome="not_found", findings="Asha Kapufi ametoroka"
    )
    for table in ("group_step", "registered_group", "outbox", "command", "membership"):
        assert "Kapufi" not in str(office.svc.sql(f"SELECT to_jsonb(t)::text FROM {table} t"))
    assert (
        office.council_officer("group", group=group["group"])["steps"][-1]["findings"]
        == "Asha Kapufi ametoroka"
    )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE group_step SET status = 'verified'", "DELETE FROM group_step", "TRUNCATE group_step"],
)
def test_what_was_found_of_a_group_is_never_rewritten(office, group, statement):
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        psycopg.connect(office.svc.settings.database_dsn) as connection,
    ):
        connection.execute(statement)


def test_a_group_cannot_cease_twice_whatever_the_code_does(office, group):
    cease(office, group["group"])
    with pytest.raises(psycopg.errors.UniqueViolation):
        office.svc.sql(
            """
            INSERT INTO group_step ("group", status, "on", found_by, reason_code, recorded_by, recorded_at)
            VALUES (%(group)s, 'ceased', '2025-08-05', 'visit', 'dissolved', 'x', now())
            """,
            group=group["group"],
        )
