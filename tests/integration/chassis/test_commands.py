"""A command is one call, one transaction, and the same again when it is repeated."""

import json
import threading
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Unavailable
from chassis.rpc import call_of
from chassis.schemas import fields
from chassis.testing import ServiceUnderTest
from parcels.service import SERVICE


@pytest.fixture(scope="module")
def office(new_database) -> Iterator[ServiceUnderTest]:
    office = ServiceUnderTest(SERVICE, new_database().settings("loans"))
    yield office
    office.close()


def post(office: ServiceUnderTest, **body):
    return office.call("post_parcel", roles=["clerk"], **body)


def counts(office: ServiceUnderTest) -> tuple[int, int, int]:
    return tuple(
        office.sql(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in ("parcel", "outbox", "command")
    )


def test_a_command_writes_its_row_its_fact_and_its_audit_record_together(office):
    before = counts(office)
    reply = post(office, weight=700)
    assert counts(office) == tuple(n + 1 for n in before)
    (event,) = (event for event in office.events("parcel_posted") if event["id"] in reply["events"])
    assert event["data"] == {"parcel": reply["parcel"], "weight": 700}
    assert event["source"] == "loans"
    assert event["subject"] == reply["parcel"]
    assert reply["repeatable"] is False


def test_a_repeat_answers_the_same_and_does_nothing(office):
    command_id = str(uuid4())
    first = post(office, weight=700, command_id=command_id)
    before = counts(office)
    assert post(office, weight=700, command_id=command_id) == first
    assert counts(office) == before
    assert first["repeatable"] is True


def test_the_same_id_for_anything_else_is_a_conflict(office):
    command_id = str(uuid4())
    post(office, weight=700, command_id=command_id)
    with pytest.raises(Conflict, match="command_id_taken"):
        post(office, weight=701, command_id=command_id)
    with pytest.raises(Conflict, match="command_id_taken"):
        office.call("post_parcel", roles=["clerk"], caller="another", weight=700, command_id=command_id)


def test_fifty_at_once_under_one_id_have_one_effect_and_fifty_equal_replies(office):
    command_id, before = str(uuid4()), counts(office)
    replies, failures, gate = [], [], threading.Barrier(50)

    def call() -> None:
        gate.wait()
        try:
            replies.append(
                json.dumps(post(office, weight=5, label=command_id, command_id=command_id), sort_keys=True)
            )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(replies) == 50
    assert len(set(replies)) == 1
    assert counts(office) == tuple(n + 1 for n in before)


def test_a_refusal_is_judged_again_and_leaves_nothing(office):
    command_id, before = str(uuid4()), counts(office)
    for _ in range(2):
        with pytest.raises(Refused, match="too_heavy"):
            post(office, weight=31_000, command_id=command_id)
    assert counts(office) == before
    assert post(office, weight=30_000, command_id=command_id)["parcel"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "weight"),
        ({"weight": 1.0}, "weight"),
        ({"weight": "1"}, "weight"),
        ({"weight": True}, "weight"),
        ({"weight": 0}, "weight"),
        ({"weight": 2**60}, "weight"),
        ({"weight": 1, "colour": "red"}, "colour"),
        ({"weight": 1, "label": "a\x00b"}, "label"),
        ({"weight": 1, "label": "\u202eevil"}, "label"),
        ({"weight": 1, "label": "x" * 10_000}, "label"),
        ({"weight": 1, "label": ["list"]}, "label"),
        ({"weight": 1, "command_id": "not-a-uuid"}, "command_id"),
    ],
)
def test_what_cannot_be_read_names_the_field_and_writes_nothing(office, body, field):
    before = counts(office)
    with pytest.raises(Invalid) as refusal:
        post(office, **body)
    assert field in refusal.value.fields
    assert counts(office) == before


def test_who_may_not_is_forbidden(office):
    with pytest.raises(Forbidden):
        office.call("post_parcel", roles=["operations"], weight=1)


def test_a_fault_inside_changes_nothing_and_tells_nothing(office, caplog):
    before = counts(office)
    with pytest.raises(Unavailable, match="internal_fault") as told:
        office.call("lose_parcel", roles=["clerk"], parcel=str(uuid4()))
    assert counts(office) == before
    assert "Mwajuma" not in repr(told.value) + caplog.text


def test_a_query_reads_what_was_written_and_answers_not_found(office):
    parcel = post(office, weight=42)["parcel"]
    assert office.call("parcel", roles=["clerk"], parcel=parcel) == {"weight": 42, "arrivals": []}
    with pytest.raises(NotFound):
        office.call("parcel", roles=["clerk"], parcel=str(uuid4()))


def test_a_receipt_code_is_given_again_and_never_kept(office):
    command_id = str(uuid4())
    code = post(office, weight=9, command_id=command_id)["receipt"]
    assert post(office, weight=9, command_id=command_id)["receipt"] == code
    kept = office.sql("SELECT reply::text AS reply FROM command WHERE command = %(id)s", id=command_id)
    assert code not in kept[0]["reply"]


def test_a_deadline_is_handled_once_even_by_many_at_once(office):
    parcel = post(office, weight=3)["parcel"]
    threads = [threading.Thread(target=office.fire_deadlines) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.fire_deadlines()
    returned = [event for event in office.events("parcel_returned") if event["subject"] == parcel]
    assert len(returned) == 1


def test_deadlines_that_keep_failing_hold_up_no_other(office, monkeypatch):
    parcels = [post(office, weight=2)["parcel"] for _ in range(120)]
    sick = set(parcels[:110])
    plain = SERVICE.deadlines["return"]

    def handle(tx, deadline):
        if str(deadline.subject) in sick:
            raise ValueError("nobody is at home")
        plain(tx, deadline)

    monkeypatch.setitem(SERVICE.deadlines, "return", handle)
    for _ in range(3):
        office.fire_deadlines()
    returned = {event["subject"] for event in office.events("parcel_returned")}
    assert returned.issuperset(set(parcels) - sick)
    assert not returned & sick


def test_an_event_that_breaks_its_own_bounds_is_a_fault_and_never_published(office):
    from parcels.events import ParcelPosted

    with office.tx() as tx:
        parcel = tx.new_id()
        for data in (
            {"parcel": parcel},
            {"parcel": parcel, "weight": -1},
            {"parcel": parcel, "weight": 1, "x": 1},
        ):
            with pytest.raises(TypeError):
                tx.emit(ParcelPosted, subject=parcel, **data)
    assert not [event for event in office.events() if event["subject"] == str(parcel)]


def test_a_field_added_later_does_not_turn_a_repeat_into_another_command(office, monkeypatch):
    """While a new version is rolled out, what was cut is repeated to a process that knows more fields."""
    command_id = str(uuid4())
    first = post(office, weight=5, command_id=command_id)
    operation = SERVICE.operations["post_parcel"]

    class PostIn(operation.takes):
        colour = fields.Text()

    monkeypatch.setitem(operation.__dict__, "_takes", PostIn())
    assert post(office, weight=5, command_id=command_id) == first
    with pytest.raises(Conflict):
        post(office, weight=5, colour="red", command_id=command_id)


def test_a_deadline_that_waits_for_a_lock_too_long_stops_no_other(office, monkeypatch):
    parcels = [post(office, weight=1)["parcel"] for _ in range(4)]
    fired = []

    def handle(tx, deadline):
        if str(deadline.subject) == parcels[0]:
            tx.run("SET LOCAL lock_timeout = '50ms'")
            tx.run("SELECT pg_advisory_xact_lock(4711)")
        fired.append(str(deadline.subject))

    monkeypatch.setitem(SERVICE.deadlines, "return", handle)
    with psycopg.connect(office.settings.owner_database_dsn) as other:
        other.execute("SELECT pg_advisory_lock(4711)")
        office.fire_deadlines()
    assert set(parcels[1:]) <= set(fired)
    waiting = office.sql("SELECT failures FROM deadline WHERE subject = %(s)s", s=parcels[0])
    assert waiting == [{"failures": 1}]


@pytest.mark.parametrize("words", ["Mwajuma Hassan, HIV", "+255 712 000 000", "x" * 65, "\ud800", 7, None])
def test_no_prose_gets_into_events_by_way_of_an_id(words):
    call = call_of({"correlation_id": words, "traceparent": words}, "call-1")
    assert (call.correlation, call.traceparent) == ("call-1", None)
