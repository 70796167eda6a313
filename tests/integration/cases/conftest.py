"""An office with its service `cases` on a real database, and the words that the tests use."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cases.service import SERVICE
from chassis.errors import ChassisError
from chassis.testing import ServiceUnderTest

DAR = ZoneInfo("Africa/Dar_es_Salaam")


def at(text: str) -> datetime:
    """A local moment in Dar es Salaam."""
    return datetime.fromisoformat(text).replace(tzinfo=DAR)


MONDAY = at("2026-03-02T09:00")


@dataclass
class Office:
    """A ward of a council, its officers, and the day that it is there."""

    svc: ServiceUnderTest
    council: str
    ward: str

    def now(self, text: str) -> datetime:
        """From now on it is this local moment."""
        moment = at(text)
        self.svc.at(moment)
        return moment

    def receive(self, caller: str = "clerk", **body: Any) -> dict[str, Any]:
        given = {
            "kind": "malalamiko",
            "category": "service",
            "channel": "phone",
            "area": self.ward,
            "complainant": {"names": "Juma Mwita", "phone": "0700 000 001"},
            "words": "The water point is locked.",
            **body,
        }
        return self.svc.call("receive_complaint", roles=["council_officer"], caller=caller, **given)

    def acknowledge(self, complaint: str, **body: Any) -> dict[str, Any]:
        return self.as_officer("acknowledge_complaint", complaint=complaint, **body)

    def wait(self, complaint: str, **body: Any) -> dict[str, Any]:
        return self.as_officer("wait_for_complainant", complaint=complaint, **body)

    def resume(self, complaint: str, **body: Any) -> dict[str, Any]:
        return self.as_officer("resume_complaint", complaint=complaint, **body)

    def answer(self, complaint: str, caller: str = "officer", **body: Any) -> dict[str, Any]:
        given = {"complaint": complaint, "decision": "upheld", "answer_channel": "letter", **body}
        return self.as_officer("answer_complaint", caller=caller, **given)

    def as_officer(self, method: str, caller: str = "officer", **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["complaints_officer"], caller=caller, **body)

    def open_case(self, caller: str = "worker", role: str = "case_worker", **body: Any) -> dict[str, Any]:
        given = {
            "category": "poor",
            "person": {"names": "Neema Kasongo", "sex": "female", "born_on": "1980-05-01"},
            "area": self.ward,
            "channel": "in_person",
            "story": "Lost the harvest.",
            **body,
        }
        return self.svc.call("open_case", roles=[role], caller=caller, **given)

    def as_worker(self, method: str, caller: str = "worker", **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["case_worker"], caller=caller, **body)

    def as_supervisor(self, method: str, caller: str = "supervisor", **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["supervisor"], caller=caller, **body)

    def told(self, subject: str, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """The facts about one complaint, case or person, in order."""
        return [
            (event["type"], event["data"])
            for event in self.svc.events()
            if event["subject"] == subject and (not types or event["type"] in types)
        ]

    def deadlines_told(self, subject: str) -> list[tuple[str, str]]:
        """Which clocks of a subject were warned of or breached, in order."""
        told = self.told(subject, "deadline_warned", "deadline_breached")
        return [(type.removeprefix("deadline_"), data["kind"]) for type, data in told]

    def fire(self) -> None:
        """Handle whatever is due, until nothing is."""
        while self.svc.fire_deadlines():
            pass


@pytest.fixture(scope="session")
def shared_service(new_database: Callable[[], Any]) -> Iterator[ServiceUnderTest]:
    svc = ServiceUnderTest(SERVICE, new_database().settings("cases"))
    svc.given_country("TZ")
    yield svc
    svc.close()


def _office(svc: ServiceUnderTest) -> Office:
    svc.at(MONDAY)
    council = svc.given_area("council")
    return Office(svc, council, svc.given_area("ward", council))


@pytest.fixture(scope="session")
def make_office() -> Callable[[ServiceUnderTest], Office]:
    """Opens an office in a service that the test brings."""
    return _office


@pytest.fixture
def office(shared_service: ServiceUnderTest) -> Office:
    """A council and ward of the test's own; the database is shared."""
    return _office(shared_service)


@pytest.fixture
def lone_office(new_database: Callable[[], Any]) -> Iterator[Office]:
    """An office with a database of its own, for what concerns a whole country."""
    svc = ServiceUnderTest(SERVICE, new_database().settings("cases"))
    svc.given_country("TZ")
    yield _office(svc)
    svc.close()


def all_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads from one starting line; each result or chassis error in order."""
    results: list[Any] = [None] * len(calls)
    line = threading.Barrier(len(calls))

    def run(number: int, call: Callable[[], Any]) -> None:
        line.wait(10)
        try:
            results[number] = call()
        except ChassisError as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def race() -> Callable[..., list[Any]]:
    return all_at_once


@pytest.fixture
def command_id() -> str:
    return str(uuid4())
