"""No personal word is found anywhere but with its owner, under seal: looked for where an intruder would look.

Canaries are planted by RPC into every field that takes a personal word, in what is accepted and in what is refused
in every way. Then databases, logs, metrics, replies, events, queues and the broker's own files are searched.
"""

import base64
import itertools
import json
import unicodedata
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import quote

import amqp
import pytest
from kombu import Connection

from chassis.contracts.folder import folder_of
from e2e import small_world
from e2e.beneath import LOGS, Beneath
from e2e.canaries import Flock
from e2e.planting import (
    COUNCIL_OFFICER,
    FIRST,
    SUPERVISOR,
    TREASURER,
    WARD_OFFICER,
    WORKER,
    Planting,
    ask_reports,
    plant_faults,
    plant_what_is_accepted,
    plant_what_is_refused,
    send_events_that_are_none,
)
from e2e.wire import Wire, messages_in
from instances import SharedServers
from running import eventually
from ustawi.demo.office import FOLLOWERS, Office
from ustawi.demo.officers import OPERATIONS, REGISTRAR, Officer
from ustawi.local.postgres import Postgres

pytestmark = pytest.mark.xdist_group("e2e")

# Methods in whose texts nobody is named, and other texts that name no person: facts about places, law and
# organisations, codes of lists, and references. A text that is neither here nor planted fails a test below.
ABOUT_NOBODY = {
    "registry": """
        applied drop parked reconcile_stream redrive resume_stream area areas import_areas country define_country
        publish_holidays override_holiday register_organisation decide_organisation organisation organisations
        dead_letters drop_dead_letters redrive_dead_letters change_areas
    """,
    "cases": """
        applied drop parked reconcile_stream redrive resume_stream cases case_lists complaints complaint_lists
        complaint_by_receipt dead_letters drop_dead_letters redrive_dead_letters
    """,
}
OFFICIAL = {
    "registry.group": "reference",
    "registry.groups": "name",
    "registry.register_group": "country name bank.bank bank.account_name",  # it is the group's own name
    "registry.verify_group": "reason_code",
    "registry.record_cessation": "reason_code",
    "registry.remove_member": "reason_code",
    "registry.issue_decision": "country number issuer appointments[].qualification appointments[].field",
    "registry.record_exit": "reason_code instrument",
    "registry.roster": "country",
    "cases.open_case": "category channel",
    "cases.assign_case": "worker among[]",  # officers, by the subjects of their tokens
    "cases.record_assessment": "needs[]",
    "cases.answer_danger": "action",
    "cases.close_case": "outcome",
    "cases.find_cases": "country",
    "cases.receive_complaint": "kind category channel",
    "cases.answer_complaint": "decision answer_channel",
    "cases.appeal_complaint": "channel receipt",
    "cases.decide_appeal": "decision answer_channel",
}

# Accepted, and never given back: kept as a keyed hash alone, or under a seal that no query opens.
NOT_TOLD = {"cases.receive_complaint.about_officer", "cases.answer_danger.notes"}


class Field(Planting):
    """A planting, and what could only be looked at on the way."""

    waiting: dict[str, list[bytes]]  # in the queues of `reports`, while it was away
    of_broker: list[str]  # files of the broker that held a mark, before any was sent as an event
    of_postgres: bytes  # its log, before it was made to quote anybody
    sent: list[bytes]  # what was sent as events and is none


@pytest.fixture(scope="module")
def field(system: Any, servers: SharedServers, postgres: Postgres) -> Iterator[Field]:
    office = Office(system.addresses, connections=2, say=lambda _: None)
    wire = Wire(system.addresses.amqp_uri)
    field = Field(Beneath(system.services, postgres, servers.rabbitmq), office, wire)
    beneath = field.beneath
    small_world.define(office)
    beneath.until_taken_in()

    assert system.services["reports"].stop() == 0
    plant_what_is_accepted(field)
    plant_what_is_refused(field)
    beneath.until_published()
    field.of_postgres = beneath.log_of_postgres()
    plant_faults(field)
    beneath.until_published()
    field.of_broker = [name for name, raw in beneath.files_of_broker() if field.flock.marked(raw)]
    reports = beneath.setting("reports", "AMQP_URI")
    counts = beneath.waiting()
    queues = [f"reports.from.{source}" for source in LOGS]
    field.waiting = {queue: messages_in(reports, queue, counts[queue]) for queue in queues}
    field.sent = send_events_that_are_none(field)
    system.services["reports"].start()
    beneath.until_taken_in()
    for source, followers in FOLLOWERS.items():
        counted = f'ustawi_dead_letters_total{{source="{source}"}}'
        for each in (system.services[follower] for follower in followers):
            eventually(lambda each=each, name=counted: each.metric(name) == len(field.sent), what=counted)
    ask_reports(field)
    yield field
    wire.close()
    office.close()


def dead_letters(beneath: Beneath) -> dict[str, list[bytes]]:
    """What stands in the queues of the dead, by service, and stays there."""
    counts = beneath.waiting()
    return {
        service: messages_in(beneath.setting(service, "AMQP_URI"), dead, counts[dead])
        for service, dead in ((service, f"{service}.dead") for service in beneath.services)
    }


# -- What was planted


def test_every_text_that_is_taken_is_official_or_was_planted(field: Field) -> None:
    texts = {text for service in ABOUT_NOBODY for text in texts_taken_by(service)}
    official = {f"{method}.{text}" for method, names in OFFICIAL.items() for text in names.split()}
    assert texts - official - set(field.flock.places.values()) == set()
    assert official - texts == set(), "named as official, and no such text is taken"
    assert len(texts) > 45


def texts_taken_by(service: str) -> Iterator[str]:
    """Every free text in a request of a service, by its contract: dates, ids and words of fixed lists are none."""
    folder = folder_of(import_module(f"{service}.service").SERVICE) / "rpc"
    for path in sorted(folder.glob("*.request.schema.json")):
        method = path.name.removesuffix(".request.schema.json")
        if method not in ABOUT_NOBODY[service].split():
            yield from texts_within(json.loads(path.read_text()), f"{service}.{method}")


def texts_within(schema: dict[str, Any], path: str) -> Iterator[str]:
    if "string" in schema.get("type", ()) and "format" not in schema and "enum" not in schema:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from texts_within(inner, f"{path}.{name}")
    if "items" in schema:
        yield from texts_within(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from texts_within(schema["additionalProperties"], f"{path}{{}}")


def test_officers_read_back_every_word_that_was_accepted(field: Field) -> None:
    ids, reads = field.ids, field.reads
    read = json.dumps(
        [
            *(reads(WARD_OFFICER, "registry", "group", group=ids[each]) for each in ("group", "lost_group")),
            reads(REGISTRAR, "registry", "roster", country="VN"),
            reads(WORKER, "cases", "case", case=ids["case"]),
            reads(FIRST, "cases", "complaint", complaint=ids["complaint"]),
        ],
        ensure_ascii=False,
    )
    accepted = [json.loads(request.body)["kwargs"] for request, _ in field.replies[:16]]
    words = [word for body in accepted for word in words_within(body) if field.flock.found_in(word)]
    assert len(words) > 30
    not_told = {field.flock.planted_at(word) for word in words if word not in read}
    assert not_told == NOT_TOLD
    assert field.areas[small_world.HAMLET] in read


def words_within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        # As it stands in the JSON of a reply.
        yield json.dumps(value, ensure_ascii=False)[1:-1]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words_within(inner)


def test_everything_was_refused_as_it_was_meant_to_be(field: Field) -> None:
    strange = [
        f"{request}: {answer.error}, not {code}"
        for request, answer, code in field.refusals
        if answer.error is None or answer.error[1] != code
    ]
    assert strange == []
    assert len({code for *_, code in field.refusals}) > 25


# -- Where no word may be


def events_of(field: Field) -> str:
    return "\n".join(body for source in LOGS for _, _, body, _ in field.beneath.log_of(source))


SEARCHED: dict[str, Callable[[Field], bytes | str]] = {
    "the database": lambda field: field.beneath.dump(),
    "the database of keys": lambda field: field.beneath.dump(keys=True),
    "the services' logs": lambda field: field.beneath.logs_of_services(),
    "metrics and health": lambda field: field.beneath.told_by_services(),
    "replies": lambda field: b"\n".join(answer.raw for _, answer in field.replies),
    "error replies": lambda field: b"\n".join(answer.raw for _, answer, _ in field.refusals),
    "the events": events_of,
    "the queues of the streams": lambda field: b"\n".join(itertools.chain(*field.waiting.values())),
    "the broker's log": lambda field: field.beneath.logs_of_broker(),
    "the log of PostgreSQL": lambda field: field.of_postgres,
    "the parked events": lambda field: json.dumps(field.reads(OPERATIONS, "loans", "parked")),
}


@pytest.mark.parametrize("place", SEARCHED)
def test_no_word_of_anybody_is_found_in(place: str, field: Field) -> None:
    text = SEARCHED[place](field)
    assert len(text) > 100, "there is something to be searched"
    assert field.flock.found_in(text) == []
    text = text if isinstance(text, str) else text.decode(errors="replace")
    if place != "replies":  # a receipt is given out once, to whom it belongs
        assert [what for what, secret in field.secrets.items() if secret in text] == []


def test_the_broker_kept_no_message_of_a_call_on_disk(field: Field) -> None:
    assert field.of_broker == []


def test_the_queues_held_every_event_and_nothing_else(field: Field) -> None:
    for source in LOGS:
        queued = field.waiting[f"reports.from.{source}"]
        published = [body.encode() for _, _, body, _ in field.beneath.log_of(source)]
        assert queued == published[len(published) - len(queued) :]
    types = [json.loads(body)["type"] for bodies in field.waiting.values() for body in bodies]
    assert len(types) > 15
    assert {"group_verified", "collaborator_appointed", "case_closed", "appeal_decided"} <= set(types)
    assert [name for name, count in field.beneath.waiting().items() if count and ".dead" not in name] == []


def test_what_came_as_an_event_and_is_none_is_kept_as_it_came_and_told_nowhere_else(field: Field) -> None:
    dead = dead_letters(field.beneath)
    for service, bodies in dead.items():
        sources = [source for source, followers in FOLLOWERS.items() if service in followers]
        assert sorted(bodies) == sorted(field.sent * len(sources)), service


def test_an_event_that_failed_is_parked_without_the_words_of_its_error(field: Field) -> None:
    parked = field.reads(OPERATIONS, "loans", "parked")["parked"]
    assert [each["type"] for each in parked] == ["group_registered"]
    assert "DataException" in parked[0]["error"]


def test_a_place_below_the_ward_stays_with_the_case(field: Field) -> None:
    hamlet = field.areas[small_world.HAMLET]
    assert all(hamlet not in body for _, _, body, _ in field.beneath.log_of("cases"))
    replies = [answer.raw for request, answer in field.replies if request.service == "cases"]
    assert not any(hamlet.encode() in raw for raw in replies)


def test_who_may_not_read_personal_words_sees_masks(field: Field) -> None:
    seen = field.reads(TREASURER, "registry", "group", group=field.ids["group"])
    assert seen["masked"]
    assert field.flock.found_in(json.dumps([seen["members"], seen["account_number"]])) == []
    anybody = Officer(COUNCIL_OFFICER.subject, COUNCIL_OFFICER.roles)
    roster = field.reads(anybody, "registry", "roster", country="VN")
    assert roster["masked"]
    assert field.flock.found_in(json.dumps(roster)) == []


# -- That the search would find it


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda word: word,
    "in capitals": str.upper,
    "inside another word": lambda word: f"x{word.replace(' ', '_')}x",
    "taken apart": lambda word: unicodedata.normalize("NFD", word),
    "as JSON has it": json.dumps,
    "as JSON within JSON has it": lambda word: json.dumps(json.dumps(word)),
    "as Python writes bytes": lambda word: repr(word.encode()),
    "in an address": quote,
    "hexadecimal": lambda word: word.encode().hex(),
    "hexadecimal in capitals": lambda word: word.encode().hex().upper(),
    "base64": lambda word: base64.b64encode(word.encode()).decode(),
    "base64, one letter on": lambda word: base64.b64encode(f"x{word}".encode()).decode(),
    "base64, two letters on": lambda word: base64.b64encode(f"xy{word}".encode()).decode(),
    "in octal": lambda word: "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in word.encode()),
}


def test_a_leak_into_a_table_is_found_in_every_form(field: Field) -> None:
    flock = Flock()
    name, phone, national_id = flock.name("a leak"), flock.phone("a leak"), flock.national_id("a leak")
    leaks = {
        **{f"a name {how}": write(name) for how, write in FORMS.items()},
        **{f"an accented word {how}": write(name.split()[0]) for how, write in FORMS.items()},
        "a telephone number": phone,
        "a telephone number together": phone.replace(" ", "").replace("+255", "0"),
        "a national id": national_id,
        "a national id together": national_id.replace("-", ""),
        "a birth date": flock.born_on,
        "a story": flock.story("a leak"),
    }
    field.beneath.sql("CREATE TABLE cases.leak (how text, words text, raw bytea)")
    try:
        for how, words in leaks.items():
            field.beneath.sql("INSERT INTO cases.leak VALUES (%s, %s)", f"({how})", words)
        field.beneath.sql("INSERT INTO cases.leak VALUES ('(as bytes)', NULL, %s)", name.encode())
        dumped = field.beneath.dump().decode().splitlines()
        for how in (*leaks, "as bytes"):
            (row,) = [line for line in dumped if line.startswith(f"({how})")]
            assert flock.found_in(row), row
    finally:
        field.beneath.sql("DROP TABLE cases.leak")
    assert not flock.found_in(field.beneath.dump())


def test_a_leak_into_a_dead_letter_is_found(field: Field) -> None:
    flock = Flock()
    with Connection(field.beneath.setting("registry", "AMQP_URI")) as connection:
        message = amqp.Message(flock.story("a leak"), delivery_mode=2)
        connection.channel().basic_publish_confirm(message, "registry.dead", "")
    assert flock.found_in(b"\n".join(dead_letters(field.beneath)["registry"]))


# -- Forgetting


def test_who_is_erased_is_read_by_nobody_again(field: Field) -> None:
    ids, beneath = field.ids, field.beneath
    field.does(WORKER, "cases", "close_case", case=ids["second_case"], outcome="needs_met", reason="x")
    keys = "SELECT count(*) FROM cases.subject_key WHERE subject = %s"
    assert beneath.sql(keys, ids["person"], keys=True) == [(1,)]
    field.does(SUPERVISOR, "cases", "erase_person", person=ids["person"], reason="asked_by_person")
    eventually(lambda: beneath.sql(keys, ids["person"], keys=True) == [(0,)], what="the key is destroyed")
    seen = field.reads(WORKER, "cases", "case", case=ids["case"])
    assert seen["person"]["erased"]
    assert field.flock.found_in(json.dumps(seen)) == []
    assert (seen["story"], seen["place"], seen["closure"]["reason"]) == (None, None, None)
    assert beneath.sql("SELECT count(*) FROM cases.person_index WHERE person = %s", ids["person"]) == [(0,)]
    assert seen["category"] == "neglected_elderly"  # the fact stays
    known = field.reads(FIRST, "cases", "complaint", complaint=ids["complaint"])
    assert field.flock.found_in(json.dumps(known))  # and so does everybody else
