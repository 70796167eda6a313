"""The whole system: the real four services as processes, on fresh databases and a virtual host of their own."""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chassis.settings import MIGRATE, MIGRATE_PERSONAL, Settings
from chassis.testing import prepare
from instances import Broker, Database, SharedServers
from running import RunningService, free_port
from ustawi.demo.files import DataFiles
from ustawi.demo.load import CONNECTIONS
from ustawi.demo.office import Addresses, Office
from ustawi.demo.stage import Stage
from ustawi.demo.telling import Teller
from ustawi.init.services import SERVICES
from ustawi.main import cli


@dataclass
class System:
    """The services by name, and the way to them."""

    services: dict[str, RunningService]
    addresses: Addresses
    database: Database
    broker: Broker

    def crash(self, name: str) -> None:
        """kill -9 a service, and have it started again as operations would."""
        self.services[name].kill()
        self.services[name].start(wait=False)


@pytest.fixture(scope="module")
def system(
    servers: SharedServers,
    new_database: Callable[[], Database],
    broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    database, own_broker = new_database(), servers.new_broker()
    directory = tmp_path_factory.mktemp("services")

    def start(name: str) -> RunningService:
        service = import_module(f"{name}.service").SERVICE
        settings = database.settings(name, own_broker)
        needs = MIGRATE | (MIGRATE_PERSONAL if service.holds_personal_data else frozenset())
        prepare(service, Settings.load(name, settings, needs=needs))
        return RunningService(name, settings, directory, free_port()).start(wait=False)

    with ThreadPoolExecutor() as together:
        services = dict(
            zip(
                (each.name for each in SERVICES),
                together.map(start, (each.name for each in SERVICES)),
                strict=True,
            )
        )
    try:
        for service in services.values():
            service.until_ready()
        key = servers.credentials.path("office", "signing_key")
        yield System(services, Addresses(own_broker.uri(), Path(key)), database, own_broker)
    finally:
        for service in services.values():
            service.kill()
        own_broker.drop()


@pytest.fixture
def env_file(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The addresses of this system, as `ustawi up` writes them for operators."""
    for name in ("AMQP_URI", "OFFICE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    values = {"AMQP_URI": system.addresses.amqp_uri, "OFFICE_KEY_FILE": system.addresses.office_key}
    for name, service in system.services.items():
        values[f"{name.upper()}_OPS_URL"] = f"http://127.0.0.1:{service.port}"
    file = tmp_path / "env"
    file.touch(mode=0o600)
    file.write_text("\n".join(f"{name}='{value}'" for name, value in values.items()))
    return file


@pytest.fixture
def ustawi(env_file: Path) -> Callable[..., Any]:
    """Runs a command of `ustawi` as an operator would; its output, as data with `--json`."""

    def run(*arguments: str, exits: int = 0) -> Any:
        environment = {"OFFICER": "ops.asha", "USTAWI_ENV": str(env_file)}
        done = CliRunner().invoke(cli, list(arguments), env=environment)
        assert done.exit_code == exits, done.output + repr(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return run


@dataclass
class Told:
    """One telling of the story, ready to begin."""

    stage: Stage
    text: io.StringIO


@pytest.fixture
def told(system: System) -> Iterator[Callable[..., Told]]:
    """Makes tellings; `teller` is the class of who tells."""
    offices: list[Office] = []

    def make(teller: type[Teller] = Teller) -> Told:
        text = io.StringIO()
        tells = teller(text)
        offices.append(Office(system.addresses, connections=CONNECTIONS, say=tells.say))
        return Told(Stage(offices[-1], tells, DataFiles()), text)

    yield make
    for office in offices:
        office.close()
