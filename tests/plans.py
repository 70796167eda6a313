"""Whether statements find their rows by an index, however large their tables have grown.

A table that fits on a page is rightly read from end to end, so small tables prove nothing. Here PostgreSQL is told,
in a transaction that is rolled back, that each table of a service holds ten million rows; then it is asked how it
would carry out every statement that a story sent. Reading such a table from end to end is what must not happen.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from chassis.testing import ServiceUnderTest
from heard import Said
from ustawi.local.postgres import Postgres

ROWS = 10_000_000

# As many rows as there are services, countries, laws and prefixes: these do not grow with the office's work.
SMALL = {
    "log_head",
    "stream_position",
    "stream_run",
    "stream_try",
    "rule",
    "reference_counter",
    "scope_country",
    "scope_holiday",
}
_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def read_from_end_to_end(
    postgres: Postgres, svc: ServiceUnderTest, said: Said, *, small: set[str] = frozenset()
) -> dict[str, set[str]]:
    """Table -> the statements that would read all of it."""
    name, database = svc.service.name, conninfo_to_dict(svc.settings.database_dsn)["dbname"]
    found: dict[str, set[str]] = {}
    with psycopg.connect(postgres.dsn(str(database)), cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(name)))
        grown = {
            row[0]
            for row in connection.execute(
                """
                UPDATE pg_class SET reltuples = %s, relpages = 1
                WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname <> ALL (%s)
                  AND pg_relation_size(oid) > 0
                RETURNING relname
                """,
                (ROWS, name, sorted(SMALL | small)),
            )
        }
        for statement in dict.fromkeys(_bound(connection, said)):
            row = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode()).fetchone()
            assert row is not None
            for table in _scanned(row[0][0]["Plan"]) & grown:
                found.setdefault(table, set()).add(" ".join(statement.split())[:300])
        connection.rollback()
    return found


def _bound(connection: psycopg.Connection[Any], said: Said) -> Iterator[str]:
    cursor = psycopg.ClientCursor(connection)
    for statement, params in said:
        if isinstance(statement, str) and statement.split()[0].upper() in _PLANNED:
            yield cursor.mogrify(statement, params)


def _scanned(plan: dict[str, Any]) -> set[str]:
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(_scanned(below) for below in plan.get("Plans", ())))
