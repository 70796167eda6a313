"""`ustawi doctor` on the whole system: nothing to say when all is well, and each planted fault with its mend."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import amqp
import psycopg
import pytest
from click.testing import CliRunner
from kombu import Connection

from certificates import certificate
from running import ROOT, RunningService, eventually
from ustawi.main import cli

CLOSED = "127.0.0.1:9"  # where nobody listens

Findings = dict[str, dict[str, Any]]


@pytest.fixture
def examine(env_file: Path) -> Callable[..., Findings]:
    """Runs `ustawi doctor`; returns what it found, by code."""

    def run(*options: str) -> Findings:
        done = CliRunner().invoke(cli, ["doctor", "--json", "--env", str(env_file), *options])
        told = json.loads(done.stdout)
        assert done.exit_code == (0 if told["well"] else 1), done.output
        assert all((ROOT / each["page"]).is_file() for each in told["findings"]), told
        return {each["code"]: each for each in told["findings"]}

    return run


@pytest.fixture
def superuser(system: Any) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system.database.superuser_dsn(), autocommit=True) as connection:
        yield connection


def well(examine: Callable[..., Findings]) -> None:
    eventually(lambda: not examine(), 40, "all is well again")


@contextmanager
def in_place_of(system: Any, name: str, **settings: str | None) -> Iterator[RunningService]:
    """The service with other settings for as long as the block lasts, at the same door."""
    own = system.services[name]
    own.stop()
    env = {**system.database.settings(name, system.broker), **settings}
    stand_in = RunningService(
        name, {key: value for key, value in env.items() if value is not None}, own.log.parent, own.port
    )
    stand_in.start(wait=False)
    try:
        eventually(lambda: stand_in.get("/live")[0] == 200, 30, "its door is open")
        yield stand_in
    finally:
        stand_in.kill()
        own.start()


def wrong_password(dsn: str) -> str:
    head, _, tail = dsn.partition("@")
    return f"{head.rpartition(':')[0]}:not-the-password@{tail}"


def elsewhere(dsn: str) -> str:
    head, _, tail = dsn.partition("@")
    return f"{head}@{CLOSED}/{tail.partition('/')[2]}"


def test_a_healthy_system_has_no_finding(examine):
    assert list(examine().values()) == []


def test_a_service_that_is_down(system, examine):
    system.services["cases"].stop()
    found = examine()
    assert found["service_down"]["where"] == ["cases"]
    assert "make up" in found["service_down"]["mend"]
    system.services["cases"].start()
    well(examine)


def test_a_database_that_refuses_and_a_broker_that_refuses(system, examine):
    settings = system.database.settings("cases", system.broker)
    with in_place_of(system, "cases", DATABASE_DSN=elsewhere(settings["DATABASE_DSN"])):
        found = examine()
        assert found["database_refuses"]["where"] == ["cases"]
        assert "make up" in found["database_refuses"]["mend"]
    with in_place_of(system, "cases", AMQP_URI=elsewhere(settings["AMQP_URI"])):
        eventually(lambda: "broker_refuses" in examine(), 20)
        assert examine()["broker_refuses"]["where"] == ["cases"]
    well(examine)


def test_wrong_passwords_of_database_and_broker(system, examine):
    settings = system.database.settings("loans", system.broker)
    with in_place_of(system, "loans", DATABASE_DSN=wrong_password(settings["DATABASE_DSN"])):
        found = examine()["wrong_password"]
        assert found["where"] == ["loans"]
        assert found["told"].startswith("PostgreSQL refuses the password")
        assert "ustawi restart loans" in found["mend"]
    with in_place_of(system, "loans", AMQP_URI=wrong_password(settings["AMQP_URI"])):
        eventually(lambda: "wrong_password" in examine(), 20)
        assert examine()["wrong_password"]["told"].startswith("RabbitMQ refuses the password")
    well(examine)


def test_a_schema_behind_the_code(system, superuser, examine):
    last = superuser.execute("SELECT max(name) FROM cases.migration").fetchone()[0]
    superuser.execute("CREATE TABLE kept AS SELECT * FROM cases.migration WHERE name = %s", [last])
    superuser.execute("DELETE FROM cases.migration WHERE name = %s", [last])
    found = examine()["schema_behind"]
    assert found["where"] == ["cases"]
    assert last in found["told"]
    assert "ustawi migrate" in found["mend"]
    superuser.execute("INSERT INTO cases.migration SELECT * FROM kept")
    superuser.execute("DROP TABLE kept")
    well(examine)


@pytest.fixture
def followed(system: Any) -> None:
    """A fact of the registry that loans has taken in, so that it has a place in that stream."""
    from ustawi.demo.office import Office
    from ustawi.demo.officers import REGISTRAR

    office = Office(system.addresses, say=print)
    office.command(
        REGISTRAR,
        "registry",
        "define_country",
        "country/TZ",
        **json.loads(
            (ROOT / "services/registry/contracts/rpc/define_country.request.example.json").read_text()
        ),
    )
    office.until_applied("loans", "cases")
    office.close()


def test_streams_that_stopped_or_forked_and_events_set_aside(system, followed, superuser, examine):
    superuser.execute("UPDATE loans.stream_position SET stopped = '101 subjects failed within a minute'")
    superuser.execute("""UPDATE cases.stream_position SET forked = '{"at": 1, "why": "another log"}'""")
    superuser.execute(
        """
        INSERT INTO loans.parked_event (source, log, position, event, type, subject, body, error)
        SELECT source, log, 1, gen_random_uuid(), 'group_verified', 'x', '{}', 'KeyError at rpc.py:41'
        FROM loans.stream_position
        """
    )
    found = examine()
    assert found["stream_stopped"]["where"] == ["loans"]
    assert "ustawi resume loans registry" in found["stream_stopped"]["mend"]
    assert found["stream_forked"]["where"] == ["cases"]
    assert "log-forked" in found["stream_forked"]["page"]
    assert "ustawi parked redrive --service loans" in found["parked_events"]["mend"]
    assert "no_consumer" not in found  # it follows from the stop, and would only distract
    superuser.execute("DELETE FROM loans.parked_event")
    for service in ("loans", "cases"):
        superuser.execute(f"UPDATE {service}.stream_position SET stopped = NULL, forked = NULL")
    well(examine)


def test_a_message_that_could_not_be_read(system, examine):
    with Connection(system.broker.uri("registry")) as connection:
        connection.channel().basic_publish(amqp.Message(b"{]"), "registry.events", "nonsense")
    eventually(lambda: "dead_letters" in examine(), 20)
    found = examine()["dead_letters"]
    assert found["where"][0] in ("loans", "cases", "reports")
    assert "ustawi dead-letters list" in found["mend"]
    for name in ("loans", "cases", "reports"):
        with Connection(system.broker.uri(name)) as connection:
            connection.channel().queue_purge(f"{name}.dead")
    well(examine)


def test_an_outbox_that_does_not_drain(system, superuser, examine):
    with psycopg.connect(system.database.superuser_dsn()) as hold:
        hold.execute("SELECT FROM registry.log_head FOR UPDATE")
        superuser.execute(
            """
            INSERT INTO registry.outbox (event, type, subject, recorded_at, envelope)
            VALUES (gen_random_uuid(), 'area_created', 'x', now() - interval '1 minute', '{}')
            """
        )
        found = examine()["outbox_stuck"]
        assert found["where"] == ["registry"]
        assert "ustawi restart registry" in found["mend"]
        superuser.execute("DELETE FROM registry.outbox")
    well(examine)


def test_a_queue_that_nobody_reads(system, superuser, examine):
    """Its user lost the right to read it."""
    broker = system.broker
    rights = next(
        line.split("\t")
        for line in broker.control("list_permissions", "-q", "-p", broker.vhost).splitlines()
        if line.startswith("cases\t")
    )
    broker.control(
        "set_permissions",
        "-p",
        broker.vhost,
        "cases",
        rights[1],
        rights[2],
        rights[3].replace("registry)", "no)"),
    )
    broker.control("close_all_connections", "-p", broker.vhost, "planted")
    eventually(lambda: "no_consumer" in examine(), 40, "the queue without consumer is found")
    found = examine()["no_consumer"]
    assert found["where"] == ["cases"]
    assert "cases.from.registry" in found["told"]
    assert "rights on the broker" in found["mend"]
    broker.control("set_permissions", "-p", broker.vhost, "cases", *rights[1:4])
    well(examine)


def test_rules_that_are_not_loaded_or_not_in_force(system, superuser, examine):
    superuser.execute("CREATE TABLE kept AS SELECT * FROM loans.rule")
    superuser.execute("DELETE FROM loans.rule WHERE in_force_from <= current_date")
    found = examine()
    assert found["rules_not_in_force"]["where"] == ["loans"]
    assert found["rules_not_loaded"]["mend"] == "Load them: ustawi rules load"
    superuser.execute("INSERT INTO loans.rule SELECT * FROM kept ON CONFLICT DO NOTHING")
    superuser.execute("DROP TABLE kept")
    well(examine)


def test_a_disk_that_is_nearly_full(examine):
    found = examine("--disk-free", "100")["disk_full"]
    assert set(found["where"]) == {"registry", "loans", "cases", "reports"}
    assert "Make room" in found["mend"]


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that other accounts may pass, as all above it."""
    folder = tmp_path_factory.mktemp("open")
    for step in (folder, *folder.parents):
        step.chmod(step.stat().st_mode | 0o055)
        if step.name.startswith("pytest-of"):
            break
    return folder


def test_keys_certificates_clocks_and_settings_of_the_database(system, superuser, examine, open_folder):
    """One service with a key that others can read, a certificate near its end, and a clock 4 seconds ahead, on a
    database of another time zone."""
    settings = system.database.settings("cases", system.broker)
    (open_folder / "command_key").write_text(settings["COMMAND_KEY"])
    (open_folder / "command_key").chmod(0o644)
    (open_folder / "ca.pem").write_bytes(certificate(days=3))
    (open_folder / "sitecustomize.py").write_text(
        "import time\ntrue = time.time\ntime.time = lambda: true() + 4\n"
    )
    superuser.execute(f"ALTER DATABASE \"{system.database.name}\" SET timezone TO 'Africa/Dar_es_Salaam'")
    with in_place_of(
        system,
        "cases",
        COMMAND_KEY=None,
        COMMAND_KEY_FILE=str(open_folder / "command_key"),
        DATABASE_DSN=f"{settings['DATABASE_DSN']}?sslrootcert={open_folder}/ca.pem",
        PYTHONPATH=str(open_folder),
    ) as stand_in:
        eventually(stand_in.ready, 40)
        found = examine()
    assert found["key_open"]["told"] == (
        "The file of COMMAND_KEY_FILE can be read by other accounts of the machine."
    )
    assert "chmod 700" in found["key_open"]["mend"]
    assert found["certificate"]["where"] == ["cases"]
    assert found["clock_skew"]["where"][0] in ("cases", "the database")
    assert "NTP" in found["clock_skew"]["mend"]
    assert found["database_setting_timezone"]["told"].startswith(
        "The database's time zone is Africa/Dar_es_Salaam"
    )
    assert "ALTER DATABASE" in found["database_setting_timezone"]["mend"]
    superuser.execute(f'ALTER DATABASE "{system.database.name}" RESET timezone')
    superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    well(examine)


def test_a_key_of_the_office_that_is_not_there(examine, env_file):
    env_file.write_text(env_file.read_text().replace("signing_key", "no_such_key"))
    found = examine()
    assert found["key_unreadable"]["where"] == ["ustawi"]
