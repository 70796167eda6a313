"""What stands in a service's schema at one moment: its place in its log and in others', its rows, its laws.

Told twice: by the database as it is backed up, and by the copy that is restored from the backup. Both must agree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from ustawi.backup.errors import BackupError

CONNECT = {"connect_timeout": 10, "application_name": "ustawi-backup"}

_TABLES = """
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
# By this name a view states a law: it has a row for each breach, so it is empty.
_LAWS = """
    SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'v' AND c.relname LIKE '%%\\_fault' ORDER BY 1
"""
_BROKEN_CHAIN = """
    SELECT min(position) AS at FROM (
        SELECT position, body, chain, row_number() OVER ordered AS number,
               coalesce(lag(chain) OVER ordered, sha256('')) AS before
        FROM {schema}.event WINDOW ordered AS (ORDER BY position)
    ) AS told
    WHERE position <> number OR chain <> sha256(before || convert_to(body, 'UTF8'))
"""


@dataclass(frozen=True)
class Snapshot:
    """An open transaction that sees one moment, and the name by which pg_dump sees the same."""

    connection: Connection[dict[str, Any]]
    name: str


@contextmanager
def snapshot(dsn: str) -> Iterator[Snapshot]:
    """Hold one moment of a database for as long as the block lasts."""
    with psycopg.connect(dsn, row_factory=dict_row, **CONNECT) as connection:  # type: ignore[arg-type]
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = connection.execute("SELECT pg_export_snapshot() AS name").fetchone()
        assert row is not None
        yield Snapshot(connection, row["name"])


def rows_of(connection: Connection[dict[str, Any]], schema: str) -> dict[str, int]:
    """How many rows each table of a schema has."""
    counted = {}
    for table in connection.execute(_TABLES, (schema,)).fetchall():
        count = sql.SQL("SELECT count(*) AS rows FROM {}").format(sql.Identifier(schema, table["name"]))
        counted[table["name"]] = _one(connection, count)["rows"]
    return counted


def told(connection: Connection[dict[str, Any]], schema: str) -> dict[str, Any]:
    """What a service's schema says of itself: rows, migrations, log, streams and laws; BackupError without a log."""
    rows = rows_of(connection, schema)
    if "log_head" not in rows:
        raise BackupError(f"{schema} has no log: its migrations have not run here")
    name = sql.Identifier(schema)
    head = _one(
        connection,
        sql.SQL(
            "SELECT log::text, position, encode(chain, 'hex') AS chain, published FROM {}.log_head"
        ).format(name),
    )
    streams = connection.execute(
        sql.SQL(
            """
            SELECT source, log::text, position, encode(chain, 'hex') AS chain FROM {}.stream_position ORDER BY source
            """
        ).format(name)
    ).fetchall()
    return {
        "rows": rows,
        "migrations": [
            row["name"]
            for row in connection.execute(sql.SQL("SELECT name FROM {}.migration ORDER BY name").format(name))
        ],
        "log": head,
        "streams": streams,
        "laws": {
            law["name"]: _one(
                connection,
                sql.SQL("SELECT count(*) AS breaches FROM {}").format(sql.Identifier(schema, law["name"])),
            )["breaches"]
            for law in connection.execute(_LAWS, (schema,)).fetchall()
        },
    }


def broken_chain(connection: Connection[dict[str, Any]], schema: str) -> int | None:
    """The first position at which a log does not follow from the event before; None when it is whole."""
    at: int | None = _one(connection, sql.SQL(_BROKEN_CHAIN).format(schema=sql.Identifier(schema)))["at"]
    return at


def erased(connection: Connection[dict[str, Any]], schema: str) -> list[dict[str, str]]:
    """The ledger of those who were erased: ids, moments and codes."""
    return connection.execute(
        sql.SQL(
            "SELECT subject::text, erased_at::text, reason FROM {}.erased_subject ORDER BY subject"
        ).format(sql.Identifier(schema))
    ).fetchall()


def _one(connection: Connection[dict[str, Any]], query: sql.Composed) -> dict[str, Any]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
