"""`ustawi up` and `down`: real servers, and processes that stand in for the services."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import amqp
import psycopg
import pytest
from click.testing import CliRunner
from kombu import Connection

from instances import DIRECTORY
from ustawi.init.credentials import Credentials
from ustawi.local.errors import LocalError
from ustawi.local.processes import Process
from ustawi.local.system import PARTS, LocalSystem, read_env
from ustawi.main import cli

# One worker runs all of it, so that the system is started once.
pytestmark = pytest.mark.xdist_group("system")

ALL = ["postgres", "rabbitmq", *(part.name for part in PARTS)]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """A system of its own, started once; every test leaves it running."""
    packages = tmp_path_factory.mktemp("standins")
    for service in {part.service for part in PARTS}:
        (packages / service).mkdir()
        (packages / service / "__init__.py").touch()
        shutil.copy(Path(__file__).with_name("standin.py"), packages / service / "__main__.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(packages))
        system = LocalSystem(DIRECTORY / f"system-{os.getpid()}")
        try:
            assert sorted(system.up()) == sorted(ALL)
            yield system
        finally:
            system.wipe()
            shutil.rmtree(system.directory)


def pids(system: LocalSystem) -> dict[str, int]:
    return {state.name: state.process.pid for state in system.states() if state.process}


def kill(process: Process | None) -> None:
    assert process is not None
    process.signal(signal.SIGKILL)


def test_everything_is_ready_and_a_second_up_starts_nothing(system: LocalSystem) -> None:
    before = pids(system)
    assert all(state.ready for state in system.states())
    assert sorted(before) == sorted(ALL)
    assert system.up() == []
    assert pids(system) == before


def test_each_service_was_migrated_once_before_it_started(system: LocalSystem) -> None:
    for service in ("registry", "loans", "cases", "reports"):
        with psycopg.connect(system.addresses.dsn(service)) as connection:
            assert connection.execute("SELECT array_agg(word) FROM told").fetchone() == (
                ["migrate", "rules"],
            )


def test_the_addresses_are_written_for_their_owner_alone(system: LocalSystem) -> None:
    assert system.environment_file.stat().st_mode & 0o777 == 0o600
    addresses = read_env(system.environment_file)
    with psycopg.connect(addresses["POSTGRES_DSN"]), closing(Connection(addresses["AMQP_URI"])) as caller:
        caller.connect()
    assert addresses["LOANS_OPS_URL"].startswith("http://127.0.0.1:")


def test_what_was_killed_is_started_again_on_the_same_ports_and_data_and_nothing_else_is(
    system: LocalSystem,
) -> None:
    before, ports = pids(system), dict(system.ports)
    with psycopg.connect(system.addresses.dsn("loans")) as loans:
        loans.execute("INSERT INTO told VALUES ('committed')")
    with closing(Connection(system.addresses.amqp("loans"))) as broker:
        channel = broker.channel()
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message("kept", delivery_mode=2), "loans.dead", "")
    kill(system.postgres.process())
    kill(system.rabbitmq.process())
    kill(next(state.process for state in system.states() if state.name == "cases"))

    assert sorted(system.up()) == ["cases", "postgres", "rabbitmq"]

    after = pids(system)
    assert {name for name in ALL if after[name] != before[name]} == {"cases", "postgres", "rabbitmq"}
    assert system.ports == ports
    with psycopg.connect(system.addresses.dsn("loans")) as loans:
        assert loans.execute("SELECT count(*) FROM told WHERE word = 'committed'").fetchone() == (1,)
    with closing(Connection(system.addresses.amqp("loans"))) as broker:
        assert broker.channel().basic_get("loans.dead", no_ack=True).body == "kept"


def test_the_one_shot_for_containers_prepares_a_running_server_and_may_be_repeated(
    system: LocalSystem,
) -> None:
    folder = system.directory / "secrets"
    Credentials(folder).write("postgres", "password", system.postgres.superuser_password)
    command = ["init", "database", "--folder", str(folder), "--postgres-host", "127.0.0.1"]
    for _ in range(2):
        told = CliRunner().invoke(cli, [*command, "--postgres-port", str(system.ports["postgres"])])
        assert told.exit_code == 0, told.output
    with psycopg.connect(system.addresses.dsn("registry", keys=True)) as registry:
        assert registry.execute("SHOW search_path").fetchone() == ("registry, extensions",)


def test_status_and_up_tell_people_what_runs(system: LocalSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ustawi.main.LocalSystem", lambda **_: system)
    told = CliRunner().invoke(cli, ["status", "--env", str(system.environment_file)])
    assert told.exit_code == 0, told.output
    assert all(name in told.output for name in ALL)
    told = CliRunner().invoke(cli, ["up"])
    assert "everything was running" in told.output


def test_two_ups_at_once_start_each_process_once(system: LocalSystem) -> None:
    for name in ("loans", "reports-web"):
        kill(next(state.process for state in system.states() if state.name == name))
    twice = [LocalSystem(system.directory) for _ in range(2)]
    with ThreadPoolExecutor(2) as together:
        started = list(together.map(LocalSystem.up, twice))
    assert sorted(name for names in started for name in names) == ["loans", "reports-web"]
    assert all(state.ready for state in system.states())


def test_a_service_that_cannot_start_is_told_with_the_end_of_its_log(system: LocalSystem) -> None:
    cause = system.directory / "break"
    cause.touch()
    kill(next(state.process for state in system.states() if state.name == "loans"))
    with pytest.raises(LocalError, match=r"(?s)loans ended while starting.*no such table: pot"):
        system.up()
    cause.unlink()
    assert system.up() == ["loans"]


def test_down_ends_exactly_what_up_started_and_up_finds_the_data_again(system: LocalSystem) -> None:
    ran = [state.process for state in system.states()]
    assert sorted(system.down()) == sorted(ALL)
    assert not any(process and process.alive() for process in ran)
    assert os.listdir(system.directory / "pid") == []
    assert system.down() == []

    assert sorted(system.up()) == sorted(ALL)
    with psycopg.connect(system.addresses.dsn("cases")) as connection:
        assert connection.execute("SELECT count(*) FROM told").fetchone() == (2,)
