"""What operations see and do about the flow of events, by `ustawi`, in a running parcel office with real faults."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import amqp
import psycopg
import pytest
from click.testing import CliRunner
from kombu import Connection

from chassis import dead_letters
from chassis.errors import ChassisError
from chassis.testing import ServiceUnderTest
from parcels.service import SERVICE
from running import RunningService, eventually, free_port
from ustawi.main import cli

PAIR = ("--service", "loans", "--service", "registry")


@pytest.fixture
def ustawi(world, servers, monkeypatch) -> Callable[..., Any]:
    """Runs the command line as an operator in a container would, with addresses in its environment."""
    monkeypatch.setenv("AMQP_URI", world.broker.uri())
    monkeypatch.setenv("OFFICE_KEY_FILE", str(servers.credentials.path("office", "signing_key")))

    def run(*arguments: str, exits: int = 0, officer: str = "ops.asha") -> Any:
        done = CliRunner().invoke(cli, [*arguments], env={"OFFICER": officer})
        assert done.exit_code == exits, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return run


@pytest.fixture(scope="module")
def office(world, tmp_path_factory) -> Iterator[RunningService]:
    """The parcel office and the depot that it follows, started once."""
    folder = tmp_path_factory.mktemp("office")
    running = [
        RunningService(module, world.settings(name), folder, free_port()).start(wait=False)
        for module, name in (("parcels.depot", "registry"), ("parcels", "loans"))
    ]
    try:
        for service in running:
            service.until_ready()
        yield running[1]
    finally:
        for service in running:
            service.kill()


@pytest.fixture
def parcel(office, caller) -> str:
    return caller.call("loans", "post_parcel", {"weight": 100})["parcel"]


@pytest.fixture
def poison(office, caller, parcel, world) -> Iterator[str]:
    """A subject with an event that cannot be applied and one that waits behind it."""
    arrive(caller, parcel, "Mpanda", "nowhere", "Matai")
    eventually(lambda: len(parked(caller, parcel)) == 2, what="parked")
    yield parcel
    if parked(caller, parcel):
        caller.call("loans", "drop", {"source": "registry", "subject": parcel})
        eventually(lambda: not parked(caller, parcel), what="dropped")


@pytest.fixture
def nowhere(world) -> Iterator[Callable[[], None]]:
    """Mends the cause: from then on the place can be found."""

    def mend() -> None:
        with psycopg.connect(world.database.dsn("loans", owner=True)) as owner:
            owner.execute("CREATE TABLE nowhere_exists ()")
            owner.execute("GRANT SELECT ON nowhere_exists TO loans")

    yield mend
    with psycopg.connect(world.database.dsn("loans", owner=True)) as owner:
        owner.execute("DROP TABLE IF EXISTS nowhere_exists")


def arrive(caller, parcel: str, *places: str) -> None:
    caller.call("registry", "arrive", {"parcel": parcel, "places": list(places)}, timeout=20)


def parked(caller, subject: str) -> list[dict[str, Any]]:
    try:
        return caller.call("loans", "parked", {"subject": subject})["parked"]
    except ChassisError:
        return []


def audited(world, method: str) -> list[str]:
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        rows = connection.execute(
            "SELECT actor FROM loans.command WHERE method = %s ORDER BY at", [method]
        ).fetchall()
    return [actor for (actor,) in rows]


def test_a_healthy_pair_has_an_empty_outbox_and_nothing_set_aside(office, ustawi):
    waiting = ustawi("outbox", *PAIR, "--json")["outbox"]
    assert [(row["service"], row["pending"]) for row in waiting] == [("loans", 0), ("registry", 0)]
    assert ustawi("parked", "list", *PAIR) == "Nothing is parked.\n"
    assert ustawi("dead-letters", "list", *PAIR) == "No unreadable messages.\n"


def test_an_outbox_that_does_not_drain_is_told_with_its_age_and_exit_status_1(office, ustawi, world):
    with psycopg.connect(world.database.superuser_dsn()) as hold:
        hold.execute("SELECT FROM loans.log_head FOR UPDATE")  # the relay waits for this row
        with psycopg.connect(world.database.superuser_dsn()) as other:
            other.execute(
                """
                INSERT INTO loans.outbox (event, type, subject, recorded_at, envelope)
                VALUES (gen_random_uuid(), 'parcel_posted', 'x', now() - interval '1 minute', '{}')
                """
            )
        told = ustawi("outbox", "--service", "loans", exits=1)
        assert "not draining" in told
        row = ustawi("outbox", "--service", "loans", "--json", exits=1)["outbox"][0]
        assert row["pending"] == 1
        assert row["oldest_seconds"] >= 60
        with psycopg.connect(world.database.superuser_dsn()) as other:
            other.execute("DELETE FROM loans.outbox")


def test_a_service_that_does_not_answer_is_told_and_the_others_still_are(office, ustawi):
    told = ustawi("outbox", "--service", "loans", "--service", "cases", "--json", exits=3)["outbox"]
    assert told[0]["pending"] == 0
    assert told[1] == {"service": "cases", "error": "no_such_service"}


def test_parked_events_are_listed_by_subject_and_shown_with_the_event_at_fault(poison, ustawi):
    listed = ustawi("parked", "list", "--service", "loans", "--json", exits=1)
    assert listed["events"] == 2
    assert [(row["subject"], row["type"], row["events"]) for row in listed["subjects"]] == [
        (poison, "parcel_arrived", 2)
    ]
    shown = ustawi("parked", "show", "--subject", poison, "--service", "loans")
    assert '"place":"nowhere"' in shown
    assert "waits behind" in shown


def test_a_dry_run_changes_nothing(poison, ustawi, caller, world):
    before = audited(world, "redrive")
    told = ustawi("parked", "redrive", "--service", "loans", "--dry-run")
    assert "2 events of 1 subject would be tried again." in told
    assert all(row["wanted"] is None for row in parked(caller, poison))
    assert audited(world, "redrive") == before


def test_a_redrive_after_the_mend_applies_them_in_order_and_is_on_record(
    poison, nowhere, ustawi, caller, world
):
    nowhere()
    ustawi("parked", "redrive", "--service", "loans", "--subject", poison, "--rate", "5")
    eventually(
        lambda: (
            caller.call("loans", "parcel", {"parcel": poison})["arrivals"] == ["Mpanda", "nowhere", "Matai"]
        ),
        what="redriven in order",
    )
    assert audited(world, "redrive")[-1] == "ops.asha"
    assert ustawi("parked", "list", "--service", "loans") == "Nothing is parked.\n"


def test_a_subject_is_dropped_only_by_somebody_who_says_who_they_are(poison, ustawi, caller):
    refused = ustawi(
        "parked", "drop", "--subject", poison, "--yes", "--service", "loans", exits=2, officer=""
    )
    assert "--officer" in refused
    assert len(parked(caller, poison)) == 2
    ustawi("parked", "drop", "--subject", poison, "--yes", "--service", "loans")
    eventually(lambda: not parked(caller, poison), what="dropped")
    assert caller.call("loans", "parcel", {"parcel": poison})["arrivals"] == ["Mpanda"]


@pytest.fixture
def unreadable(office, caller, parcel, world, ustawi) -> bytes:
    """A message that is no event, put aside by the office."""
    send(world, b"\xff not json")
    eventually(lambda: letters(ustawi), what="put aside")
    return b"\xff not json"


def send(world, body: bytes) -> None:
    with Connection(world.broker.uri("registry")) as connection:
        connection.channel().basic_publish(
            amqp.Message(body, content_type="application/json"), "registry.events", "parcel_arrived"
        )


def letters(ustawi) -> list[dict[str, Any]]:
    exits = CliRunner().invoke(cli, ["dead-letters", "list", "--service", "loans", "--json"])
    return json.loads(exits.stdout)["letters"]


def bury(world, body: bytes, source: str = "registry") -> None:
    """Put a message into the queue as an older version of the service, which could not read it, would have."""
    with Connection(world.broker.uri("loans")) as connection:
        connection.channel().basic_publish(
            amqp.Message(body, application_headers={"source": source, "reason": "undecodable"}), "loans.dead"
        )


def test_an_unreadable_message_is_listed_shown_and_dropped(unreadable, ustawi, world):
    (letter,) = letters(ustawi)
    assert (letter["source"], letter["bytes"], letter["copies"]) == ("registry", len(unreadable), 1)
    assert "\\xff not json" in ustawi("dead-letters", "show", "loans", letter["letter"])
    dry = ustawi("dead-letters", "drop", "--service", "loans", "--dry-run")
    assert "would be dropped" in dry
    assert len(letters(ustawi)) == 1
    done = ustawi("dead-letters", "drop", "--service", "loans", "--letter", letter["letter"], "--yes")
    assert f"loans {letter['letter']}: dropped" in done
    assert letters(ustawi) == []
    assert audited(world, "drop_dead_letters")[-1] == "ops.asha"


def test_a_letter_that_somebody_looks_at_is_not_taken_for_gone(unreadable, caller, world, ustawi):
    (letter,) = letters(ustawi)
    looking = ServiceUnderTest(SERVICE, world.settings("loans"))
    wish = {"letters": [letter["letter"]], "command_id": str(uuid4())}
    try:
        with dead_letters.opened(looking.runtime) as (_, held):
            assert len(held) == 1
            caller.call("loans", "drop_dead_letters", wish)
            waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            eventually(lambda: looking.sql(waits), what="the service looks for the letter, and waits")
    finally:
        looking.close()

    def outcome() -> str | None:
        told = caller.call("loans", "dead_letters", {"command": wish["command_id"]})
        return told["outcomes"][letter["letter"]]

    assert eventually(outcome, what="an outcome") == "dropped"


def test_a_redrive_lets_go_what_can_be_read_now_and_was_taken_in_and_keeps_the_rest(
    office, caller, parcel, world, ustawi
):
    arrive(caller, parcel, "Mpanda")
    eventually(lambda: caller.call("loans", "parcel", {"parcel": parcel})["arrivals"] == ["Mpanda"])
    head = caller.call("registry", "log_head")
    page = caller.call("registry", "events_after", {"position": head["position"] - 1, "limit": 1})
    bury(world, page["events"][0].encode())
    bury(world, b"{]")
    told = ustawi("dead-letters", "redrive", "--service", "loans", "--rate", "10", "--json", exits=1)
    assert [each["outcome"] for each in told["letters"]] == ["taken_in", "unreadable"]
    assert [each["text"] for each in letters(ustawi)] == ["{]"]
    assert caller.call("loans", "parcel", {"parcel": parcel})["arrivals"] == ["Mpanda"]  # and not twice
    ustawi("dead-letters", "drop", "--service", "loans", "--yes")


def test_a_stream_that_stopped_is_told_and_resumed(office, caller, parcel, world, ustawi):
    arrive(caller, parcel, "Mpanda")
    eventually(lambda: caller.call("loans", "streams")["streams"], what="the stream's first event")
    with psycopg.connect(world.database.superuser_dsn()) as administrator:
        administrator.execute("UPDATE loans.stream_position SET stopped = 'too many failed'")
    assert "STOPPED: too many failed" in ustawi("streams", "--service", "loans", exits=1)
    assert "goes on" in ustawi("resume", "loans", "registry")
    assert "flows" in ustawi("streams", "--service", "loans")
    assert "[no_such_stream]" in ustawi("resume", "loans", "cases", exits=4)


def test_nothing_is_coloured_or_cut_when_piped(poison, ustawi):
    listed = ustawi("parked", "list", "--service", "loans", exits=1)
    assert "\x1b" not in listed
    assert any(poison in line and "ValueError" in line for line in listed.splitlines())


def test_a_missing_file_of_addresses_says_what_to_do(monkeypatch, tmp_path: Path):
    for name in ("AMQP_URI", "OFFICE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(cli, ["outbox", "--env", str(tmp_path / "env")])
    assert done.exit_code == 3
    assert "make up" in done.output
