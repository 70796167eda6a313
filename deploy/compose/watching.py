"""What containers need beside `ustawi init`: secrets for watching, and a database role that may watch.

`watching.py secrets` and `watching.py database` follow the two commands of that name; both may be repeated.
"""

import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from ustawi.init.credentials import Credentials
from ustawi.init.postgres import DATABASE, KEYS_DATABASE
from ustawi.local.postgres import SUPERUSER, dsn

WATCH = "watch"


def secrets(credentials: Credentials) -> None:
    """Passwords of the watching role and of Grafana's administrator; the page's own copy of its one address."""
    credentials.password(WATCH, "password")
    credentials.password("grafana", "password")
    # The page is what strangers reach: it gets this address and none of the service's keys.
    address = credentials.path("reports", "database_dsn").read_text()
    credentials.write("reports_web", "database_dsn", address)


def database(credentials: Credentials, host: str, port: int) -> None:
    """A role that reads the server's statistics, of every database, and no table."""
    password = credentials.password(WATCH, "password")
    superuser = dsn(host, port, "postgres", SUPERUSER, credentials.password(SUPERUSER, "password"))
    role = sql.Identifier(WATCH)
    with psycopg.connect(superuser, autocommit=True) as server:
        hashed = server.pgconn.encrypt_password(password.encode(), WATCH.encode(), b"scram-sha-256").decode()
        if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WATCH]).fetchone():
            server.execute(sql.SQL("CREATE ROLE {}").format(role))
        server.execute(
            sql.SQL(
                "ALTER ROLE {} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
                " CONNECTION LIMIT 5 PASSWORD {}"
            ).format(role, sql.Literal(hashed))
        )
        server.execute(sql.SQL("GRANT pg_monitor TO {}").format(role))
        for name in (DATABASE, KEYS_DATABASE):
            server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), role))


if __name__ == "__main__":
    kept = Credentials(Path(os.environ["USTAWI_SECRETS"]))
    if sys.argv[1:] == ["secrets"]:
        secrets(kept)
    elif sys.argv[1:] == ["database"]:
        database(kept, os.environ.get("POSTGRES_HOST", "postgres"), 5432)
    else:
        raise SystemExit("usage: watching.py secrets | database")
