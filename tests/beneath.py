"""What lies beneath running services: their tables, queues and logs, as only the ground's owner sees them."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from running import RunningService
from ustawi.local.postgres import Postgres, binaries
from ustawi.local.rabbitmq import RabbitMQ

LOGS = ("registry", "loans", "cases")  # the services that publish

# Every table with its rows and a digest over all that stands in them, whatever their order.
_STATE = """
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           (xpath('/row/told/text()', query_to_xml(format(
               'SELECT count(*) || '' rows '' || coalesce(md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))), '''')
                AS told FROM %I.%I t', n.nspname, c.relname), false, true, '')))[1]::text AS told
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('registry', 'loans', 'cases', 'reports')
"""


@dataclass(frozen=True)
class Beneath:
    """The servers below `services`, and the places that are theirs there."""

    services: Mapping[str, RunningService]
    postgres: Postgres
    rabbitmq: RabbitMQ

    def setting(self, service: str, name: str) -> str:
        """A setting of a service, as its process was given it."""
        return self.services[service]._env[name]

    @property
    def vhost(self) -> str:
        return unquote(urlsplit(self.setting("cases", "AMQP_URI")).path[1:])

    def superuser_dsn(self, *, keys: bool = False) -> str:
        name = "OWNER_KEYS_DATABASE_DSN" if keys else "OWNER_DATABASE_DSN"
        return self.postgres.dsn(urlsplit(self.setting("cases", name)).path[1:])

    def sql(self, statement: str, *values: Any, keys: bool = False) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser; its rows, if it has any."""
        with psycopg.connect(self.superuser_dsn(keys=keys)) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def state(self) -> dict[str, str]:
        """All tables of all services, those of the keys too: how many rows, and a digest of them."""
        told = {name: told for name, told in self.sql(_STATE)}
        return told | {f"keys: {name}": told for name, told in self.sql(_STATE, keys=True)}

    def dump(self, *, keys: bool = False) -> bytes:
        """A whole database as text, by PostgreSQL's own program."""
        made = subprocess.run(
            [binaries() / "pg_dump", "--no-owner", "--no-privileges", self.superuser_dsn(keys=keys)],
            capture_output=True,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return made.stdout

    def logs_of_services(self) -> bytes:
        return b"\n".join(service.log.read_bytes() for service in self.services.values())

    def logs_of_broker(self) -> bytes:
        home = self.rabbitmq._home
        files = [self.rabbitmq.log, *sorted((home / "log").rglob("*.log*"))]
        return b"\n".join(file.read_bytes() for file in files if file.is_file())

    def metrics(self) -> str:
        return "\n".join(service.get("/metrics")[1] for service in self.services.values())

    def waiting(self) -> dict[str, int]:
        """How many messages wait in each queue."""
        listed = self.rabbitmq.control("list_queues", "-p", self.vhost, "--no-table-headers", "name", "messages")
        return {name: int(count) for name, count in (line.split("\t") for line in listed.splitlines() if line)}

    def log_of(self, source: str) -> list[tuple[int, str, str, bytes]]:
        """A service's log as it holds it: position, event id, body, chain; in order."""
        assert source in LOGS
        return self.sql(f"SELECT position, event::text, body, chain FROM {source}.event ORDER BY position")  # type: ignore[return-value]

    def facts_of(self, source: str) -> list[tuple[int, str, str]]:
        """What reports holds of a log: position, event id, body; in order."""
        return self.sql(  # type: ignore[return-value]
            "SELECT position, event::text, body FROM reports.fact WHERE source = %s ORDER BY position", source
        )
