"""Roles, databases, schemas and rights in PostgreSQL; the SQL stands in deploy/postgres."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ustawi.init.services import SERVICES, ServiceGround

DATABASE = "ustawi"
KEYS_DATABASE = "ustawi_keys"
BACKUP = "backup"  # the role that backups are taken by

SQL_FOLDER = Path(__file__).parents[3] / "deploy" / "postgres"
# Two preparations at once would trip over each other's ALTER ROLE.
_LOCK = 7_283_716


def prepare(
    superuser_dsn: str,
    password: Callable[[str], str],
    database: str = DATABASE,
    keys_database: str = KEYS_DATABASE,
) -> None:
    """Make or mend everything that the services need in one server; safe to repeat.

    `superuser_dsn` leads to any database of the server; `password` answers the password of a role.
    """
    with psycopg.connect(superuser_dsn, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        for service in SERVICES:
            _make_roles(server, service, password)
        _run(
            server,
            "backup.sql",
            backup_name=sql.Literal(BACKUP),
            backup=sql.Identifier(BACKUP),
            backup_password=_hashed(server, BACKUP, password(BACKUP)),
        )
        for other in ("postgres", "template1"):
            _run(server, "closed.sql", database=sql.Identifier(other))
        for name, services in members(database, keys_database).items():
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            let_in(server, name, services)
            with psycopg.connect(make_conninfo(superuser_dsn, dbname=name)) as inside:
                furnish(inside, _roles(services))
                for service in services:
                    _run(inside, "schema.sql", **_names(service))


def members(database: str, keys_database: str) -> dict[str, list[ServiceGround]]:
    """Which services have a schema in which database."""
    return {database: list(SERVICES), keys_database: [service for service in SERVICES if service.personal]}


def let_in(server: psycopg.Connection, database: str, services: Iterable[ServiceGround]) -> None:
    """Let the roles of these services and of backups, and nobody else, connect to a database."""
    roles = sql.SQL("{}, {}").format(_roles(services), sql.Identifier(BACKUP))
    _run(server, "database.sql", database=sql.Identifier(database), roles=roles)


def furnish(inside: psycopg.Connection, roles: sql.Composable) -> None:
    """Make what the schemas of a database share, for these roles: run as superuser in it."""
    _run(inside, "inside.sql", roles=roles)


def fingerprint(password: Callable[[str], str]) -> str:
    """Eight hexadecimal digits that change whenever what `prepare` makes changes, passwords included."""
    digest = hashlib.sha256(repr(SERVICES).encode() + password(BACKUP).encode())
    for service in SERVICES:
        digest.update(password(service.name).encode() + password(service.owner).encode())
    for file in sorted(SQL_FOLDER.glob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _make_roles(server: psycopg.Connection, service: ServiceGround, password: Callable[[str], str]) -> None:
    hashed = {
        name: _hashed(server, role, password(role))
        for name, role in (("runtime_password", service.name), ("owner_password", service.owner))
    }
    _run(
        server,
        "roles.sql",
        owner_name=sql.Literal(service.owner),
        runtime_name=sql.Literal(service.name),
        **_names(service),
        **hashed,
    )


def _hashed(server: psycopg.Connection, role: str, password: str) -> sql.Literal:
    hashed = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return sql.Literal(hashed.decode())


def _names(service: ServiceGround) -> dict[str, sql.Composable]:
    return {
        "owner": sql.Identifier(service.owner),
        "runtime": sql.Identifier(service.name),
        "schema": sql.Identifier(service.name),
    }


def _roles(services: Iterable[ServiceGround]) -> sql.Composable:
    return sql.SQL(", ").join(
        sql.Identifier(role) for service in services for role in (service.name, service.owner)
    )


def _run(connection: psycopg.Connection, file: str, **names: sql.Composable) -> None:
    connection.execute(sql.SQL((SQL_FOLDER / file).read_text()).format(**names))
