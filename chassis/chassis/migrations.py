"""Migrations: plain SQL files, run once each, in order, by the schema's owner.

Files are named `0003_what_it_does.sql`; the chassis's own (`0000_10_...`) come before the service's. Each
runs in one transaction together with its row of the history table `migration`, so that it is there wholly or
not at all. In a file, `:runtime` stands for the service's runtime role and `:schema` for its schema, both as
quoted identifiers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.rows import tuple_row

_FILE = re.compile(r"[0-9]{4}(_[0-9]{2})?_[a-z0-9_]+\.sql")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_PLACEHOLDER = re.compile(r"(?<![:\w]):(runtime|schema)\b")
_LOCK_WAIT = "15s"  # for a table that the running service holds; longer would queue everyone behind us


class MigrationError(Exception):
    """A migration cannot be run, or one that was run has changed since."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name without `.sql`, its text, and the SHA-256 of its bytes."""

    name: str
    text: str
    checksum: bytes


def read_migrations(directories: Iterable[Path | str]) -> list[Migration]:
    """The migrations in the order in which they run: by directory as given, then by file name."""
    found: dict[str, Migration] = {}
    for directory in map(Path, directories):
        if not directory.is_dir():
            raise MigrationError(f"{directory}: no such directory of migrations")
        for path in sorted(directory.glob("*.sql")):
            if not _FILE.fullmatch(path.name):
                raise MigrationError(f"{path.name}: name it as in 0003_what_it_does.sql")
            if path.stem in found:
                raise MigrationError(f"{path.name}: there are two migrations of this name")
            content = path.read_bytes()
            found[path.stem] = Migration(path.stem, content.decode(), sha256(content).digest())
    return list(found.values())


def migrate(dsn: str, schema: str, runtime_role: str, directories: Iterable[Path | str]) -> list[str]:
    """Run what was not run yet, as the owner; returns the names of the migrations run.

    Two runners wait for each other. Raises `MigrationError` when a file that was run has changed since, or
    when one fails: those before it stay, it leaves nothing behind.
    """
    if not _NAME.fullmatch(schema) or not _NAME.fullmatch(runtime_role):
        raise MigrationError("schema and role are named in lower case letters, digits and underscores")
    wanted = read_migrations(directories)
    with psycopg.connect(dsn, autocommit=True, row_factory=tuple_row, connect_timeout=10) as connection:
        # A time-out meant for a service's statements would cut a long migration short, or the wait for one.
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET lock_timeout = 0")
        # Of the session, because each file has a transaction of its own; it goes with the connection.
        connection.execute("SELECT pg_advisory_lock(hashtextextended('migrations of ' || %s, 0))", (schema,))
        connection.execute(sql.SQL("SET lock_timeout = {}").format(_LOCK_WAIT))
        _prepare(connection, schema, runtime_role)
        pending = _pending(connection, wanted)
        for migration in pending:
            _run(connection, migration, schema, runtime_role)
        return [migration.name for migration in pending]


def missing(connection: Connection[Any], directories: Iterable[Path | str]) -> list[str]:
    """The migrations that this service needs and its schema does not have: empty when it may start.

    A schema that is ahead is welcome: while a new version is being rolled out, the old one runs on. Raises
    `MigrationError` when a migration was run with another content than this service has.
    """
    return [migration.name for migration in _pending(connection, read_migrations(directories))]


def expected_version(directories: Iterable[Path | str]) -> str:
    """The schema version that these files make: their number and the last by name, "17:0004_ledger"."""
    return _version(migration.name for migration in read_migrations(directories))


def applied_version(connection: Connection[Any]) -> str:
    """The version that the schema on the connection's search path has; "0:" when nothing was run yet."""
    return _version(_applied(connection))


def _version(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return f"{len(ordered)}:{ordered[-1] if ordered else ''}"


def _applied(connection: Connection[Any]) -> dict[str, bytes]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("SELECT to_regclass('migration')").fetchone() == (None,):
            return {}
        return {
            name: bytes(checksum) for name, checksum in cursor.execute("SELECT name, checksum FROM migration")
        }


def _pending(connection: Connection[Any], wanted: list[Migration]) -> list[Migration]:
    applied = _applied(connection)
    changed = [m.name for m in wanted if m.name in applied and applied[m.name] != m.checksum]
    if changed:
        raise MigrationError(
            f"{', '.join(changed)}: run before with another content. Put the file back as it was, and write "
            "the change as a new migration."
        )
    return [migration for migration in wanted if migration.name not in applied]


def _prepare(connection: Connection[Any], schema: str, runtime_role: str) -> None:
    """Make sure of the schema, of what the runtime role gets in it, and of the history table."""
    names = {"schema": sql.Identifier(schema), "runtime": sql.Identifier(runtime_role)}
    if connection.execute("SELECT to_regnamespace(%s)", (schema,)).fetchone() == (None,):
        connection.execute(sql.SQL("CREATE SCHEMA {schema}").format(**names))
    connection.execute(sql.SQL("SET search_path = {schema}").format(**names))
    with connection.transaction():
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {runtime}").format(**names))
        for right in (
            "SELECT, INSERT, UPDATE, DELETE ON TABLES",
            "USAGE ON SEQUENCES",
            "EXECUTE ON FUNCTIONS",
        ):
            connection.execute(
                sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {right} TO {runtime}").format(
                    right=sql.SQL(right), **names
                )
            )
        connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migration (
                name       text PRIMARY KEY,
                checksum   bytea NOT NULL CHECK (octet_length(checksum) = 32),
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            )
            """
        )
        if connection.execute("SELECT current_user <> %s", (runtime_role,)).fetchone() == (True,):
            connection.execute(
                sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON migration FROM {runtime}").format(**names)
            )


def _run(connection: Connection[Any], migration: Migration, schema: str, runtime_role: str) -> None:
    quoted = {"schema": f'"{schema}"', "runtime": f'"{runtime_role}"'}
    text = _PLACEHOLDER.sub(lambda found: quoted[found[1]], migration.text)
    try:
        with connection.transaction():
            connection.execute(text.encode())  # no parameters: the file may hold many statements, and any `%`
            # A file may have moved the path; its history row belongs to this schema all the same.
            connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
            connection.execute(
                "INSERT INTO migration (name, checksum) VALUES (%s, %s)", (migration.name, migration.checksum)
            )
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = f", line {text.count(chr(10), 0, int(position)) + 1}" if position else ""
        raise MigrationError(
            f"{migration.name}{line}: {error.diag.message_primary or type(error).__name__}"
        ) from error
