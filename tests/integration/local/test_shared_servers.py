"""The tests' own servers: shared by workers, stopped by the last, never kept up by a killed one."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from instances import DIRECTORY, Database, SharedServers
from ustawi.init import postgres as init_postgres
from ustawi.init.settings import role_password
from ustawi.local.waiting import until

WORKER = """
import sys
from pathlib import Path
from instances import SharedServers
with SharedServers(Path(sys.argv[1])).with_postgres() as postgres:
    print(postgres.process().pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for servers of this test's own."""
    folder = DIRECTORY / f"shared-{os.getpid()}"
    yield folder
    SharedServers(folder).postgres.remove()
    shutil.rmtree(folder)


class Worker:
    """A process that uses the shared PostgreSQL until it is told to go."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.server = int(self._process.stdout.readline())

    def leave(self) -> None:
        self._process.communicate(timeout=60)

    def killed(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=60)


def test_workers_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    first, second = Worker(folder), Worker(folder)
    servers = SharedServers(folder)
    assert first.server == second.server
    first.leave()
    assert servers.postgres.answers()
    second.leave()
    assert servers.postgres.process() is None


def test_a_killed_worker_does_not_keep_the_server_up(folder: Path) -> None:
    doomed, other = Worker(folder), Worker(folder)
    doomed.killed()
    other.leave()
    assert SharedServers(folder).postgres.process() is None


def test_the_end_of_a_run_stops_what_only_killed_workers_used(folder: Path) -> None:
    worker = Worker(folder)
    servers = SharedServers(folder)
    servers.clear()
    assert servers.postgres.answers()
    worker.killed()
    servers.clear()
    until(lambda: servers.postgres.process() is None, 10, "the server was still there")


def test_each_database_is_fresh_and_a_copy_holds_what_its_model_holds(
    servers: SharedServers, database: Database, new_database: Callable[[], Database]
) -> None:
    model = new_database()
    assert model.name != database.name
    with psycopg.connect(model.dsn("loans", owner=True)) as owner:
        owner.execute("CREATE TABLE copied AS SELECT 7 AS amount")
    copy = servers.new_database(like=model)
    try:
        with psycopg.connect(copy.dsn("loans")) as loans:
            assert loans.execute("SELECT amount FROM copied").fetchone() == (7,)
        with psycopg.connect(new_database().dsn("loans")) as loans:
            assert loans.execute("SELECT to_regclass('copied')").fetchone() == (None,)
    finally:
        copy.drop()


def test_preparing_a_database_again_changes_nothing_and_keeps_its_rows(database: Database) -> None:
    with psycopg.connect(database.dsn("reports", owner=True)) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS row")
    init_postgres.prepare(
        database.server.dsn(),
        lambda role: role_password(database.addresses.credentials, role),
        database.name,
        database.keys_name,
    )
    with psycopg.connect(database.dsn("reports")) as reports:
        assert reports.execute("SELECT row FROM kept").fetchone() == (1,)
