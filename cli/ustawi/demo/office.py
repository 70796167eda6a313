"""How the story speaks to the services: by RPC, each time as the officer whose business it is.

Every command has an id made from the name of its step, so that the story can be told again: what was done
before answers as it did then. What is away for the moment is asked again, with the same id, until it is back.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any
from uuid import UUID, uuid5

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from chassis.client import Client
from chassis.errors import Unavailable
from ustawi.demo.officers import AUDITOR, EVERYWHERE, Officer
from ustawi.token import office_token

NAMESPACE = UUID("6f1d3f0a-5c1e-5d0b-9d4e-8f6f2f0f6a11")  # of every command id of the demonstration
PATIENCE = 120.0  # seconds to wait for a service that is away, such as one that is being started again
MOST_EVENTS = 5000  # that `applied` and `positions` take at once
_TOKEN_HOURS = 1.0
_TOKEN_RENEWED = 1800.0  # seconds after which a token is signed anew, long before it runs out
_TELL_AFTER = 3  # tries
_FAULTS = 3  # a fault inside a service is tried this often: it may have been hit in the middle of its restart

LOGS = ("registry", "loans", "cases")
FOLLOWERS = {"registry": ("loans", "cases", "reports"), "loans": ("reports",), "cases": ("reports",)}


@dataclass(frozen=True)
class Addresses:
    """Where the system is: its broker, the office's private key, and its web page."""

    amqp_uri: str
    office_key: Path
    web: str = ""


@dataclass(frozen=True)
class Done:
    """A command that took effect, now or before: its service and the last event that it wrote, if any."""

    service: str
    event: str | None


class NeverApplied(Exception):
    """A service did not take in what another had published."""


class Office:
    """The officers' way to the services; may be shared by threads."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        connections: int = 1,
        patience: float = PATIENCE,
        say: Callable[[str], None],
    ) -> None:
        self.addresses = addresses
        self.done: dict[str, Done] = {}  # by step
        self.areas: Mapping[str, str] = {}  # code -> id, once they are known: tokens name areas by id
        self._patience = patience
        self._say = say
        self._awaited: dict[tuple[str, str], list[str]] = {}
        self._tokens: dict[Officer, tuple[str, float]] = {}
        self._away: set[str] = set()  # services of which was told that they do not answer
        self._lock = threading.Lock()
        self._lines: LifoQueue[_Line] = LifoQueue()
        for _ in range(connections):
            self._lines.put(_Line(addresses.amqp_uri))

    def command(
        self, officer: Officer, service: str, method: str, step: str, /, **body: Any
    ) -> dict[str, Any]:
        """Have an officer do something; `step` is its name in the story, unique and always the same.

        Fields that are None are left out. Raises the service's own error, for instance `Refused`.
        """
        command_id = str(uuid5(NAMESPACE, step))
        reply = self._call(officer, service, method, {**_given(body), "command_id": command_id}, timeout=20)
        events: list[str] = reply["events"]
        with self._lock:
            self.done[step] = Done(service, events[-1] if events else None)
            if events:
                for follower in FOLLOWERS[service]:
                    self._awaited.setdefault((follower, service), []).append(events[-1])
        return reply

    def ask(self, officer: Officer | None, service: str, method: str, /, **body: Any) -> dict[str, Any]:
        """Ask a question; as nobody in particular, without a token, where `officer` is None."""
        return self._call(officer, service, method, _given(body), timeout=20)

    def pages(
        self, officer: Officer, service: str, method: str, items: str, next_: str, **body: Any
    ) -> Iterator[dict[str, Any]]:
        """Everything that a paged question answers; `items` and `next_` name fields of its reply."""
        after = None
        while True:
            page = self.ask(officer, service, method, after=after, **body)
            yield from page[items]
            after = page[next_]
            if after is None:
                return

    def until_applied(self, *followers: str) -> None:
        """Wait until services have taken in everything that our commands have published for them so far."""
        with self._lock:
            wanted = {
                key: events for key, events in self._awaited.items() if not followers or key[0] in followers
            }
            for key in wanted:
                del self._awaited[key]
        for (follower, source), events in wanted.items():
            for page in _pages(events):
                self._until_applied(follower, source, page)

    def _until_applied(self, follower: str, source: str, events: list[str]) -> None:
        # Each answer waits up to 5 s inside the service, so that nobody sleeps here.
        for _ in range(max(1, round(self._patience / 5))):
            told = self.ask(AUDITOR, follower, "applied", source=source, events=events, wait=5)
            if told["applied"]:
                return
            if told["parked"]:
                raise NeverApplied(
                    f"{follower} parked {len(told['parked'])} of {source}'s events: see `parked` there"
                )
        raise NeverApplied(
            f"{follower} did not take in what {source} published within {self._patience:.0f} s"
        )

    def until_all_applied(self) -> None:
        """Wait until every follower has taken in the last event of every log, whoever caused it."""
        for source, position in self.heads().items():
            if position:
                page = self.ask(AUDITOR, source, "events_after", position=position - 1, limit=1)["events"]
                for follower in FOLLOWERS[source]:
                    self._until_applied(follower, source, [json.loads(page[0])["id"]])

    def heads(self) -> dict[str, int]:
        """The last position of each log."""
        return {service: self.ask(AUDITOR, service, "log_head")["position"] for service in LOGS}

    def count_new(self, before: Mapping[str, int]) -> int:
        """How many of our commands took effect since the logs stood at `before`, not earlier."""
        new = 0
        for service, position in before.items():
            events = [done.event for done in self.done.values() if done.service == service and done.event]
            for page in _pages(events):
                told = self.ask(AUDITOR, service, "positions", events=page)["positions"]
                new += sum(at is None or at > position for at in told.values())
        return new

    def close(self) -> None:
        while not self._lines.empty():
            self._lines.get().client.close()

    def _call(
        self, officer: Officer | None, service: str, method: str, body: dict[str, Any], timeout: float
    ) -> dict[str, Any]:
        def waiting(state: RetryCallState) -> None:
            with self._lock:
                tell = state.attempt_number >= _TELL_AFTER and service not in self._away
                self._away |= {service} if tell else set()
            if tell:
                self._say(f"{service} does not answer; asking again for up to {self._patience:.0f} s ...")

        for attempt in Retrying(
            stop=stop_after_delay(self._patience),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            retry=retry_if_exception(_Passing()),
            before_sleep=waiting,
            reraise=True,
        ):
            with attempt, self._line() as line:
                line.token = None if officer is None else self._token(officer)
                reply: dict[str, Any] = line.client.call(service, method, body, timeout=timeout)
        self._away.discard(service)
        return reply

    @contextmanager
    def _line(self) -> Iterator["_Line"]:
        line = self._lines.get()
        try:
            yield line
        finally:
            self._lines.put(line)

    def _token(self, officer: Officer) -> str:
        now = time.time()
        with self._lock:
            token, signed_at = self._tokens.get(officer, ("", 0.0))
            if now - signed_at > _TOKEN_RENEWED:
                areas = [code if code in EVERYWHERE else self.areas[code] for code in officer.areas]
                token = office_token(
                    self.addresses.office_key, officer.subject, officer.roles, areas, _TOKEN_HOURS
                )
                self._tokens[officer] = token, now
        return token


class _Line:
    """One connection, lent to one officer at a time."""

    def __init__(self, amqp_uri: str) -> None:
        self.token: str | None = None
        self.client = Client(amqp_uri, lambda: self.token, name="demo")  # type: ignore[arg-type,return-value]


class _Passing:
    """Whether a failure is one of the moment; a fault that stays is none."""

    def __init__(self) -> None:
        self._faults = 0

    def __call__(self, error: BaseException) -> bool:
        if not isinstance(error, Unavailable):
            return False
        self._faults += error.code == "internal_fault"
        return self._faults < _FAULTS


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _pages(events: Iterable[str]) -> Iterator[list[str]]:
    all_ = list(events)
    for start in range(0, len(all_), MOST_EVENTS):
        yield all_[start : start + MOST_EVENTS]
