"""The whole system on private servers, every part of which may be hurt; what falls is started again at once."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
from kombu import Connection as Broker
from psycopg.rows import dict_row

from chassis.client import TRANSPORT_OPTIONS
from chassis.settings import MIGRATE, MIGRATE_PERSONAL, Settings
from chassis.testing import prepare
from instances import SharedServers
from proxy import Proxy
from reliability.crashing import Points
from running import RunningService, eventually, free_port
from ustawi.demo.office import FOLLOWERS, LOGS
from ustawi.demo.office import Addresses as OfficeAddresses
from ustawi.init.services import SERVICES

NAMES = tuple(service.name for service in SERVICES)
PAIRS = [(follower, source) for source, followers in FOLLOWERS.items() for follower in followers]
_KEEPER = "keeper"  # a broker user of the harness, who may do everything to the queues


class Member(RunningService):
    """One process of a service, run so that it can be made to die at a named point."""

    def __init__(self, name: str, target: str, settings: dict[str, str], directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        points = directory / "points"
        points.mkdir(exist_ok=True)
        self.name, self.points = name, Points(points)
        super().__init__(
            "reliability.crashing",
            {**settings, "FAULTS_SERVICE": target, "FAULTS_DIRECTORY": str(points)},
            directory,
            free_port(),
        )
        self.env = self._env
        self.wanted = False
        self.starts = 0

    def start(self, *, wait: bool = True) -> "Member":
        self.starts += 1
        super().start(wait=wait)
        return self

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor(threading.Thread):
    """Starts what ended and is wanted, as an operator's supervisor would."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.members: dict[str, Member] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                for member in self.members.values():
                    if member.wanted and not member.running():
                        member.start(wait=False)

    def add(self, key: str, member: Member) -> Member:
        with self._lock:
            self.members[key] = member
            member.wanted = True
            member.start(wait=False)
        return member

    def release(self, key: str) -> Member:
        """Have a member no longer watched; it runs on until its caller ends it."""
        with self._lock:
            member = self.members.pop(key)
            member.wanted = False
        return member

    @contextmanager
    def unwatched(self, member: Member) -> Iterator[None]:
        """Let a member be down for as long as the block lasts."""
        with self._lock:
            member.wanted = False
        try:
            yield
        finally:
            member.wanted = True

    def end(self) -> None:
        """End everything that was started."""
        self._over.set()
        with self._lock:
            for member in self.members.values():
                member.wanted = False
                member.kill()


@dataclass
class House:
    """Servers, services, and a proxy on every way between them."""

    directory: Path
    servers: SharedServers
    supervisor: Supervisor = field(default_factory=Supervisor)
    to_broker: dict[str, Proxy] = field(default_factory=dict)
    to_database: dict[str, Proxy] = field(default_factory=dict)

    def open(self) -> None:
        """Make databases and a virtual host, and start every service on them."""
        self.database, self.broker = self.servers.new_database(), self.servers.new_broker()
        self.addresses = OfficeAddresses(
            self.broker.uri(), Path(self.servers.credentials.path("office", "signing_key"))
        )
        self.settings = {name: self._ways(name) for name in NAMES}
        with ThreadPoolExecutor() as together:
            list(together.map(self._prepare, NAMES))
        self.broker.control("add_user", _KEEPER, _KEEPER)
        self.broker.control("set_permissions", "-p", self.broker.vhost, _KEEPER, ".*", ".*", ".*")
        self.supervisor.start()
        for name in NAMES:
            self.supervisor.add(name, self.member(name))
        for member in self.members.values():
            member.until_ready()

    def close(self) -> None:
        self.supervisor.end()
        for proxy in (*self.to_broker.values(), *self.to_database.values()):
            proxy.close()

    @property
    def members(self) -> dict[str, Member]:
        return self.supervisor.members

    def member(self, name: str, number: int = 1) -> Member:
        """A process of a service, not yet started."""
        return Member(
            name, f"{name}.service:SERVICE", self.settings[name], self.directory / f"{name}{number}"
        )

    # -- The ground

    @contextmanager
    def as_superuser(self, *, autocommit: bool = True) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """A session of the database's owner, by the straight way."""
        with psycopg.connect(
            self.database.superuser_dsn(), autocommit=autocommit, row_factory=dict_row, connect_timeout=5
        ) as connection:
            yield connection

    @contextmanager
    def as_keeper(self) -> Iterator[Any]:
        """A channel of one who may do everything to exchanges and queues, by the straight way."""
        uri = self.servers.rabbitmq.uri(_KEEPER, _KEEPER, self.broker.vhost)
        with Broker(uri, transport_options=TRANSPORT_OPTIONS) as connection:
            yield connection.channel()

    def _ways(self, name: str) -> dict[str, str]:
        settings = self.database.settings(name, self.broker)
        self.to_broker[name] = Proxy(self.servers.rabbitmq.port)
        self.to_database[name] = Proxy(self.servers.postgres.port)
        for proxy in (self.to_broker[name], self.to_database[name]):
            for key in ("AMQP_URI", "DATABASE_DSN", "KEYS_DATABASE_DSN"):
                if key in settings:
                    settings[key] = settings[key].replace(f":{proxy.target}/", f":{proxy.port}/")
        return settings

    def _prepare(self, name: str) -> None:
        service = import_module(f"{name}.service").SERVICE
        needs = MIGRATE | (MIGRATE_PERSONAL if service.holds_personal_data else frozenset())
        straight = self.database.settings(name, self.broker)
        prepare(service, Settings.load(name, straight, needs=needs))

    def rebuild(self) -> subprocess.CompletedProcess[str]:
        """Have reports make all its figures again."""
        return subprocess.run(
            [sys.executable, "-m", "reports", "rebuild"],
            env=self.members["reports"].env,
            capture_output=True,
            text=True,
            check=False,
        )

    # -- Whether all is well

    def heads(self) -> dict[str, int]:
        """How far each log will be once everything that is committed now stands in it."""
        with self.as_superuser() as connection:
            rows = {
                source: connection.execute(
                    f"SELECT position + (SELECT count(*) FROM {source}.outbox) AS head FROM {source}.log_head"
                ).fetchone()
                for source in LOGS
            }
        return {source: row["head"] for source, row in rows.items() if row}

    def behind(self, heads: dict[str, int]) -> list[str]:
        """The followers that have not taken in the logs up to `heads`."""
        with self.as_superuser() as connection:
            told = []
            for follower, source in PAIRS:
                row = connection.execute(
                    f"SELECT position FROM {follower}.stream_position WHERE source = %s", (source,)
                ).fetchone()
                if (row["position"] if row else 0) < heads[source]:
                    told.append(f"{follower} from {source}")
        return told

    def until_caught_up(self, within: float) -> float:
        """Wait until every follower has what is committed now; returns the seconds, raises when it takes longer."""
        began = time.monotonic()
        heads = eventually(lambda: _or_none(self.heads), within, "the database answers")
        eventually(
            lambda: _or_none(lambda: not self.behind(heads)),
            within - (time.monotonic() - began),
            f"followers at {heads}",
        )
        return time.monotonic() - began

    def until_published(self, within: float) -> None:
        """Wait until the broker has confirmed every event of every log."""

        def published() -> bool:
            with self.as_superuser() as connection:
                return all(
                    connection.execute(
                        f"""
                        SELECT published = position AND NOT EXISTS (SELECT FROM {source}.outbox) AS done
                        FROM {source}.log_head
                        """
                    ).fetchone()["done"]  # type: ignore[index]
                    for source in LOGS
                )

        eventually(lambda: _or_none(published), within, "every event is published")


def _or_none(ask: Any) -> Any:
    """What is asked, or None while the database is away."""
    with suppress(psycopg.Error):
        return ask()
    return None
