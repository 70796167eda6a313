"""Whatever is killed while the office works: nothing is lost, nothing is done twice, and every figure is right.

On a database server and a broker of its own, so that these can be killed too; each with `kill -9`, in the middle of
the work of several officers at once, and in the end all of them together, as when the power goes.
"""

import io
import itertools
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.envelope import CHAIN_START, chained
from chassis.settings import MIGRATE, MIGRATE_PERSONAL, Settings
from chassis.testing import prepare
from e2e.beneath import LOGS, Beneath
from instances import SharedServers
from running import RunningService, free_port
from ustawi.demo import story
from ustawi.demo.files import DataFiles
from ustawi.demo.load import CONNECTIONS
from ustawi.demo.office import Addresses, Office
from ustawi.demo.officers import AUDITOR, complaints_officer
from ustawi.demo.stage import ILALA, Stage
from ustawi.demo.telling import Advance, Teller
from ustawi.init.services import SERVICES

pytestmark = pytest.mark.xdist_group("e2e")

LOANS = 12
COMPLAINTS = 48
TODAY = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).date().isoformat()


class House:
    """The servers and services of a whole system, each of which may fall."""

    def __init__(self, servers: SharedServers, directory: Path) -> None:
        self.servers = servers
        database, broker = servers.new_database(), servers.new_broker()
        self.addresses = Addresses(broker.uri(), Path(servers.credentials.path("office", "signing_key")))
        self._settings = {each.name: database.settings(each.name, broker) for each in SERVICES}
        self._directory = directory
        with ThreadPoolExecutor() as together:
            self.services = dict(together.map(self._service, self._settings))
        self.beneath = Beneath(self.services, servers.postgres, servers.rabbitmq)
        self.fallen: list[str] = []

    def _service(self, name: str) -> tuple[str, RunningService]:
        service = import_module(f"{name}.service").SERVICE
        needs = MIGRATE | (MIGRATE_PERSONAL if service.holds_personal_data else frozenset())
        prepare(service, Settings.load(name, self._settings[name], needs=needs))
        return name, RunningService(name, self._settings[name], self._directory, free_port()).start(
            wait=False
        )

    def kill(self, *names: str) -> None:
        """kill -9 each of them at once, and then start them again as operations would."""
        for name in names:
            if name in self.services:
                self.services[name].kill()
            else:
                process = getattr(self.servers, name).process()
                assert process is not None, name
                process.signal(signal.SIGKILL)
        for name in names:
            if name in self.services:
                self.services[name].start(wait=False)
            else:
                assert getattr(self.servers, name).start()
        self.fallen += names

    def down(self) -> None:
        for service in self.services.values():
            service.kill()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    servers = SharedServers(tmp_path_factory.mktemp("servers"))
    try:
        with servers.with_postgres(), servers.with_rabbitmq():
            house = House(servers, tmp_path_factory.mktemp("services"))
            try:
                for service in house.services.values():
                    service.until_ready()
                yield house
            finally:
                house.down()
    finally:
        servers.postgres.remove()
        servers.rabbitmq.remove()


def at(steps: dict[int, str], kill: Callable[..., None]) -> Callable[[], None]:
    """What is called at each step done, and kills what stands at its number; threads may call it."""
    numbers = itertools.count(1)

    def step() -> None:
        if name := steps.pop(next(numbers), None):
            kill(*name.split())

    return step


def killing(step: Callable[[], None]) -> type[Teller]:
    """A teller in whose story things fall at certain steps of the progress."""

    class Killing(Teller):
        @contextmanager
        def progress(self, what: str, of: int) -> Iterator[Advance]:
            with super().progress(what, of) as advance:

                def advance_and_kill() -> None:
                    advance()
                    step()

                yield advance_and_kill

    return Killing


@contextmanager
def stage(house: House, teller: type[Teller]) -> Iterator[tuple[Stage, io.StringIO]]:
    text = io.StringIO()
    tells = teller(text)
    office = Office(house.addresses, connections=CONNECTIONS, say=tells.say)
    try:
        yield Stage(office, tells, DataFiles()), text
    finally:
        office.close()


@pytest.mark.slow
def test_everything_falls_once_in_the_middle_of_the_work_and_then_all_at_once(house: House) -> None:
    falls = {5: "registry", 16: "rabbitmq", 30: "loans", 40: "postgres", 52: "reports", 60: "cases"}
    with stage(house, killing(at(falls, house.kill))) as (first, text):
        assert story.tell(first, TODAY, LOANS), text.getvalue()
        assert falls == {}

        everything = "postgres rabbitmq registry loans cases reports"
        falls = {12: "cases", 24: everything, 36: "cases"}
        received = receive_many(first, at(falls, house.kill))
        assert falls == {}
        assert len(house.fallen) == 6 + 2 + 6

    # Told again, every command answers as it did then, also the one whose reply nobody got.
    with stage(house, Teller) as (again, text):
        assert story.tell(again, TODAY, LOANS), text.getvalue()
        assert "Nothing new" in text.getvalue()
        before = again.office.heads()
        assert receive_many(again, lambda: None) == received
        assert again.office.heads() == before
        counted = again.office.ask(AUDITOR, "cases", "complaint_counts", area=again.office.areas[ILALA])
    assert (
        len({each["complaint"] for each in received})
        == len({each["receipt"] for each in received})
        == COMPLAINTS
    )
    assert counted["total"] == COMPLAINTS + 6  # the story's own

    house.beneath.until_taken_in()
    for source in LOGS:
        every_event_stands_in_reports_once(house.beneath, source)


def receive_many(stage: Stage, step: Callable[[], None]) -> list[dict[str, Any]]:
    """Several officers take complaints in at once; the replies, in the order of the complaints."""
    officer, area = complaints_officer(ILALA), stage.office.areas[f"{ILALA}.kariakoo"]

    def receive(number: int) -> dict[str, Any]:
        reply = stage.office.command(
            officer,
            "cases",
            "receive_complaint",
            f"kills/complaint/{number}",
            kind="kero",
            category="service",
            channel="phone",
            area=area,
            received_at="2026-06-16T09:00:00+03:00",
            words=f"Taa namba {number} haiwaki. (Mfano wa maonyesho.)",
        )
        step()
        return reply

    with ThreadPoolExecutor(max_workers=CONNECTIONS) as officers:
        return list(officers.map(receive, range(COMPLAINTS)))


def every_event_stands_in_reports_once(beneath: Beneath, source: str) -> None:
    """The log is dense and its chain whole; reports holds the same texts at the same positions, each once."""
    log, facts = beneath.log_of(source), beneath.facts_of(source)
    assert [position for position, *_ in log] == list(range(1, len(log) + 1))
    assert len({event for _, event, *_ in log}) == len(log) > 50
    before = CHAIN_START
    for position, _, body, chain in log:
        before = chained(before, body)
        assert before == bytes(chain), f"{source} at {position}"
    assert facts == [(position, event, body) for position, event, body, _ in log]
    assert beneath.sql(f"SELECT count(*) FROM {source}.outbox") == [(0,)]
    assert beneath.sql(f"SELECT position, published FROM {source}.log_head") == [(len(log), len(log))]
