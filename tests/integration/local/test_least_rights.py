"""A service can do its work, and nothing else: each right is tried against the real servers."""

import psycopg
import pytest
from instances import Database


def test_a_service_reads_and_writes_the_tables_of_its_own_schema(database: Database) -> None:
    with psycopg.connect(database.dsn("loans", owner=True)) as owner:
        owner.execute("CREATE TABLE pot (kind text PRIMARY KEY, amount bigint)")
    with psycopg.connect(database.dsn("loans")) as loans:
        loans.execute("INSERT INTO pot VALUES ('women', 4)")
        loans.execute("UPDATE pot SET amount = 5")
        assert loans.execute("SELECT kind, amount FROM pot").fetchall() == [("women", 5)]
        loans.execute("DELETE FROM pot")
