"""The servers under the tests: real ones, private to this checkout, shared by all workers of a run."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from instances import Broker, Database, SharedServers
from ustawi.local.postgres import Postgres

if TYPE_CHECKING:
    from chassis.service import Service
    from chassis.testing import ServiceUnderTest

# A busy machine is no failure: nothing here is judged by how long it takes.
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def servers() -> SharedServers:
    """The shared servers, not yet started."""
    return SharedServers()


@pytest.fixture(scope="session")
def postgres(servers: SharedServers) -> Iterator[Postgres]:
    """The shared PostgreSQL; `.dsn(database)` leads in as superuser."""
    with servers.with_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def new_database(servers: SharedServers, postgres: Postgres) -> Iterator[Callable[[], Database]]:
    """Makes a fresh pair of databases each time it is called; all are dropped at the end."""
    made: list[Database] = []

    def make() -> Database:
        made.append(servers.new_database())
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="module")
def database(new_database: Callable[[], Database]) -> Database:
    """This module's pair of databases, with every service's roles and empty schemas."""
    return new_database()


@pytest.fixture(scope="session")
def broker(servers: SharedServers) -> Iterator[Broker]:
    """This worker's virtual host on the shared RabbitMQ, which is started only when a test asks for it."""
    with servers.with_rabbitmq():
        broker = servers.new_broker()
        yield broker
        broker.drop()


@pytest.fixture(scope="session")
def prepared(new_database: Callable[[], Database]) -> Callable[["Service"], Database]:
    """The pair of databases where a service's schemas and rules are in place: made once, for copying."""
    from chassis.settings import MIGRATE, MIGRATE_PERSONAL, Settings
    from chassis.testing import prepare

    made: dict[str, Database] = {}

    def of(service: "Service") -> Database:
        if service.name not in made:
            database = new_database()
            needs = MIGRATE | (MIGRATE_PERSONAL if service.holds_personal_data else frozenset())
            prepare(service, Settings.load(service.name, database.settings(service.name), needs=needs))
            made[service.name] = database
        return made[service.name]

    return of


@pytest.fixture
def service_under_test(
    servers: SharedServers, prepared: Callable[["Service"], Database]
) -> Iterator[Callable[["Service"], "ServiceUnderTest"]]:
    """Makes a service, without a broker, over fresh databases of its own; called with its `SERVICE`."""
    from chassis.testing import ServiceUnderTest

    made: list[tuple[ServiceUnderTest, Database]] = []

    def make(service: "Service") -> "ServiceUnderTest":
        database = servers.new_database(like=prepared(service))
        made.append((ServiceUnderTest(service, database.settings(service.name)), database))
        return made[-1][0]

    yield make
    for service, database in made:
        service.close()
        database.drop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what a killed worker left running."""
    if not hasattr(session.config, "workerinput"):
        SharedServers().clear()
