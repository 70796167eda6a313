"""Transactions for the processes beside the service: the page and the rebuild. They need no broker and no keys."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.call import Call
from chassis.clock import Clock
from chassis.database import Database
from chassis.transaction import Transaction


class Beside:
    """What a transaction asks of its process, without the rest of a service."""

    def __init__(self, dsn: str, *, size: int, name: str, clock: Clock | None = None) -> None:
        self.name = "reports"
        self.clock = clock or Clock()
        self.database = Database(dsn, size=size, name=name)

    def open(self) -> None:
        self.database.open()

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def work(self) -> Iterator[Transaction]:
        with self.database.transaction() as connection:
            yield Transaction(self, connection, Call(id=self.name))  # type: ignore[arg-type]

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one snapshot and can change nothing."""
        with self.database.transaction(read_only=True) as connection:
            yield Transaction(self, connection, Call(id=self.name))  # type: ignore[arg-type]
