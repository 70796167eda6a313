"""The whole system on one machine: both servers, four services and the pages, as processes of their own.

Everything stands in one folder (`.run` in the checkout):

    ports.json           the ports, chosen once
    secrets/ keys.json   made once by `ustawi.init`
    postgres/ rabbitmq/  the servers' data, unless their accounts cannot reach it here (see `accounts`)
    pid/ log/            one file per process
    applied/             which migrations and rules a service's schema has
    env                  addresses for people and programs; holds passwords, so only its owner reads it
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from ustawi.init import postgres as init_postgres
from ustawi.init import rabbitmq as init_rabbitmq
from ustawi.init.credentials import Credentials
from ustawi.init.services import CALLER, SERVICES
from ustawi.init.settings import Addresses, Where, role_password, user_password
from ustawi.local import ports, probes, processes
from ustawi.local.errors import LocalError
from ustawi.local.locks import exclusive
from ustawi.local.postgres import Postgres
from ustawi.local.rabbitmq import PORTS, RabbitMQ
from ustawi.local.waiting import until

ROOT = Path(__file__).parents[3]
READY_WITHIN = 90  # seconds
STOP_WITHIN = 40  # a service gives its callers 25 s, its streams and its relay 10 more
# -P: what lies in the working directory is not importable.
_PYTHON = (sys.executable, "-P", "-m")
BUSY_WITHIN = 600  # another `up` may be in the middle of a first start

# What a person may set around `make up` and the services should see.
PASSED_ON = ("LOG_LEVEL", "MAX_WORKERS", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT", "PYTHONPATH", "LANG")


@dataclass(frozen=True)
class Part:
    """One process of ours."""

    name: str
    service: str
    command: str
    http: bool = False

    @property
    def ops_port(self) -> str:
        """The name of its port for health and metrics."""
        return f"{self.name}-ops"


PARTS = (
    *(Part(ground.name, ground.name, "run") for ground in SERVICES),
    Part("reports-web", "reports", "web", http=True),
)
_PORT_NAMES = ("postgres", *PORTS, *(part.ops_port for part in PARTS), "reports-web")


@dataclass(frozen=True)
class State:
    """How one process is doing."""

    name: str
    process: processes.Process | None
    ready: bool
    version: str
    address: str


class LocalSystem:
    """One system in one folder; every change is made under the folder's lock."""

    def __init__(self, directory: Path = ROOT / ".run", say: Callable[[str], None] = print) -> None:
        self.directory = directory.absolute()
        self.say = say

    def up(self) -> list[str]:
        """Start what is missing and wait until everything is ready; returns the names of what was started.

        Raises LocalError naming the log when a part does not come up.
        """
        with self._lock():
            self._settle_ports()
            with ThreadPoolExecutor(max_workers=2) as together:
                broker = together.submit(self._start_broker)
                started = ["postgres"] * together.submit(self._start_database).result()
                self._migrate()
                started += ["rabbitmq"] * broker.result()
            started += self._start_parts()
            self._write_env()
        return started

    def down(self) -> list[str]:
        """End exactly the processes that `up` started, in order; returns the names of those that ran."""
        with self._lock():
            running = [part for part in PARTS if self._process(part)]
            with ThreadPoolExecutor(max_workers=len(PARTS)) as together:
                for done in [together.submit(self._stop, part) for part in running]:
                    done.result()
            names = [part.name for part in running]
            for name, server in (("rabbitmq", self.rabbitmq), ("postgres", self.postgres)):
                if server.process() or (name == "rabbitmq" and processes.find(self.rabbitmq.mapper_pid_file)):
                    server.stop()
                    names.append(name)
        return names

    def restart(self, names: Iterable[str]) -> None:
        """Stop and start these processes of ours; all of them when none is named."""
        wanted = set(names)
        if unknown := wanted - {part.name for part in PARTS}:
            raise LocalError(f"no such process: {', '.join(sorted(unknown))}")
        with self._lock():
            for part in PARTS:
                if part.name in wanted or not wanted:
                    self._stop(part)
        self.up()

    def halt(self, names: Iterable[str]) -> list[str]:
        """Stop these services' processes and leave the servers running; returns the names of those that ran."""
        with self._lock():
            parts = [part for part in PARTS if part.service in set(names) and self._process(part)]
            for part in parts:
                self._stop(part)
        return [part.name for part in parts]

    def schemas_replaced(self, names: Iterable[str]) -> None:
        """The next `up` looks again which migrations and rules these services' schemas have."""
        for name in names:
            (self.directory / "applied" / name).unlink(missing_ok=True)

    def wipe(self) -> None:
        """End everything and delete all data, secrets and logs."""
        self.down()
        with self._lock():
            self.rabbitmq.remove()
            self.postgres.remove()
            for entry in self.directory.iterdir():
                if entry.name in ("lock", "test"):
                    continue  # the lock is ours right now; the tests look after their own
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def states(self) -> list[State]:
        """How every process is doing, servers first. Asks each; takes no lock."""
        servers = [
            State(name, server.process(), server.answers(), "", f"{ports.HOST}:{server.port}")
            for name, server in (("postgres", self.postgres), ("rabbitmq", self.rabbitmq))
            if self._initialised
        ]
        return servers + [self._state(part) for part in PARTS if self._initialised]

    @property
    def environment_file(self) -> Path:
        """Where the addresses are written."""
        return self.directory / "env"

    @cached_property
    def ports(self) -> dict[str, int]:
        """The port of each name."""
        return ports.settle(self.directory / "ports.json", _PORT_NAMES)

    @cached_property
    def credentials(self) -> Credentials:
        """The secrets of this system."""
        return Credentials(self.directory / "secrets")

    @cached_property
    def addresses(self) -> Addresses:
        """What the services of this system are told."""
        where = Where(ports.HOST, self.ports["postgres"], ports.HOST, self.ports["amqp"])
        return Addresses(self.credentials, where, self.directory / "keys.json")

    @cached_property
    def postgres(self) -> Postgres:
        """The private PostgreSQL."""
        return Postgres(self.directory / "postgres", self.ports["postgres"])

    @cached_property
    def rabbitmq(self) -> RabbitMQ:
        """The private RabbitMQ."""
        return RabbitMQ(
            self.directory / "rabbitmq",
            self.ports,
            lambda major: init_rabbitmq.definitions(self._user_password, major=major),
        )

    @property
    def _initialised(self) -> bool:
        return (self.directory / "ports.json").exists()

    def _settle_ports(self) -> None:
        """Where nothing of ours runs and another program has one of our ports meanwhile, take another."""
        if self._initialised and not any(self._running()):
            ports.move(self.directory / "ports.json", _PORT_NAMES)
        self.addresses.write()

    def _running(self) -> Iterator[processes.Process | None]:
        for file in (self.directory / "pid").glob("*.pid"):
            yield processes.find(file)

    def _start_database(self) -> bool:
        started = self.postgres.start()
        init_postgres.prepare(self.postgres.dsn(), lambda role: role_password(self.credentials, role))
        return started

    def _start_broker(self) -> bool:
        if self.rabbitmq.start():
            return True
        self.rabbitmq.refresh()
        return False

    def _migrate(self) -> None:
        """Bring each service's schema and rules to what its files say, where these changed since then."""
        with psycopg.connect(self.postgres.dsn()) as server:
            row = server.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        assert row is not None
        behind = []
        for ground in SERVICES:
            stamp = self.directory / "applied" / ground.name
            digest = f"{row[0]} {_digest(_applied_files(ground.name))}\n"
            if not stamp.exists() or stamp.read_text() != digest:
                behind.append((ground.name, stamp, digest))

        def apply(name: str, stamp: Path, digest: str) -> None:
            for command in ("migrate", "rules"):
                self.one_shot(name, command)
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(digest)

        with ThreadPoolExecutor(max_workers=2) as together:
            for done in [together.submit(apply, *each) for each in behind]:
                done.result()

    def one_shot(
        self,
        service: str,
        command: str,
        *,
        owner: bool = True,
        hear: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Run one of a service's one-shots, as the owner of its schemas or as the service; hears each line.

        Raises LocalError with its last words when it fails.
        """
        with self._log(service).open("a") as log:
            started = subprocess.Popen(
                [*_PYTHON, service, command],
                env={**self._base_environment, **self.addresses.environment(service, owner=owner)},
                cwd=self.directory,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            assert started.stdout is not None
            lines = []
            for line in started.stdout:
                log.write(line)
                lines.append(line.rstrip("\n"))
                hear(lines[-1])
            status = started.wait()
        if status:
            raise LocalError(f"{service} {command} failed:\n" + "\n".join(lines[-15:]))

    def _start_parts(self) -> list[str]:
        started = [part for part in PARTS if not self._process(part)]
        for part in started:
            self._launch(part)
        self._wait_until_ready()
        return [part.name for part in started]

    def _wait_until_ready(self) -> None:
        waiting = list(PARTS)
        told = f"not ready within {READY_WITHIN} s"

        def all_ready() -> bool:
            for part in list(waiting):
                if not self._process(part):
                    waiting[:] = [part]
                    raise LocalError("ended while starting")
                if probes.ready(self.ports[part.ops_port]):
                    waiting.remove(part)
            return not waiting

        try:
            until(all_ready, READY_WITHIN, told, every=0.1)
        except LocalError as error:
            reason = told if str(error).startswith(told) else str(error)
            names, log = ", ".join(part.name for part in waiting), self._log(waiting[0].name)
            raise LocalError(f"{names} {reason}; the end of {log}:\n{self._tail(waiting[0])}") from None

    def _launch(self, part: Part) -> None:
        environment = {
            **self._base_environment,
            **self.addresses.environment(part.service),
            "OPS_HOST": ports.HOST,
            "OPS_PORT": str(self.ports[part.ops_port]),
            "COMMIT": _commit(),
        }
        if part.http:
            environment |= {"HTTP_HOST": ports.HOST, "HTTP_PORT": str(self.ports[part.name])}
        ports.wait_free(self.ports[part.ops_port], part.name)
        processes.start(
            [*_PYTHON, part.service, part.command],
            pid_file=self._pid_file(part),
            log=self._log(part.name),
            environment=environment,
            directory=self.directory,
        )

    def _stop(self, part: Part) -> None:
        process = self._process(part)
        if process and not processes.stop(process, STOP_WITHIN):
            self.say(f"{part.name} did not end by itself within {STOP_WITHIN} s and was killed")
        self._pid_file(part).unlink(missing_ok=True)

    def _state(self, part: Part) -> State:
        ops = self.ports[part.ops_port]
        process = self._process(part)
        address = f"http://{ports.HOST}:{self.ports[part.name]}" if part.http else ""
        return State(
            part.name,
            process,
            bool(process) and probes.ready(ops),
            probes.version(ops) if process else "",
            address or f"http://{ports.HOST}:{ops}/metrics",
        )

    def _write_env(self) -> None:
        """One NAME='value' per line, for shells and for programs."""
        values = {
            "AMQP_URI": self.addresses.amqp(CALLER),
            "HTTP_URL": f"http://{ports.HOST}:{self.ports['reports-web']}",
            "KEY_SET_FILE": str(self.addresses.key_set),
            "OFFICE_KEY_FILE": str(self.credentials.path("office", "signing_key")),
            "POSTGRES_DSN": self.postgres.dsn(init_postgres.DATABASE),
        }
        for part in PARTS:
            values[f"{part.name.upper().replace('-', '_')}_OPS_URL"] = (
                f"http://{ports.HOST}:{self.ports[part.ops_port]}"
            )
        for ground in SERVICES:
            values[f"{ground.name.upper()}_DATABASE_DSN"] = self.addresses.dsn(ground.name)
        text = "".join(f"{name}='{value}'\n" for name, value in values.items())
        new = self.environment_file.with_name("env.new")
        new.touch(mode=0o600)
        new.write_text(text)
        os.replace(new, self.environment_file)

    @property
    def _base_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"])
        return {"PATH": path, "HOME": os.environ.get("HOME", "/"), "PYTHONUNBUFFERED": "1", **kept}

    def _user_password(self, user: str) -> str:
        return user_password(self.credentials, user)

    def _process(self, part: Part) -> processes.Process | None:
        return processes.find(self._pid_file(part))

    def _pid_file(self, part: Part) -> Path:
        return self.directory / "pid" / f"{part.name}.pid"

    def _log(self, name: str) -> Path:
        log = self.directory / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        return log

    def _tail(self, part: Part) -> str:
        return _last_lines(self._log(part.name).read_text(errors="replace"))

    def _lock(self) -> AbstractContextManager[None]:
        return exclusive(self.directory / "lock", BUSY_WITHIN, f"{self.directory}")


def read_env(file: Path) -> Mapping[str, str]:
    """The addresses that `up` wrote; LocalError when it has not run."""
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        raise LocalError(f"{file} is missing: run `make up` first") from None
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def _applied_files(service: str) -> list[Path]:
    folders = (ROOT / "chassis", ROOT / "services" / service)
    return sorted(
        file
        for folder in folders
        for pattern in ("**/migrations*/*.sql", "**/rules/**/*.yaml")
        for file in folder.glob(pattern)
    )


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _last_lines(text: str, lines: int = 15) -> str:
    return "\n".join(text.splitlines()[-lines:])


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"
