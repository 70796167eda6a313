"""The parcel office as a running process, with a broker of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.auth import OFFICE, sign
from chassis.client import Client
from chassis.settings import MIGRATE, Settings
from chassis.testing import prepare
from running import RunningService, free_port
from ustawi.init.keys import office_kid


@pytest.fixture(scope="module")
def world(new_database, servers, broker):
    """A fresh database and virtual host, and the settings of services in them."""
    from parcels import depot
    from parcels.service import SERVICE

    class World:
        database = new_database()
        broker = servers.new_broker()

        def settings(self, service: str) -> dict[str, str]:
            return self.database.settings(service, self.broker)

    world = World()
    for service in (SERVICE, depot.SERVICE):
        prepare(service, Settings.load(service.name, world.settings(service.name), needs=MIGRATE))
    yield world
    world.broker.drop()


@pytest.fixture
def start(world, tmp_path: Path) -> Iterator[Callable[..., RunningService]]:
    """Start parcel offices; all are ended with the test."""
    running: list[RunningService] = []

    def start(module: str = "parcels", *, wait: bool = True, **env: str) -> RunningService:
        name = {"parcels": "loans", "parcels.depot": "registry"}[module]
        service = RunningService(module, world.settings(name) | env, tmp_path, free_port())
        running.append(service)
        return service.start(wait=wait)

    yield start
    for service in running:
        service.kill()


@pytest.fixture
def token(servers) -> Callable[..., str]:
    """Signs an office's token."""

    def token(*roles: str, areas=("*",), subject: str = "tester", ttl: float = 600) -> str:
        pem = servers.credentials.signing_key(OFFICE)
        return sign(pem, office_kid(pem), subject, list(roles), list(areas), ttl)

    return token


@pytest.fixture
def caller(world, token) -> Iterator[Client]:
    """A client of the RPC, as a portal would be."""
    client = Client(world.broker.uri(), token("clerk", "operations"), name="caller")
    yield client
    client.close()


@pytest.fixture
def nameko_listener(world, tmp_path):
    """A plain nameko service, nothing of ours in it, that hears an event in a process of its own."""
    processes = []

    user = f"portal-{world.broker.vhost}"
    world.broker.control("add_user", user, "a-portal")
    world.broker.control(
        "set_permissions", "-p", world.broker.vhost, user, "^evt-", "^evt-", "^(evt-|loans.events)"
    )

    def listen(source: str, event_type: str) -> list[dict]:
        script = tmp_path / "listener.py"
        uri = f"amqp://{user}:a-portal@127.0.0.1:{world.broker.uri().rpartition(':')[2]}"
        script.write_text(LISTENER.format(source=source, type=event_type, uri=uri))
        process = subprocess.Popen([sys.executable, "-u", str(script)], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        assert "listening" in process.stdout.readline()
        heard: list[dict] = []

        def hear() -> None:
            for line in process.stdout:
                heard.append(json.loads(line))

        threading.Thread(target=hear, daemon=True).start()
        return heard

    yield listen
    for process in processes:
        process.kill()
        process.wait()
    world.broker.control("delete_user", user)


LISTENER = """
import warnings; warnings.simplefilter("ignore")
import eventlet; eventlet.monkey_patch()
import json
from nameko.events import event_handler
from nameko.runners import ServiceRunner

class Listener:
    name = "from.plain"

    @event_handler("{source}", "{type}")
    def hear(self, event):
        print(json.dumps(event), flush=True)

runner = ServiceRunner({{"AMQP_URI": "{uri}", "DECLARE_EVENT_EXCHANGES": False}})
runner.add_service(Listener)
runner.start()
print("listening", flush=True)
runner.wait()
"""
