"""Bringing services back to a backup.

What stood there is put aside under another name until the restored schema has been compared with the backup; only then
is it dropped. Each restored service begins a new log that continues the old one, so that whoever had read further sees
it; whoever was erased, in any ledger that can be found, is erased again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from ustawi.backup import programs
from ustawi.backup.checking import differences
from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Backup, Folder, name_of
from ustawi.backup.sealing import Keyring
from ustawi.init import postgres as init_postgres
from ustawi.init.services import ServiceGround

Say = Callable[[str], None]
Ledger = dict[str, dict[str, str]]  # subject -> {subject, erased_at, reason}


@dataclass(frozen=True)
class Target:
    """The server to restore into, as its superuser, and the addresses of the owners there."""

    superuser_dsn: str = field(repr=False)
    owner_dsn: Callable[[ServiceGround, bool], str] = field(repr=False)  # (service, keys) -> address
    password: Callable[[str], str] = field(repr=False)
    database: str = init_postgres.DATABASE
    keys_database: str = init_postgres.KEYS_DATABASE

    def inside(self, *, keys: bool = False) -> str:
        name = self.keys_database if keys else self.database
        return make_conninfo(self.superuser_dsn, dbname=name)

    def prepare(self) -> None:
        init_postgres.prepare(self.superuser_dsn, self.password, self.database, self.keys_database)


@dataclass
class Restored:
    """What was done."""

    services: dict[str, int] = field(default_factory=dict)  # service -> position at which its new log begins
    keys: list[str] = field(default_factory=list)
    erased_again: int = 0


def restore(
    target: Target,
    folder: Folder,
    keys: Keyring,
    office: Backup,
    services: Iterable[ServiceGround],
    *,
    of_keys: Backup | None = None,
    replace: bool = False,
    say: Say = lambda line: None,
) -> Restored:
    """Restore these services to a backup, and the keys of their persons to `of_keys` where one is given.

    Raises BackupError, and leaves everything as it was, when a service still runs, when there is something that
    `replace` does not allow to give up, or when what was restored is not what the backup says.
    """
    wanted = list(services)
    manifest = office.manifest(keys)
    if missing := [each.name for each in wanted if each.name not in manifest["services"]]:
        raise BackupError(f"the backup {office.name} has no {', '.join(missing)}")
    office.check_files(manifest)
    if of_keys is not None:
        of_keys.check_files(of_keys.manifest(keys))
    target.prepare()
    _must_be_still(target, wanted)
    if not replace:
        _must_be_empty(target, wanted, of_keys is not None)
    done = Restored()
    ledgers = _ledgers(target, folder, keys, office, wanted)
    with _put_aside(target, wanted, keys=False) as aside:
        for service in wanted:
            say(f"{service.name}: restoring")
            programs.restored(
                target.owner_dsn(service, False),
                service.name,
                office.part(f"{service.name}.dump", keys),
                rights=True,
            )
        _must_be_right(target.inside(), {each.name: manifest["services"][each.name] for each in wanted})
        for service in wanted:
            done.services[service.name] = _renew(target, service, ledgers[service.name])
        if of_keys is not None:  # last: keys that were given up cannot be put back
            done.keys = _restore_keys(target, of_keys, keys, wanted, say)
        _drop(target.inside(), aside)
    done.erased_again = _erase_again(target, wanted)
    return done


def _restore_keys(
    target: Target, backup: Backup, keys: Keyring, wanted: list[ServiceGround], say: Say
) -> list[str]:
    manifest = backup.manifest(keys)
    persons = [each for each in wanted if each.name in manifest["services"]]
    with _put_aside(target, persons, keys=True) as aside:
        for service in persons:
            say(f"{service.name}: restoring the keys of persons")
            programs.restored(
                target.owner_dsn(service, True),
                service.name,
                backup.part(f"{service.name}.dump", keys),
                rights=True,
            )
        _must_be_right(
            target.inside(keys=True), {each.name: manifest["services"][each.name] for each in persons}
        )
        _drop(target.inside(keys=True), aside)
    return [each.name for each in persons]


# -- Before


def _must_be_still(target: Target, wanted: list[ServiceGround]) -> None:
    """Nobody may work on what is about to be replaced."""
    with psycopg.connect(target.superuser_dsn, row_factory=dict_row) as server:
        rows = server.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = ANY (%s) AND usename = ANY (%s)",
            (
                [target.database, target.keys_database],
                [role for each in wanted for role in (each.name, each.owner)],
            ),
        ).fetchall()
    if rows:
        names = ", ".join(sorted(row["usename"] for row in rows))
        raise BackupError(f"still connected to the database: {names}. Stop these services, then restore.")


def _must_be_empty(target: Target, wanted: list[ServiceGround], also_keys: bool) -> None:
    full = []
    with psycopg.connect(target.inside(), row_factory=dict_row) as connection:
        for service in wanted:
            if _has_rows(connection, service.name, ("command", "event", "outbox", "stream_position")):
                full.append(service.name)
    if also_keys:
        with psycopg.connect(target.inside(keys=True), row_factory=dict_row) as connection:
            for service in wanted:
                if service.personal and _has_rows(connection, service.name, ("subject_key",)):
                    full.append(f"the keys of {service.name}")
    if full:
        raise BackupError(
            f"there is work in {', '.join(full)} that a restore would replace. Take a backup of it first; "
            "then say --replace."
        )


def _has_rows(connection: psycopg.Connection[dict[str, Any]], schema: str, tables: Iterable[str]) -> bool:
    for table in tables:
        if not _there(connection, schema, table):
            continue
        found = connection.execute(
            sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(schema, table))
        ).fetchone()
        if found is not None:
            return True
    return False


def _there(connection: psycopg.Connection[dict[str, Any]], schema: str, table: str) -> bool:
    row = connection.execute(
        "SELECT to_regclass(format('%%I.%%I', %s::text, %s::text)) IS NOT NULL AS there", (schema, table)
    ).fetchone()
    return bool(row and row["there"])


# -- The erased


def _ledgers(
    target: Target, folder: Folder, keys: Keyring, office: Backup, wanted: list[ServiceGround]
) -> dict[str, Ledger]:
    """Everyone who was erased, as the database knows that is about to be replaced, and all later backups."""
    found: dict[str, Ledger] = {each.name: {} for each in wanted}
    for backup in folder.backups("office"):
        if backup.name >= office.name:
            told = json.loads(b"".join(backup.part("erasures", keys)))
            for service in found:
                found[service] |= {row["subject"]: row for row in told.get(service, [])}
    with psycopg.connect(target.inside(), row_factory=dict_row) as connection:
        for service in found:
            if _there(connection, service, "erased_subject"):
                rows = connection.execute(
                    sql.SQL("SELECT subject::text, erased_at::text, reason FROM {}.erased_subject").format(
                        sql.Identifier(service)
                    )
                ).fetchall()
                found[service] |= {row["subject"]: row for row in rows}
    return found


def _erase_again(target: Target, wanted: list[ServiceGround]) -> int:
    """Destroy the keys of everyone in the restored ledgers: those that came back, and those that a crash had left."""
    gone = 0
    for service in wanted:
        if not service.personal:
            continue
        with psycopg.connect(target.owner_dsn(service, False)) as connection:
            erased = [row[0] for row in connection.execute("SELECT subject FROM erased_subject").fetchall()]
        with psycopg.connect(target.owner_dsn(service, True)) as connection:
            if connection.execute("SELECT to_regclass('subject_key')").fetchone() != (None,):
                gone += connection.execute(
                    "DELETE FROM subject_key WHERE subject = ANY (%s)", (erased,)
                ).rowcount
    return gone


# -- What stood there


@contextmanager
def _put_aside(target: Target, services: list[ServiceGround], *, keys: bool) -> Iterator[dict[str, str]]:
    """Empty schemas in place of those that are there; at a failure these are put back. Yields {schema: kept as}."""
    dsn, mark = target.inside(keys=keys), name_of(datetime.now(UTC)).lower()
    aside = {each.name: f"{each.name}_before_{mark}" for each in services}
    with psycopg.connect(dsn) as connection:
        for schema, kept in aside.items():
            connection.execute(
                sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(kept))
            )
    try:
        target.prepare()
        with psycopg.connect(dsn) as connection:
            for service in services:
                _take_default_rights(connection, service)
        yield aside
        target.prepare()
    except BaseException:
        with psycopg.connect(dsn) as connection:
            for schema, kept in aside.items():
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
                connection.execute(
                    sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
                        sql.Identifier(kept), sql.Identifier(schema)
                    )
                )
        raise


def _take_default_rights(connection: psycopg.Connection[Any], service: ServiceGround) -> None:
    """A dump grants what each table allows, and does not take away what it would be given for being new here."""
    for what in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} REVOKE ALL ON {} FROM {}").format(
                sql.Identifier(service.owner),
                sql.Identifier(service.name),
                sql.SQL(what),
                sql.Identifier(service.name),
            )
        )


def _drop(dsn: str, aside: Mapping[str, str]) -> None:
    with psycopg.connect(dsn) as connection:
        for kept in aside.values():
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(kept)))


# -- After


def _must_be_right(dsn: str, then: Mapping[str, dict[str, Any]]) -> None:
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        wrong = [line for service, told in then.items() for line in differences(connection, service, told)]
    if wrong:
        raise BackupError(f"what was restored is not what was backed up: {'; '.join(wrong)}")


def _renew(target: Target, service: ServiceGround, ledger: Ledger) -> int:
    """End the restored log where it stands and begin one that continues it; enter who was erased since."""
    with psycopg.connect(target.owner_dsn(service, False), row_factory=dict_row) as connection:
        row = connection.execute(
            """
            WITH ended AS (
                INSERT INTO log_renewal (log, upto, chain) SELECT log, position, chain FROM log_head RETURNING upto
            )
            UPDATE log_head SET log = gen_random_uuid() RETURNING position
            """
        ).fetchone()
        assert row is not None
        # Their queues may still hold facts that are lost now, where the source was restored too.
        connection.execute("UPDATE stream_position SET unsure = true")
        connection.cursor().executemany(
            """
            INSERT INTO erased_subject (subject, erased_at, reason)
            VALUES (%(subject)s, %(erased_at)s, %(reason)s) ON CONFLICT (subject) DO NOTHING
            """,
            list(ledger.values()),
        )
        position: int = row["position"]
        return position
