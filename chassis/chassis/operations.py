"""What every service answers to operations: its outbox, queues, dead letters, rules, and the ground it stands on.

All of it by RPC, as a named person, so that whoever looks after the system holds no password of a database.
"""

from contextlib import suppress
from datetime import date
from typing import Any

import amqp
from kombu import Connection as Broker

from chassis import dead_letters, migrations, rules, watch
from chassis.call import Call
from chassis.client import BROKEN, TRANSPORT_OPTIONS
from chassis.commands import command, query
from chassis.errors import Unavailable
from chassis.schemas import Schema, fields

_ID = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f"
_LETTER = "9f86d081884c7d65"
_MOST_LETTERS = 200  # in a reply


class Nothing(Schema):
    """A body without fields."""

    example = {}


class OutboxOut(Schema):
    pending = fields.Count(max=2**53)  # facts committed and not yet in the log
    oldest_seconds = fields.Count(max=2**53)
    log = fields.Id()
    position = fields.Count(max=2**53)
    published = fields.Count(max=2**53)
    example = {"pending": 0, "oldest_seconds": 0, "log": _ID, "position": 42, "published": 42}


class QueuesOut(Schema):
    queues = fields.Anything()  # [{queue, kind, messages, consumers}]; messages null where there is no queue
    example = {"queues": [{"queue": "office.from.depot", "kind": "stream", "messages": 0, "consumers": 1}]}


class DeadLettersIn(Schema):
    """`command`: tell also what became of the wishes of that command."""

    letter = fields.Code(max=16)
    command = fields.Id()
    limit = fields.Count(min=1, max=_MOST_LETTERS, load_default=50)
    example = {"limit": 50}


class DeadLettersOut(Schema):
    letters = fields.Anything()  # [{letter, source, reason, bytes, text, copies}]
    waiting = fields.Count()  # different letters in the queue, of the first 500 messages
    outcomes = fields.Anything()  # {letter: outcome, null while it waits}
    example = {
        "letters": [
            {
                "letter": _LETTER,
                "source": "depot",
                "reason": "undecodable",
                "bytes": 2,
                "text": "{]",
                "copies": 1,
            }
        ],
        "waiting": 1,
        "outcomes": {},
    }


class SettleLettersIn(Schema):
    letters = fields.Items(fields.Code(min=16, max=16), required=True, min=1, max=_MOST_LETTERS)
    example = {"letters": [_LETTER]}


class SettleLettersOut(Schema):
    letters_wanted = fields.Count()
    example = {"letters_wanted": 1}


class RulesIn(Schema):
    """The rules in force on a day; left out, it is today in UTC."""

    on = fields.Day()
    example = {"on": "2026-02-02"}


class RulesOut(Schema):
    on = fields.Day()
    rules = (
        fields.Anything()
    )  # [{name, country, version, in_force_from, source, in_force, loaded, in_file, same}]
    example = {
        "on": "2026-02-02",
        "rules": [
            {
                "name": "postage",
                "country": "TZ",
                "version": "2024",
                "in_force_from": "2024-07-01",
                "source": "a law",
                "in_force": True,
                "loaded": True,
                "in_file": True,
                "same": True,
            }
        ],
    }


class GroundOut(Schema):
    """What the process and its database stand on; `now` in epoch milliseconds, `ends` in seconds."""

    process = fields.Anything()  # {now, commit, disks, files, certificates}
    database = fields.Anything()  # {now, version, bytes, connections, most_connections, settings}
    migrations_missing = fields.Items(fields.Text(), max=500)
    example = {
        "process": {"now": 1770000000000, "commit": "abc123", "disks": [], "files": [], "certificates": []},
        "database": {"now": 1770000000000, "version": "170000", "settings": {"fsync": "on"}},
        "migrations_missing": [],
    }


def _count_queues(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask the broker, as this service, how its own queues are doing."""
    runtime = call.runtime
    name = runtime.name
    wanted = [(f"rpc-{name}", "calls")]
    wanted += [(f"{name}.from.{stream.source}", "stream") for stream in runtime.service.streams]
    wanted += [(f"{name}.dead", "dead")]
    try:
        with Broker(runtime.settings.amqp_uri, transport_options=TRANSPORT_OPTIONS) as broker:
            broker.connect()
            return [{"queue": queue, "kind": kind, **_count(broker, queue)} for queue, kind in wanted]
    except BROKEN as error:
        raise Unavailable("broker_away", "The message broker is away; ask again.") from error


def _count(broker: Broker, queue: str) -> dict[str, int | None]:
    channel = broker.channel()
    try:
        told = channel.queue_declare(queue, passive=True)
    except amqp.exceptions.NotFound:
        return {"messages": None, "consumers": 0}
    finally:
        with suppress(*BROKEN):
            channel.close()
    return {"messages": told.message_count, "consumers": told.consumer_count}


def _look_at_letters(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    with dead_letters.opened(call.runtime) as (_, letters):
        by_id: dict[str, dict[str, Any]] = {}
        for letter in letters:
            by_id.setdefault(letter.id, {**letter.told(), "copies": 0})["copies"] += 1
        return list(by_id.values())


class OperationsEntrypoints:
    """Part of what the chassis mixes into every service class."""

    @query(Nothing, replies=OutboxOut, needs="ops.read")
    def outbox(self, tx: Any) -> dict[str, Any]:
        """What was committed and is not published yet, and since when."""
        found: dict[str, Any] = tx.one(
            """
            SELECT log, position, published, waiting.pending, waiting.oldest_seconds
            FROM log_head, (SELECT count(*) AS pending,
                                   coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::bigint AS oldest_seconds
                            FROM outbox) AS waiting
            """
        )
        return {**found, "oldest_seconds": max(0, found["oldest_seconds"])}

    @query(Nothing, replies=QueuesOut, needs="ops.read", gather=_count_queues)
    def queues(self, tx: Any, gathered: list[dict[str, Any]]) -> dict[str, Any]:
        """How many messages wait in this service's queues, and how many consumers each has."""
        return {"queues": gathered}

    @query(DeadLettersIn, replies=DeadLettersOut, needs="ops.read", gather=_look_at_letters)
    def dead_letters(
        self, tx: Any, letter: str | None, command: Any, limit: int, gathered: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Messages that could not be read, oldest first, without taking anything away."""
        outcomes = tx.all(
            "SELECT letter, outcome FROM dead_letter_wish WHERE command = %(command)s", command=command
        )
        shown = [each for each in gathered if letter is None or each["letter"] == letter]
        return {
            "letters": shown[:limit],
            "waiting": len(gathered),
            "outcomes": {row["letter"]: row["outcome"] for row in outcomes},
        }

    @command(SettleLettersIn, replies=SettleLettersOut, needs="ops.redrive")
    def redrive_dead_letters(self, tx: Any, letters: list[str]) -> dict[str, Any]:
        """Read letters again with this code; those whose facts have been taken in go, the others stay."""
        return {"letters_wanted": _wish(tx, letters, "redrive")}

    @command(SettleLettersIn, replies=SettleLettersOut, needs="ops.drop")
    def drop_dead_letters(self, tx: Any, letters: list[str]) -> dict[str, Any]:
        """Throw letters away, for good."""
        return {"letters_wanted": _wish(tx, letters, "drop")}

    @query(RulesIn, replies=RulesOut, needs="ops.read")
    def rules_known(self, tx: Any, on: date | None) -> dict[str, Any]:
        """Every rule version in this service's files or database, and which is in force on the day."""
        on = on or tx.now.date()
        files = {
            (each.name, each.country, each.version): each
            for each in rules.read_rules(tx.runtime.service.folder / "rules")
        }
        loaded = {
            (row["name"], row["country"], row["version"]): row
            for row in tx.all("SELECT name, country, version, in_force_from, source, checksum FROM rule")
        }
        in_force: dict[tuple[str, str], tuple[date, str]] = {}
        for (name, country, version), row in loaded.items():
            if row["in_force_from"] <= on:
                best = in_force.get((name, country), (date.min, ""))
                in_force[name, country] = max(best, (row["in_force_from"], version))
        told = []
        for key in sorted(files.keys() | loaded.keys()):
            name, country, version = key
            file, row = files.get(key), loaded.get(key)
            since: date = row["in_force_from"] if row else file.in_force_from  # type: ignore[union-attr]
            told.append(
                {
                    "name": name,
                    "country": country,
                    "version": version,
                    "in_force_from": since.isoformat(),
                    "source": row["source"] if row else file.source,  # type: ignore[union-attr]
                    "in_force": in_force.get((name, country), (None, None))[1] == version,
                    "loaded": row is not None,
                    "in_file": file is not None,
                    "same": row is not None and file is not None and bytes(row["checksum"]) == file.checksum,
                }
            )
        return {"on": on, "rules": told}

    @query(Nothing, replies=GroundOut, needs="ops.read")
    def ground(self, tx: Any) -> dict[str, Any]:
        """What this process and its database stand on: clocks, disks, settings, files of secrets, migrations."""
        runtime = tx.runtime
        database = tx.one(
            """
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now,
                   current_setting('server_version_num') AS version,
                   pg_database_size(current_database()) AS bytes,
                   (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
                   current_setting('max_connections')::integer AS most_connections
            """
        )
        settings = tx.all(
            """
            SELECT name, setting FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'TimeZone', 'server_encoding')
            UNION ALL
            SELECT 'collation', datcollate FROM pg_database WHERE datname = current_database()
            """
        )
        return {
            "process": {
                "now": watch.clock(),
                "commit": runtime.settings.commit,
                "disks": watch.disks(),
                "files": watch.secret_files(),
                "certificates": watch.certificates(runtime.settings.database_dsn),
            },
            "database": {**database, "settings": {row["name"]: row["setting"] for row in settings}},
            "migrations_missing": _missing(tx),
        }


def _missing(tx: Any) -> list[str]:
    try:
        return migrations.missing(tx.connection, tx.runtime.service.migrations)
    except migrations.MigrationError as error:  # one was changed after it was run
        return [str(error)[:200]]


def _wish(tx: Any, letters: list[str], what: str) -> int:
    different = sorted(set(letters))
    tx.many(
        """
        INSERT INTO dead_letter_wish (command, letter, wanted, wanted_by, wanted_at)
        VALUES (%(command)s, %(letter)s, %(wanted)s, %(by)s, %(at)s)
        """,
        [
            {"command": tx.command, "letter": letter, "wanted": what, "by": tx.actor.subject, "at": tx.now}
            for letter in different
        ],
    )
    return len(different)
