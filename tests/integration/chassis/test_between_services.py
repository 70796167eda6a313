"""Two services and a broker between them: whatever is lost on the way is found again in the source's log."""

import json
import signal
import time
from uuid import uuid4

import psycopg
import pytest

from chassis.errors import ChassisError
from running import eventually


@pytest.fixture
def depot(start):
    return start("parcels.depot")


def arrive(caller, parcel, *places: str) -> list[str]:
    return caller.call("registry", "arrive", {"parcel": parcel, "places": list(places)}, timeout=20)["events"]


def post(caller) -> str:
    return caller.call("loans", "post_parcel", {"weight": 100})["parcel"]


def arrivals(caller, parcel) -> list[str]:
    return caller.call("loans", "parcel", {"parcel": parcel})["arrivals"]


def taken_in(caller, events, within: float = 30) -> bool:
    """Read our own writes: ask the follower until it has applied the events."""

    def ask() -> bool:
        try:
            return caller.call("loans", "applied", {"source": "registry", "events": events, "wait": 5})[
                "applied"
            ]
        except ChassisError:
            return False

    return eventually(ask, within, "applied")


def test_what_arrives_at_the_depot_is_known_at_the_office(depot, start, caller):
    start()
    parcel = post(caller)
    assert taken_in(caller, arrive(caller, parcel, "Mpanda", "Laela"))
    assert arrivals(caller, parcel) == ["Mpanda", "Laela"]


def test_history_from_before_the_first_start_is_read_from_the_log(depot, start, caller):
    parcel = str(uuid4())
    events = arrive(caller, parcel, *(f"stage {n}" for n in range(700)))
    office = start()
    assert taken_in(caller, events)
    assert office.metric('ustawi_stream_position{source="registry"}') >= 700


def test_all_queues_deleted_then_one_last_command_and_silence(depot, start, caller, world):
    start()
    assert taken_in(caller, arrive(caller, str(uuid4()), "Mpanda"))
    for line in world.broker.control("list_queues", "-q", "-p", world.broker.vhost, "name").split():
        if line != "name":
            world.broker.control("delete_queue", "-p", world.broker.vhost, line)
    parcel = str(uuid4())
    events = eventually(lambda: _try_arrive(caller, parcel), what="the depot answers again")
    began = time.monotonic()
    assert taken_in(caller, events, within=30)
    assert time.monotonic() - began < 30


def _try_arrive(caller, parcel):
    try:
        return caller.call(
            "registry", "arrive", {"parcel": parcel, "places": ["Laela"], "command_id": parcel}, timeout=2
        )["events"]
    except ChassisError:
        return None


def test_killed_in_the_middle_everything_is_taken_in_once(depot, start, caller):
    office = start()
    parcel = post(caller)
    places = [f"stage {n}" for n in range(900)]
    events = arrive(caller, parcel, *places)
    office.kill()
    depot.kill()
    start("parcels.depot")
    office = start()
    assert taken_in(caller, events)
    assert arrivals(caller, parcel) == places


def test_after_a_kill_the_care_taken_grows_less_and_the_backlog_is_read_in_batches(depot, start, caller):
    """One by one at first; were it so for all that could have killed it, a busy source would run away from it."""
    office = start()
    assert taken_in(caller, arrive(caller, str(uuid4()), "Mpanda"))
    office.kill()
    events = arrive(caller, str(uuid4()), *(f"stage {n}" for n in range(400)))
    office = start()
    assert taken_in(caller, events)
    assert any("did not end cleanly" in line["event"] for line in office.lines())
    assert office.metric('ustawi_stream_batch_seconds_count{source="registry"}') < 40


def test_a_frozen_office_wakes_and_repeats_nothing(depot, start, caller):
    office, other = start(), start()
    parcel = post(caller)
    taken_in(caller, arrive(caller, parcel, "Mpanda"))
    office.send(signal.SIGSTOP)
    events = arrive(caller, parcel, *(f"stage {n}" for n in range(50)))
    time_limit = time.monotonic() + 40
    while time.monotonic() < time_limit:
        try:
            if caller.call(
                "loans", "applied", {"source": "registry", "events": events, "wait": 5}, timeout=6
            )["applied"]:
                break
        except ChassisError:
            continue
    office.send(signal.SIGCONT)
    assert taken_in(caller, arrive(caller, parcel, "the last"))
    assert arrivals(caller, parcel) == ["Mpanda", *(f"stage {n}" for n in range(50)), "the last"]
    assert other.ready()


def test_an_event_that_kills_the_process_is_parked_and_the_others_flow(depot, start, caller):
    deadly, well = str(uuid4()), post_with(start, caller)
    events = arrive(caller, deadly, "the end") + arrive(caller, well, "Laela")
    for _ in range(8):
        office = start(wait=False)
        eventually(lambda o=office: o.process.poll() is not None or _sees(caller, well, "Laela"), 40)
        if office.process.poll() is None:
            break
    assert taken_in(caller, events[1:])
    parked = caller.call("loans", "parked", {"source": "registry"})["parked"]
    assert [row["subject"] for row in parked] == [deadly]


def post_with(start, caller) -> str:
    office = start()
    parcel = post(caller)
    office.stop()
    return parcel


def _sees(caller, parcel, place) -> bool:
    try:
        return place in caller.call("loans", "parcel", {"parcel": parcel}, timeout=1)["arrivals"]
    except ChassisError:
        return False


def test_a_poison_subject_is_parked_and_redriven_in_order(depot, start, caller, world):
    start()
    sick, well = post(caller), post(caller)
    arrive(caller, sick, "Mpanda", "nowhere", "Matai")
    assert taken_in(caller, arrive(caller, well, "Laela"))
    assert arrivals(caller, sick) == ["Mpanda"]
    with psycopg.connect(world.database.dsn("loans", owner=True)) as owner:
        owner.execute("CREATE TABLE nowhere_exists ()")
        owner.execute("GRANT SELECT ON nowhere_exists TO loans")
    caller.call("loans", "redrive", {"source": "registry", "subject": sick})
    eventually(lambda: arrivals(caller, sick) == ["Mpanda", "nowhere", "Matai"], what="redriven in order")
    with psycopg.connect(world.database.dsn("loans", owner=True)) as owner:
        owner.execute("DROP TABLE nowhere_exists")


def test_an_undecodable_message_is_put_aside_and_its_place_healed(depot, start, caller, world):
    import amqp
    from kombu import Connection

    office = start()
    parcel = post(caller)
    with Connection(world.broker.uri("registry")) as connection:
        channel = connection.channel()
        channel.basic_publish(
            amqp.Message(b"\xff not json", content_type="application/json"),
            "registry.events",
            "parcel_arrived",
        )
    assert taken_in(caller, arrive(caller, parcel, "Mpanda"))
    assert eventually(lambda: office.metric('ustawi_dead_letters_total{source="registry"}') == 1)
    with Connection(world.broker.uri("loans")) as connection:
        assert connection.channel().basic_get("loans.dead").body == b"\xff not json"


def test_a_rewritten_log_stops_its_stream_and_nothing_else(depot, start, caller, world):
    office = start()
    parcel = post(caller)
    taken_in(caller, arrive(caller, parcel, "Mpanda"))
    depot.stop()
    with psycopg.connect(world.database.superuser_dsn()) as administrator:
        administrator.execute("UPDATE registry.log_head SET chain = sha256('rewritten')")
    start("parcels.depot")
    arrive(caller, parcel, "a place that never was")
    eventually(lambda: office.metric('ustawi_stream_forked{source="registry"}') == 1, 30, "the fork is seen")
    assert arrivals(caller, parcel) == ["Mpanda"]
    assert post(caller)
    streams = caller.call("loans", "streams")["streams"]
    assert streams[0]["forked"]["why"] == "the chain does not fit"


def test_the_database_keeps_the_log_from_the_service_itself(start, caller, world):
    start()
    post(caller)
    with psycopg.connect(world.database.dsn("loans"), autocommit=True) as runtime:
        for statement in (
            "UPDATE event SET body = '{}'",
            "DELETE FROM event",
            "DELETE FROM log_head",
            "UPDATE command SET reply = '{}'",
            "TRUNCATE event",
            "UPDATE event_0 SET body = '{}'",
            "CREATE TABLE mine ()",
            "SELECT * FROM registry.event",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement)


def test_the_chain_can_be_recomputed_from_the_stored_texts(start, caller, world):
    from hashlib import sha256

    start()
    for _ in range(5):
        post(caller)
    eventually(lambda: caller.call("loans", "log_head")["position"] >= 5)
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        rows = connection.execute(
            "SELECT position, body, chain FROM loans.event ORDER BY position"
        ).fetchall()
    chain = sha256(b"").digest()
    for number, (position, body, stored) in enumerate(rows, start=1):
        event = json.loads(body)
        assert (position, event["position"], event["chain"]) == (number, number, chain.hex())
        chain = sha256(chain + body.encode()).digest()
        assert chain == stored
