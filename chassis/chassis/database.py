"""PostgreSQL by psycopg 3: one bounded pool a process, transactions that their caller owns, advisory locks."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from chassis.errors import Unavailable

_log = logging.getLogger(__name__)

Connection = psycopg.Connection[DictRow]

# A host that is gone answers nothing, not even "no": these let the kernel find out within a quarter of a minute.
CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

# A statement that runs longer holds a worker that others wait for; a session that sits idle inside a
# transaction (a frozen process) holds locks that others wait for.
SESSION = "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=15000 -c lock_timeout=10000"


class Database:
    """A pool of connections to one database as one role."""

    def __init__(self, dsn: str, *, size: int, name: str) -> None:
        self.dsn = dsn
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            min_size=1,
            max_size=size,
            timeout=5,
            max_waiting=size * 20,
            max_lifetime=1800,
            reconnect_timeout=10,
            open=False,
            name=name,
            kwargs={
                "row_factory": dict_row,
                "options": SESSION,
                "application_name": name,
                **CONNECT,
            },
        )

    def open(self) -> None:
        self._pool.open(wait=False)

    def close(self) -> None:
        self._pool.close(timeout=2)

    def wait_until_reachable(self, stopped: Any = lambda: False) -> None:
        """Wait for the database, telling so, for as long as it takes or until `stopped()`."""
        told = 0.0
        while not stopped():
            try:
                with psycopg.connect(self.dsn, connect_timeout=3, autocommit=True) as connection:
                    connection.execute("SELECT 1")
                return
            except psycopg.OperationalError as error:
                if monotonic() - told > 10:
                    _log.warning("waiting for the database: %s", type(error).__name__)
                    told = monotonic()
                sleep(0.25)

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Iterator[Connection]:
        """One transaction: committed at a clean end, rolled back at an error; a read-only one sees one snapshot."""
        try:
            connection = self._pool.getconn()
        except (PoolTimeout, TooManyRequests) as error:
            raise Unavailable(
                "busy", "The service is at its limit; repeat with the same command_id."
            ) from error
        except psycopg.OperationalError as error:
            raise Unavailable(
                "database_away", "The database is away; repeat with the same command_id."
            ) from error
        try:
            if read_only:
                connection.read_only = True
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
            yield connection
            connection.commit()
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise
        finally:
            if read_only and not connection.closed:
                connection.read_only = None
                connection.isolation_level = None
            self._pool.putconn(connection)

    connection = transaction  # the name by which crypto's pools go

    def refresh(self) -> None:
        """Throw out idle connections that are dead, as after a restart of the database."""
        self._pool.check()


def lock_key(name: str) -> int:
    """The advisory lock number of a name: stable across versions and machines."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
