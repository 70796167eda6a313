"""Trying a backup: restored into a server of its own that is thrown away, and compared with what was seen then."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ustawi.backup import programs
from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Backup
from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings
from ustawi.backup.snapshot import broken_chain, rows_of, told
from ustawi.init.postgres import furnish
from ustawi.local import ports
from ustawi.local.postgres import Postgres

Say = Callable[[str], None]


def verify(backup: Backup, keys: Keyring, say: Say = lambda line: None) -> None:
    """Restore a backup for a trial; BackupError with everything that is wrong, else it is noted as verified."""
    manifest = backup.manifest(keys)
    backup.check_files(manifest)
    with _scratch() as server:
        database = f"trial_{backup.kind}"
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        dsn = server.dsn(database)
        _prepare(dsn, list(manifest["services"]))
        for service in manifest["services"]:
            programs.restored(dsn, service, backup.part(f"{service}.dump", keys), rights=False)
        with psycopg.connect(dsn, row_factory=dict_row) as restored:
            wrong = [
                line
                for service, then in manifest["services"].items()
                for line in (*differences(restored, service, then), *faults(restored, service, then))
            ]
    if backup.kind == "office":
        text = b"".join(backup.part("settings", keys)).decode()
        if not opened_settings(text, keys):
            wrong.append("the settings are empty")
        list(backup.part("erasures", keys))
    if wrong:
        raise BackupError(f"the backup {backup.name} of the {backup.kind} is not right: {'; '.join(wrong)}")
    backup.note_verified(datetime.now(UTC))
    say(f"{backup.kind} {backup.name}: restored for a trial, and right")


def differences(
    connection: psycopg.Connection[dict[str, Any]], service: str, then: dict[str, Any]
) -> Iterator[str]:
    """What a restored schema has otherwise than the manifest says."""
    # Of the keys there are rows alone.
    now = told(connection, service) if "log" in then else {"rows": rows_of(connection, service)}
    for what in ("rows", "migrations", "log", "streams", "laws"):
        if now.get(what) != then.get(what):
            yield f"{service}: {what} differ ({_first_difference(now.get(what), then.get(what))})"


def faults(
    connection: psycopg.Connection[dict[str, Any]], service: str, then: dict[str, Any]
) -> Iterator[str]:
    """What was wrong already when the backup was taken: laws that do not hold, a log that was rewritten."""
    yield from (
        f"{service}: {law} tells of {breaches} breaches"
        for law, breaches in then.get("laws", {}).items()
        if breaches
    )
    if "log" in then and (at := broken_chain(connection, service)) is not None:
        yield f"{service}: its log does not follow from what was before at position {at}"


def _first_difference(now: Any, then: Any) -> str:
    if isinstance(now, dict) and isinstance(then, dict):
        for name in sorted(now.keys() | then.keys()):
            if now.get(name) != then.get(name):
                return f"{name} is {now.get(name)} and was {then.get(name)}"
    return "not the same"


def _prepare(dsn: str, schemas: list[str]) -> None:
    """Empty schemas, beside what all of them share."""
    with psycopg.connect(dsn) as connection:
        furnish(connection, sql.SQL("CURRENT_USER"))
        for schema in schemas:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


@contextmanager
def _scratch() -> Iterator[Postgres]:
    """A PostgreSQL of its own that nobody else knows, gone at the end with all that was in it."""
    folder = Path(tempfile.mkdtemp(prefix="ustawi-trial-"))
    folder.chmod(0o755)  # its data below are closed; its account must be able to pass
    port = ports.settle(folder / "ports.json", ["postgres"])["postgres"]
    server = Postgres(folder / "postgres", port, {"fsync": "off", "max_connections": "20"})
    try:
        server.start()
        yield server
    finally:
        with suppress(OSError):
            server.remove()
        shutil.rmtree(folder, ignore_errors=True)
