"""One private PostgreSQL and one private RabbitMQ for all test workers of this checkout.

The first worker that needs a server starts it, under a file lock; the last one that used it stops it. Who
uses it is written down as process notes, so that a worker that was killed does not keep a server up: the next
one to come or go clears its note. Workers of another test run at the same time share the servers too, each
with databases and a virtual host of its own.
"""

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from ustawi.init import postgres as init_postgres
from ustawi.init import rabbitmq as init_rabbitmq
from ustawi.init.credentials import Credentials
from ustawi.init.services import CALLER
from ustawi.init.settings import Addresses, Where, role_password, user_password
from ustawi.local import ports, processes
from ustawi.local.locks import exclusive
from ustawi.local.postgres import Postgres
from ustawi.local.rabbitmq import PORTS, RabbitMQ

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / ".run" / "test"
PATIENCE = 180  # seconds to wait while another worker starts or stops a server
NO_BROKER = "amqp://nobody:nothing@127.0.0.1:9/none"

_count = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A fresh pair of databases with every service's roles and schemas, and the settings that lead there."""

    server: Postgres
    addresses: Addresses

    @property
    def name(self) -> str:
        return self.addresses.where.database

    @property
    def keys_name(self) -> str:
        return self.addresses.where.keys_database

    def dsn(self, service: str, *, owner: bool = False, keys: bool = False) -> str:
        """The address for a service's runtime role or for its owner, in the database of keys if asked."""
        return self.addresses.dsn(service, owner=owner, keys=keys)

    def superuser_dsn(self, *, keys: bool = False) -> str:
        """The address for the superuser."""
        return self.server.dsn(self.keys_name if keys else self.name)

    def settings(self, service: str, broker: "Broker | None" = None) -> dict[str, str]:
        """Every setting of a service and of its one-shots, secrets as values."""
        return {
            **self.addresses.secrets(service),
            **self.addresses.owner_secrets(service),
            "AMQP_URI": broker.uri(service) if broker else NO_BROKER,
            "KEY_SET_FILE": str(self.addresses.key_set),
            "OPS_HOST": "127.0.0.1",
            "OPS_PORT": "0",
            "LOG_LEVEL": "warning",
        }

    def drop(self) -> None:
        """Drop both databases, whoever is connected."""
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            for name in (self.name, self.keys_name):
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )


@dataclass(frozen=True)
class Broker:
    """A virtual host of its own with every user's rights."""

    server: RabbitMQ
    vhost: str
    credentials: Credentials

    def uri(self, user: str = CALLER) -> str:
        """The AMQP address of a service's user, or of the caller's."""
        return self.server.uri(user, user_password(self.credentials, user), self.vhost)

    def control(self, *arguments: str) -> str:
        """Run one rabbitmqctl command on the shared broker."""
        return self.server.control(*arguments)

    def drop(self) -> None:
        """Delete the virtual host with all its queues."""
        self.server.control("delete_vhost", self.vhost)


class SharedServers:
    """The two servers in one directory."""

    def __init__(self, directory: Path = DIRECTORY, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.credentials = Credentials(directory / "secrets")
        with self._lock():
            chosen = ports.settle(directory / "ports.json", ("postgres", *PORTS))
        self.postgres = Postgres(
            directory / "postgres", chosen["postgres"], settings or {"shared_buffers": "64MB"}
        )
        self.rabbitmq = RabbitMQ(directory / "rabbitmq", chosen, self._definitions)
        self._where = Where(ports.HOST, chosen["postgres"], ports.HOST, chosen["amqp"])

    @contextmanager
    def with_postgres(self) -> Iterator[Postgres]:
        """PostgreSQL, running and prepared, for as long as the block lasts."""
        with self._used("postgres", self.postgres):
            yield self.postgres

    @contextmanager
    def with_rabbitmq(self) -> Iterator[RabbitMQ]:
        """RabbitMQ, running, for as long as the block lasts."""
        with self._used("rabbitmq", self.rabbitmq):
            yield self.rabbitmq

    def new_database(self, like: Database | None = None) -> Database:
        """Make a fresh pair of databases, quickly: as copies of a pair that was prepared before.

        That is a pair with every service's roles and empty schemas; or `like`, with what is in it.
        """
        name = f"t_{os.getpid()}_{next(_count)}_{uuid4().hex[:6]}"
        where = replace(self._where, database=name, keys_database=f"{name}_keys")
        fresh = Database(self.postgres, Addresses(self.credentials, where, self.directory / "keys.json"))
        # One copy at a time: a template may have no visitor, and the copies would take turns anyway.
        with self._lock("template.lock"), psycopg.connect(self.postgres.dsn(), autocommit=True) as server:
            sources = (like.name, like.keys_name) if like else self._templates(server, fresh.addresses)
            members = init_postgres.members(fresh.name, fresh.keys_name)
            for source, (copy, services) in zip(sources, members.items(), strict=True):
                make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                server.execute(make.format(sql.Identifier(copy), sql.Identifier(source)))
                init_postgres.let_in(server, copy, services)
        return fresh

    def new_broker(self) -> Broker:
        """Make a fresh virtual host with every user's rights, exchanges and dead-letter queues."""
        vhost = f"t_{os.getpid()}_{next(_count)}_{uuid4().hex[:6]}"
        self.rabbitmq.apply(self._rights([vhost], self.rabbitmq.major))
        return Broker(self.rabbitmq, vhost, self.credentials)

    def clear(self) -> None:
        """Stop the servers that nobody uses any more, such as those of a run that was killed."""
        with self._lock():
            for name, server in self._servers().items():
                if server.process() and not self._users(name):
                    server.stop()

    def _templates(self, server: psycopg.Connection, addresses: Addresses) -> tuple[str, str]:
        """The pair to copy from; made again whenever the SQL that makes it has changed."""
        digest = init_postgres.fingerprint(self._role_password)
        main, keys = f"template_{digest}", f"template_{digest}_keys"
        found = server.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", [keys]).fetchone()
        if found != (True,):
            addresses.write()
            init_postgres.prepare(self.postgres.dsn(), self._role_password, main, keys)
            # Last, so that only a pair that was finished is ever copied.
            server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(keys)))
        return main, keys

    def _role_password(self, role: str) -> str:
        return role_password(self.credentials, role)

    def _sweep(self) -> None:
        """Before the first worker: drop what killed runs left, and templates of SQL that changed since."""
        kept = init_postgres.fingerprint(self._role_password)
        with psycopg.connect(self.postgres.dsn(), autocommit=True) as server:
            names = server.execute(
                """
                SELECT datname FROM pg_database WHERE datname ~ '^(t|template)_' AND strpos(datname, %s) = 0
                """,
                [kept],
            ).fetchall()
            for (name,) in names:
                server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _definitions(self, major: int) -> str:
        return self._rights([], major)

    def _rights(self, vhosts: list[str], major: int) -> str:
        return init_rabbitmq.definitions(lambda user: user_password(self.credentials, user), vhosts, major)

    def _servers(self) -> Mapping[str, Postgres | RabbitMQ]:
        return {"postgres": self.postgres, "rabbitmq": self.rabbitmq}

    @contextmanager
    def _used(self, name: str, server: Postgres | RabbitMQ) -> Iterator[None]:
        own = self._notes(name) / f"{os.getpid()}.json"
        with self._lock():
            first = not self._users(name)
            if first and server is self.rabbitmq:
                server.remove()  # an empty broker starts faster than it would drop the vhosts of a killed run
            server.start()
            if first and server is self.postgres:
                self._sweep()
            me = processes.identify(os.getpid())
            assert me is not None
            processes.note(me, own)
        try:
            yield
        finally:
            with self._lock():
                own.unlink(missing_ok=True)
                if not self._users(name):
                    server.stop()

    def _users(self, name: str) -> list[Path]:
        """The notes of workers that still run; the others' are cleared."""
        alive = []
        for note in self._notes(name).glob("*.json"):
            if processes.find(note):
                alive.append(note)
            else:
                with suppress(FileNotFoundError):
                    note.unlink()
        return alive

    def _notes(self, name: str) -> Path:
        folder = self.directory / f"{name}.users"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _lock(self, name: str = "lock") -> AbstractContextManager[None]:
        return exclusive(self.directory / name, PATIENCE, "the test servers' folder")
