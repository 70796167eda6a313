"""An office of four services on real databases, with something in each, and the places of its backups."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from chassis.crypto import SubjectKeys
from chassis.database import Database as KeysDatabase
from chassis.envelope import chained, place
from chassis.settings import MIGRATE, MIGRATE_PERSONAL, Settings
from chassis.testing import prepare
from instances import Database, SharedServers
from ustawi.backup.places import Place
from ustawi.init.services import SERVICES


@dataclass
class Office:
    """Four schemas, and short words for what stands in them."""

    database: Database
    place: Place

    def sql(self, statement: str, *values: Any, keys: bool = False) -> list[dict[str, Any]]:
        with psycopg.connect(self.database.superuser_dsn(keys=keys), row_factory=dict_row) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def tell(self, service: str, count: int = 3) -> None:
        """Facts in a service's log, as its relay would number and chain them."""
        [head] = self.sql(f"SELECT log, position, chain FROM {service}.log_head")
        position, chain = head["position"], bytes(head["chain"])
        for _ in range(count):
            position += 1
            event = str(uuid4())
            text = place(f'{{"id":"{event}","source":"{service}"}}', head["log"], position, chain)
            chain = chained(chain, text)
            self.sql(
                f"INSERT INTO {service}.event VALUES (%s, %s, 'told', 'x', now(), %s, %s)",
                position,
                event,
                text,
                chain,
            )
            self.sql(f"UPDATE {service}.log_head SET position = %s, chain = %s", position, chain)

    def person(self, service: str = "cases") -> UUID:
        """Somebody with a key of their own."""
        person = uuid4()
        settings = self.database.settings(service)
        keys = KeysDatabase(settings["KEYS_DATABASE_DSN"], size=1, name=service)
        keys.open()
        SubjectKeys(keys, _kek(settings)).new(person)
        keys.close()
        return person

    def holders_of_keys(self, service: str = "cases") -> set[UUID]:
        return {row["subject"] for row in self.sql(f"SELECT subject FROM {service}.subject_key", keys=True)}

    def erase(self, person: UUID, service: str = "cases") -> None:
        """As the service does it: the ledger first, then the key."""
        self.sql(f"INSERT INTO {service}.erased_subject VALUES (%s, now(), 'asked')", person)
        self.sql(f"DELETE FROM {service}.subject_key WHERE subject = %s", person, keys=True)


def _kek(settings: dict[str, str]) -> dict[int, bytes]:
    return dict(Settings.load("cases", settings, needs=frozenset({"KEK"})).kek)


@pytest.fixture(scope="session")
def four_services(new_database: Callable[[], Database]) -> Database:
    """The databases of all services, migrated and with their rules: made once, for copying."""
    database = new_database()
    database.addresses.write()

    def bring(name: str) -> None:
        service = import_module(f"{name}.service").SERVICE
        needs = MIGRATE | (MIGRATE_PERSONAL if service.holds_personal_data else frozenset())
        prepare(service, Settings.load(name, database.settings(name), needs=needs))

    with ThreadPoolExecutor(2) as together:
        list(together.map(bring, (each.name for each in SERVICES)))
    return database


@pytest.fixture
def office(servers: SharedServers, four_services: Database, tmp_path: Path) -> Iterator[Office]:
    """Copies of those databases for one test."""
    database = servers.new_database(like=four_services)
    yield Office(database, Place.of(database.addresses, tmp_path / "backups"))
    database.drop()
