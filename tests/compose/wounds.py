"""Every service, the broker and the database is killed and frozen in turn, under load; committed must stay committed.

The load, the record of what callers were told and the verdict are those of `make faults` (tests/reliability); what
is hurt here are containers, and what brings them back is docker's restart policy alone.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from stack import Stack, within

from proxy import Proxy
from reliability.history import History
from reliability.house import NAMES, House
from reliability.load import Load, set_up
from reliability.remains import collect
from reliability.table import Tally, refusals, totals
from reliability.verdict import judge
from ustawi.demo.office import Addresses

TARGETS = (*NAMES, "rabbitmq", "postgres")
FROZEN = 12.0  # seconds: longer than any heartbeat or idle time-out of ours
WELL_WITHIN = 150.0  # seconds, for the slowest machine that this may run on
SEED = "containers"

Wound = Callable[[Stack, str], None]


class Door(Proxy):
    """A port of this machine that leads to a container, wherever its network has it after a restart."""

    def __init__(self, stack: Stack, service: str, port: int) -> None:
        self._stack, self._service = stack, service
        self._address = ""
        super().__init__(port)

    def _connect(self) -> socket.socket:
        if self._address:
            try:
                return self._reach(self._address)
            except OSError:
                self._address = ""  # it is down, or it came back elsewhere
        networks = self._stack.containers(self._service)[0]["NetworkSettings"]["Networks"]
        address = next(each["IPAddress"] for name, each in networks.items() if name.endswith("_back"))
        if not address:
            raise OSError(f"{self._service} is down")
        far = self._reach(address)
        self._address = address
        return far

    def _reach(self, address: str) -> socket.socket:
        far = socket.create_connection((address, self.target), timeout=2)
        far.settimeout(None)
        return far


class ContainerHouse(House):
    """The running stack, as the load and the verdict of `make faults` see a system."""

    def __init__(self, stack: Stack, directory: Path) -> None:
        self._stack = stack
        self._broker, self._database = Door(stack, "rabbitmq", 5672), Door(stack, "postgres", 5432)
        uri = urlsplit(_secret(stack, "/secrets/caller/amqp_uri"))
        key = directory / "office_key"
        key.write_text(_secret(stack, "/secrets/office/signing_key"))
        way = f"amqp://{uri.username}:{uri.password}@127.0.0.1:{self._broker.port}{uri.path}"
        self.addresses = Addresses(way, key)
        password = stack.inside("postgres", "cat", "/secrets/password").strip()
        self._dsn = make_conninfo(
            host="127.0.0.1",
            port=self._database.port,
            user="postgres",
            password=password,
            dbname="ustawi",
            connect_timeout=5,
        )

    def close(self) -> None:
        self._broker.close()
        self._database.close()

    @contextmanager
    def as_superuser(self, *, autocommit: bool = True) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        with psycopg.connect(self._dsn, autocommit=autocommit, row_factory=dict_row) as connection:
            yield connection

    def rebuild(self) -> subprocess.CompletedProcess[str]:
        words = ("run", "--rm", "-T", "--no-deps", "reports", "python", "-m", "reports", "rebuild")
        return self._stack.docker.run(*self._stack.words(*words), check=False)


def _secret(stack: Stack, path: str) -> str:
    return stack.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "cat", "ustawi", path).strip()


def killed(stack: Stack, service: str) -> None:
    """By the number that its main process has here: `docker kill` would count as our own wish to have it down."""
    os.kill(stack.containers(service)[0]["State"]["Pid"], signal.SIGKILL)


def frozen(stack: Stack, service: str) -> None:
    """It keeps its connections and answers nothing."""
    name = stack.containers(service)[0]["Id"]
    stack.docker.run("pause", name)
    try:
        time.sleep(FROZEN)
    finally:
        stack.docker.run("unpause", name)


WOUNDS: dict[str, Wound] = {"killed": killed, "frozen": frozen}


def what_is_hurt_heals_and_nothing_is_lost(stack: Stack) -> Iterator[str]:
    if not _reachable(stack):
        print("      left out: the containers' processes cannot be reached from here", flush=True)
        return
    with tempfile.TemporaryDirectory() as directory:
        house = ContainerHouse(stack, Path(directory))
        try:
            yield from _hurt(stack, house)
        finally:
            house.close()


def _reachable(stack: Stack) -> bool:
    """Whether docker runs on this very machine, and as somebody whom we may signal."""
    try:
        os.kill(stack.containers("loans")[0]["State"]["Pid"], 0)
    except OSError:
        return False
    return True


def _hurt(stack: Stack, house: ContainerHouse) -> Iterator[str]:
    history, tally = History(), Tally()
    world = set_up(house, history)
    callers = Load(house, history, world, SEED)
    callers.start()
    try:
        for service in TARGETS:
            for name, wound in WOUNDS.items():
                wound(stack, service)
                lifted = time.monotonic()
                try:
                    tally.recovered(f"{service} {name}", _until_well(house, history, lifted))
                except AssertionError as error:
                    yield f"not well again {WELL_WITHIN:.0f} s after {service} was {name}: {error}"
                    return
    finally:
        callers.stop()
        for line in tally.lines(f"{service} {name}" for service in TARGETS for name in WOUNDS):
            print(f"      {line}", flush=True)
    house.until_published(WELL_WITHIN)
    house.until_caught_up(WELL_WITHIN)
    remains = collect(house)
    violations = judge(history, remains)
    told = [
        totals(history.counts(), sum(map(len, remains.effects.values())), violations),
        *refusals(history),
    ]
    for line in told:
        print(f"      {line}", flush=True)
    yield from map(str, violations[:20])
    if not within(60, stack.is_well):
        yield "not every container is healthy again"


def _until_well(house: ContainerHouse, history: History, since: float) -> float:
    """The seconds until commands of every service commit again and every follower has caught up."""
    for name in NAMES:
        left = WELL_WITHIN - (time.monotonic() - since)
        assert history.until_committed(name, since, left), f"{name} takes no commands"
    house.until_caught_up(WELL_WITHIN - (time.monotonic() - since))
    return time.monotonic() - since
