"""The ground under a measurement: private, durable servers, and the bench's own services on them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from chassis.auth import OFFICE, sign
from chassis.settings import MIGRATE, Settings
from chassis.testing import prepare
from instances import SharedServers
from running import RunningService, eventually, free_port
from ustawi.init.keys import office_kid

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DIRECTORY = ROOT / ".run" / "bench"
POSTGRES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "track_commit_timestamp": "on",  # how long from a commit until its figure is there, told by the database itself
}


class Ground:
    """Fresh databases and a fresh virtual host; services are started on it as processes of their own."""

    def __init__(self, servers: SharedServers) -> None:
        from board.service import SERVICE as BOARD
        from desk.service import SERVICE as DESK

        self.servers = servers
        self.database = servers.new_database()
        self.broker = servers.new_broker()
        self._running: list[RunningService] = []
        self._children: list[subprocess.Popen[Any]] = []
        for service in (DESK, BOARD):
            prepare(service, Settings.load(service.name, self.settings(service.name), needs=MIGRATE))
        # A copy where no relay takes away what pgbench and the other frameworks write.
        self.beside = servers.new_database(like=self.database)
        self._bench = "bench"  # a broker user who may do anything: the yardsticks are nobody's service
        self.broker.control("add_user", self._bench, "bench")
        self.broker.control("set_permissions", "-p", self.broker.vhost, self._bench, ".*", ".*", ".*")
        self.uri = f"amqp://bench:bench@127.0.0.1:{servers.rabbitmq.port}/{self.broker.vhost}"
        self.directory = DIRECTORY / "logs"
        self.directory.mkdir(parents=True, exist_ok=True)

    def settings(self, service: str) -> dict[str, str]:
        return {**self.database.settings(service, self.broker), "LOG_LEVEL": "warning"}

    def token(self, *roles: str) -> str:
        pem = self.servers.credentials.signing_key(OFFICE)
        return sign(pem, office_kid(pem), "bench", list(roles), ["*"], 7200)

    def sql(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """A statement as the superuser, seeing first the desk's tables, then the board's."""
        with psycopg.connect(
            self.database.superuser_dsn(), options="-c search_path=loans,reports"
        ) as connection:
            cursor = connection.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else []

    # -- Processes

    def service(self, module: str, name: str, **env: str) -> RunningService:
        """Start a service of the bench and wait until it is ready."""
        path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
        running = RunningService(
            module, {**self.settings(name), "PYTHONPATH": path, **env}, self.directory, free_port()
        )
        running.log.unlink(missing_ok=True)
        self._running.append(running)
        return running.start()

    def program(
        self, python: Path | str, script: str, *arguments: str, ready: str = "ready"
    ) -> subprocess.Popen[Any]:
        """Start one of the yardsticks and wait until it says that it is ready."""
        log = (self.directory / f"{Path(script).stem}.log").open("w")
        child = subprocess.Popen(
            [str(python), "-u", str(HERE / script), *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=HERE,
        )
        self._children.append(child)
        assert child.stdout is not None
        with suppress(TimeoutError), signalled_after(30):
            while line := child.stdout.readline():
                if ready in line:
                    return child
        raise RuntimeError(f"{script} did not start: see {log.name}")

    def end(self, child: subprocess.Popen[Any]) -> None:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def ask(self, **order: Any) -> dict[str, Any]:
        """Load a service by the asker, in a process of its own, whose processor time is told with the rest."""
        wanted = {"uri": self.uri, "exchange": "nameko-rpc", "headers": {}, "good": '"error":null', **order}
        began = os.times()
        done = subprocess.run(
            [sys.executable, str(HERE / "asker.py")],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            check=False,
            timeout=order["seconds"] + 60,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        ended = os.times()
        seen: dict[str, Any] = json.loads(done.stdout)
        seen["load_cpu"] = (
            ended.children_user + ended.children_system - began.children_user - began.children_system
        )
        if seen["refused"] > seen["all"] / 2:  # else the service told a crowd to come again, and that is told
            raise RuntimeError(f"{seen['refused']} of {seen['all']} were refused: {seen['why']}")
        return seen

    def parts(self, service: RunningService | subprocess.Popen[Any] | None = None) -> dict[str, list[int]]:
        """Whose processor time to watch."""
        postgres, rabbitmq = self.servers.postgres.process(), self.servers.rabbitmq.process()
        assert postgres is not None
        assert rabbitmq is not None
        process = service.process if isinstance(service, RunningService) else service
        told = {"broker": [rabbitmq.pid], "database": [postgres.pid]}
        return {"service": [process.pid], **told} if process else told

    def until(self, holds: Callable[[], Any], within: float = 120) -> Any:
        return eventually(holds, within)

    def close(self) -> None:
        for service in self._running:
            service.kill()
        for child in self._children:
            if child.poll() is None:
                child.kill()
                child.wait()
        self.broker.control("delete_user", self._bench)
        self.broker.drop()
        self.beside.drop()
        self.database.drop()


@contextmanager
def ground() -> Iterator[Ground]:
    """Servers of the bench's own, in a folder of their own; stopped at the end."""
    servers = SharedServers(DIRECTORY, POSTGRES)
    try:
        with servers.with_postgres(), servers.with_rabbitmq():
            made = Ground(servers)
            try:
                yield made
            finally:
                made.close()
    finally:
        servers.clear()


@contextmanager
def signalled_after(seconds: int) -> Iterator[None]:
    """TimeoutError in the block once the time is up, whatever it waits for."""

    def late(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def steadily(check: Callable[[], bool], every: float = 0.005, within: float = 120) -> float:
    """Wait until `check()`; returns the moment."""
    until = time.perf_counter() + within
    while not check():
        if time.perf_counter() > until:
            raise TimeoutError
        time.sleep(every)
    return time.perf_counter()


def median_of(rows: list[Mapping[str, float]], name: str) -> float:
    ordered = sorted(row[name] for row in rows)
    return ordered[len(ordered) // 2]
