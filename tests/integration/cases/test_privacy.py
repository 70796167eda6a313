"""Nothing that tells who somebody is leaves its seal; and who is forgotten is forgotten everywhere."""

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from cases.people import sealing
from chassis.errors import ChassisError, NotFound, Refused

CANARIES = (
    "Zuberi",
    "zuberi",
    "0788555444",
    "788555444",
    "19700101777",
    "Mbuyuni",
    "1970-01-01",
    "kanari",
    "Kanari",
)
PERSON = {
    "names": "Zuberi Kanari",
    "sex": "male",
    "born_on": "1970-01-01",
    "national_id": "19700101777",
    "phone": "0788555444",
    "email": "zuberi@example.org",
    "address": "Mbuyuni, behind the mosque",
}
COMPLAINANT = {name: PERSON[name] for name in ("names", "sex", "phone", "email", "address")}


def everything_in(dsn: str) -> str:
    """Every value of every table that a role can see, as text; bytes both as hex and as if they were text."""
    seen: list[str] = []
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            """
            SELECT format('%I.%I', n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND has_table_privilege(c.oid, 'SELECT')
            """
        ).fetchall()
        for (table,) in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                for value in row:
                    seen.append(value.decode("latin-1") if isinstance(value, bytes) else str(value))
    assert seen
    return "\n".join(seen)


@pytest.fixture
def whole_life(lone_office: Any) -> dict[str, Any]:
    """A case and a complaint from end to end, a canary in every field that takes one, and all replies."""
    office = lone_office
    replies: list[Any] = []
    hamlet = office.svc.given_area("hamlet", office.ward)

    def keep(reply: Any) -> Any:
        replies.append(reply)
        return reply

    case = keep(office.open_case(person=PERSON, story="Zuberi sleeps at Mbuyuni.", area=hamlet))["case"]
    keep(
        office.as_worker(
            "record_assessment", case=case, risk="danger", needs=["food"], notes="Zuberi is hungry."
        )
    )
    keep(office.as_worker("answer_danger", case=case, action="family_care", notes="With Kanari's aunt."))
    complaint = keep(
        office.receive(
            complainant=COMPLAINANT, words="Zuberi was sent away.", about="Kanari's office", area=hamlet
        )
    )
    answered = complaint["complaint"]
    keep(office.acknowledge(answered))
    keep(office.wait(answered))
    keep(office.resume(answered))
    keep(office.answer(answered, words="Sorry, Zuberi."))
    keep(
        office.as_officer(
            "appeal_complaint", complaint=answered, channel="letter", grounds="Zuberi waits still."
        )
    )
    keep(
        office.as_officer(
            "decide_appeal",
            caller="officer.2",
            complaint=answered,
            decision="upheld",
            answer_channel="letter",
            words="Come in, Zuberi.",
        )
    )
    keep(office.as_worker("close_case", case=case, outcome="needs_met", reason="Zuberi went home."))
    keep(office.as_worker("cases", area=office.ward))
    keep(office.as_officer("complaints", area=office.ward))
    keep(office.as_worker("find_cases", country="TZ", phone="0788555444"))
    return {"office": office, "case": case, "complaint": answered, "replies": replies, "hamlet": hamlet}


def test_no_table_event_or_reply_holds_a_personal_word(whole_life: dict[str, Any]) -> None:
    settings = whole_life["office"].svc.settings
    stored = everything_in(settings.owner_database_dsn) + everything_in(settings.owner_keys_database_dsn)
    said = json.dumps(whole_life["replies"])
    told = json.dumps(whole_life["office"].svc.events())
    for canary in CANARIES:
        assert canary not in stored
        assert canary not in said
        assert canary not in told
    assert whole_life["hamlet"] not in told


def test_the_officers_read_every_word(whole_life: dict[str, Any]) -> None:
    office = whole_life["office"]
    case = json.dumps(office.as_worker("case", case=whole_life["case"]))
    complaint = json.dumps(office.as_officer("complaint", complaint=whole_life["complaint"]))
    for word in ("Zuberi Kanari", "hungry", "Mbuyuni", "1970-01-01", "19700101777", "went home"):
        assert word in case
    for word in ("Zuberi Kanari", "sent away", "Sorry, Zuberi", "waits still", "Come in", "Kanari's office"):
        assert word in complaint


def test_no_refusal_repeats_a_personal_word(office: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    attempts = [
        lambda: office.open_case(person=PERSON, category="Zuberi"),
        lambda: office.open_case(person={**PERSON, "names": "Zuberi\u0000"}),
        lambda: office.open_case(person={**PERSON, "phone": ["0788555444"]}),
        lambda: office.open_case(person={**PERSON, "born_on": "1970-01-01 Zuberi"}),
        lambda: office.open_case(person=PERSON, category="neglected_under_five", story="Zuberi"),
        lambda: office.receive(complainant=COMPLAINANT, words="Zuberi " * 5000),
        lambda: office.receive(complainant=COMPLAINANT, kind="Zuberi"),
        lambda: office.as_worker("close_case", case=str(uuid4()), outcome="died", reason="Zuberi"),
    ]
    for attempt in attempts:
        with pytest.raises(ChassisError) as refusal:
            attempt()
        assert not any(canary in str(refusal.value.args) for canary in CANARIES)
    assert not any(canary in caplog.text for canary in CANARIES)


def test_who_is_forgotten_is_unreadable_at_once_and_for_good(whole_life: dict[str, Any]) -> None:
    office = whole_life["office"]
    person = office.as_worker("case", case=whole_life["case"])["person"]["person"]
    erased = office.as_supervisor("erase_person", person=person, reason="asked_by_person")
    assert office.told(person) == [("person_erased", {"person": person, "on": erased["on"]})]

    def check() -> None:
        seen = office.as_worker("case", case=whole_life["case"])
        assert seen["person"] == {
            "person": person,
            "sex": "male",
            "erased": True,
            **dict.fromkeys(("names", "born_on", "national_id", "phone", "email", "address")),
        }
        assert (seen["story"], seen["place"], seen["closure"]["reason"]) == (None, None, None)
        assert seen["assessments"][0]["notes"] is None
        assert seen["category"] == "poor"  # the fact stays, the person is gone

    check()
    office.fire()
    check()
    keys = psycopg.connect(office.svc.settings.owner_keys_database_dsn)
    with keys:
        assert keys.execute("SELECT 1 FROM subject_key WHERE subject = %s", (person,)).fetchall() == []
    assert office.svc.sql("SELECT 1 FROM person_index WHERE person = %(p)s", p=person) == []
    assert office.svc.sql("SELECT reason FROM erased_subject WHERE subject = %(p)s", p=person) == [
        {"reason": "asked_by_person"}
    ]
    assert office.as_worker("find_cases", country="TZ", phone="0788555444")["cases"] == []
    with office.svc.tx() as tx:
        sealed = tx.value('SELECT story FROM welfare_case WHERE "case" = %(case)s', case=whole_life["case"])
        assert tx.unseal(person, sealed, "case.story") is None  # the bytes are there, the key is not


def test_a_key_outlives_the_erasure_by_no_crash(lone_office: Any) -> None:
    office = lone_office
    opened = office.open_case(person=PERSON)
    office.as_worker("close_case", case=opened["case"], outcome="died", reason="x")
    office.as_supervisor("erase_person", person=opened["person"], reason="retention_ended")
    # The process falls here, before the key is destroyed; whoever starts next finds the moment due.
    waiting = office.svc.sql("SELECT subject::text FROM deadline WHERE kind = %(k)s", k=sealing.KEY_OF_ERASED)
    assert waiting == [{"subject": opened["person"]}]
    assert office.svc.fire_deadlines() == 1


def test_an_erased_complainants_words_are_gone_and_the_receipt_still_answers(office: Any) -> None:
    received = office.receive(words="Take this away.")
    office.answer(received["complaint"], words="Done.")
    person = office.as_officer("complaint", complaint=received["complaint"])["complainant"]["person"]
    office.svc.call("erase_person", roles=["council_director"], person=person, reason="asked_by_person")
    office.fire()
    seen = office.as_officer("complaint", complaint=received["complaint"])
    assert (seen["words"], seen["answer"]["words"], seen["complainant"]["names"]) == (None, None, None)
    public = office.svc.call("complaint_by_receipt", roles=[], areas=[], receipt=received["receipt"])
    assert public["state"] == "answered"


def test_who_is_still_owed_something_is_not_forgotten(office: Any) -> None:
    opened = office.open_case()
    with pytest.raises(Refused) as refusal:
        office.as_supervisor("erase_person", person=opened["person"], reason="asked_by_person")
    assert refusal.value.code == "still_open"


def test_only_who_sees_every_record_of_a_person_may_erase_them(office: Any) -> None:
    opened = office.open_case()
    office.as_worker("close_case", case=opened["case"], outcome="died", reason="x")
    with pytest.raises(NotFound):
        office.as_supervisor(
            "erase_person",
            areas=[office.svc.given_area("ward")],
            person=opened["person"],
            reason="asked_by_person",
        )
    with pytest.raises(NotFound):
        office.as_supervisor("erase_person", person=str(uuid4()), reason="asked_by_person")
    office.as_supervisor(
        "erase_person", areas=[office.council], person=opened["person"], reason="asked_by_person"
    )
    with pytest.raises(NotFound):
        office.as_supervisor("erase_person", person=opened["person"], reason="asked_by_person")


def test_nothing_more_is_written_about_who_is_erased(office: Any) -> None:
    opened = office.open_case()
    office.as_worker("close_case", case=opened["case"], outcome="died", reason="x")
    office.as_supervisor("erase_person", person=opened["person"], reason="asked_by_person")
    with pytest.raises(Refused) as refusal:
        office.open_case(person=None, known_person=opened["person"])
    assert refusal.value.code == "person_erased"


def test_the_officer_complained_about_stands_nowhere_in_clear(office: Any) -> None:
    office.receive(about_officer="zuberi.kanari")
    office.svc.at(office.svc.clock.now() + timedelta(days=1))
    assert "zuberi.kanari" not in everything_in(office.svc.settings.owner_database_dsn)


def test_who_came_back_with_a_backup_is_forgotten_again_at_the_start(lone_office: Any) -> None:
    """The ledger tells of an erasure that the restored rows do not know yet."""
    office = lone_office
    phones = ("0788 555 001", "0788 555 002")
    gone, stays = (office.open_case(person=PERSON | {"phone": phone})["person"] for phone in phones)
    office.svc.sql("INSERT INTO erased_subject VALUES (%(p)s, now(), 'asked_by_person')", p=gone)
    office.svc.runtime.reapply_erasures()
    office.svc.runtime.reapply_erasures()  # every start does it
    rows = office.svc.sql("SELECT person::text, names IS NULL AS empty, erased_on FROM person")
    assert {row["person"]: (row["empty"], row["erased_on"] is None) for row in rows} == {
        gone: (True, False),
        stays: (False, True),
    }
    found = {str(row["person"]) for row in office.svc.sql("SELECT person FROM person_index")}
    assert found == {stays}
    assert office.svc.runtime.people.keys.get_many([UUID(gone), UUID(stays)]).keys() == {UUID(stays)}
