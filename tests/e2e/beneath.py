"""What lies beneath running services: their tables, queues and logs, as only the ground's owner sees them."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from kombu import Connection

from running import RunningService, eventually
from ustawi.demo.office import FOLLOWERS
from ustawi.local.postgres import Postgres, binaries
from ustawi.local.rabbitmq import RabbitMQ

LOGS = ("registry", "loans", "cases")  # the services that publish

# Every table with its rows and a digest over all that stands in them, whatever their order.
_STATE = """
    SELECT name, (xpath('/row/told/text()', query_to_xml(
        $$SELECT count(*) || ' rows ' || md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS told
          FROM $$ || name || ' t', false, true, '')))[1]::text
    FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND n.nspname IN ('registry', 'loans', 'cases', 'reports')) AS tables
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

    # -- Databases

    def sql(self, statement: str, *values: Any, keys: bool = False) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser; its rows, if it has any."""
        with psycopg.connect(self._superuser_dsn(keys)) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def state(self) -> dict[str, str]:
        """All tables of all services, those of the keys too: how many rows, and a digest of them."""
        return dict(self.sql(_STATE)) | {f"keys: {name}": told for name, told in self.sql(_STATE, keys=True)}

    def dump(self, *, keys: bool = False) -> bytes:
        """A whole database as text, by PostgreSQL's own program."""
        made = subprocess.run(
            [binaries() / "pg_dump", "--no-owner", "--no-privileges", self._superuser_dsn(keys)],
            capture_output=True,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        return made.stdout

    def _superuser_dsn(self, keys: bool) -> str:
        name = "OWNER_KEYS_DATABASE_DSN" if keys else "OWNER_DATABASE_DSN"
        return self.postgres.dsn(urlsplit(self.setting("cases", name)).path[1:])

    # -- Events

    def log_of(self, source: str) -> list[tuple[int, str, str, bytes]]:
        """A service's log as it holds it: position, event id, body, chain; in order."""
        return self.sql(f"SELECT position, event::text, body, chain FROM {source}.event ORDER BY position")

    def facts_of(self, source: str) -> list[tuple[int, str, str]]:
        """What reports holds of a log: position, event id, body; in order."""
        return self.sql(
            "SELECT position, event::text, body FROM reports.fact WHERE source = %s ORDER BY position", source
        )

    def until_published(self) -> None:
        """Wait until every event of every log stands in its followers' queues."""
        for source in LOGS:
            done = f"SELECT published = position AND NOT EXISTS (SELECT FROM {source}.outbox) FROM {source}.log_head"
            eventually(lambda done=done: self.sql(done)[0][0], what=f"{source} has published everything")

    def until_taken_in(self, *pair: str) -> None:
        """Wait until a follower stands at the head of a source's log; without a pair, every follower of every one."""
        self.until_published()
        for follower, source in [pair] if pair else self._pairs():
            there = f"""
                SELECT EXISTS (SELECT FROM {follower}.stream_position p, {source}.log_head h
                               WHERE p.source = %s AND p.position = h.position)
                    OR (SELECT position = 0 FROM {source}.log_head)
            """
            eventually(
                lambda there=there, source=source: self.sql(there, source)[0][0],
                within=40,
                what=f"{follower} has taken in everything of {source}",
            )

    @staticmethod
    def _pairs() -> Iterator[tuple[str, str]]:
        for source, followers in FOLLOWERS.items():
            yield from ((follower, source) for follower in followers)

    # -- Logs and queues

    def logs_of_services(self) -> bytes:
        return b"\n".join(service.log.read_bytes() for service in self.services.values())

    def log_of_postgres(self) -> bytes:
        """The end of it: the server has other users."""
        return self.postgres.log.read_bytes()[-4_000_000:]

    def logs_of_broker(self) -> bytes:
        files = [self.rabbitmq.log, *sorted((self.rabbitmq._home / "log").rglob("*"))]
        return b"\n".join(file.read_bytes() for file in files if file.is_file())

    def files_of_broker(self) -> Iterator[tuple[str, bytes]]:
        """What the broker keeps on disk: its queues and its own tables."""
        for file in sorted((self.rabbitmq._home / "data").rglob("*")):
            if file.is_file():
                yield file.name, file.read_bytes()

    def told_by_services(self) -> str:
        """What the operations' listeners of all services say."""
        pages = ("/metrics", "/ready", "/live", "/version")
        return "\n".join(service.get(page)[1] for service in self.services.values() for page in pages)

    def waiting(self) -> dict[str, int]:
        """How many messages wait in each queue of the services, as the queues themselves say."""
        queues = [f"{follower}.from.{source}" for follower, source in self._pairs()]
        queues += [name for service in self.services for name in (f"rpc-{service}", f"{service}.dead")]
        with Connection(self.setting("cases", "AMQP_URI")) as connection:
            channel = connection.channel()
            return {name: channel.queue_declare(name, passive=True).message_count for name in queues}
