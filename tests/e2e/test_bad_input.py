"""Whatever is sent to any method of any service: a typed error, nothing written, nothing told, and nobody hurt.

What is sent is made from the committed contracts, see `bad_bodies`; it goes over the real wire to the real services.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import jwt
import pytest

from chassis.auth import ALGORITHM, Roles, new_key, sign
from e2e import small_world
from e2e.bad_bodies import NAMES, Method, methods, unreadable, wrong_bodies
from e2e.beneath import Beneath
from e2e.wire import Answer, Request, Wire, packed
from instances import SharedServers
from ustawi.demo.load import CONNECTIONS
from ustawi.demo.office import Office
from ustawi.init.keys import office_kid
from ustawi.local.postgres import Postgres
from ustawi.token import ROLES

pytestmark = pytest.mark.xdist_group("e2e")

UNREADABLE = {"unreadable", "malformed", "content_type", "encoding", "too_large", "positional", "invalid"}
LONGEST_ANSWER = 20_000  # bytes: an error is no mirror for what was sent


@dataclass(frozen=True)
class World:
    """The running system and the way to it."""

    beneath: Beneath
    wire: Wire
    key: str
    # The token of somebody in every role, everywhere: whatever is refused is refused for what was sent.
    officer: str

    def token(self, *roles: str, hours: float = 1.0, key: str = "", kid: str = "", **claims: Any) -> str:
        key = key or self.key
        return sign(key, kid or office_kid(self.key), "tests", roles, ["*"], hours * 3600, **claims)

    @contextmanager
    def unmoved(self) -> Iterator[None]:
        """Whatever is sent inside: no row is written, so no event told; nothing is a fault, and nobody fell."""
        before, pids = self.beneath.state(), self._pids()
        yield
        assert self.beneath.state() == before
        assert self._pids() == pids
        for service in self.beneath.services.values():
            assert service.ready(), service.module
            assert [line for line in service.lines() if line["level"] in ("error", "critical")] == []
            assert 'outcome="Fault"' not in service.get("/metrics")[1]

    def _pids(self) -> list[int | None]:
        """Of the processes that run; one that ended and came back has another."""
        processes = [service.process for service in self.beneath.services.values()]
        return [
            process.pid if process is not None and process.poll() is None else None for process in processes
        ]


@pytest.fixture(scope="module")
def world(system: Any, servers: SharedServers, postgres: Postgres) -> Iterator[World]:
    office = Office(system.addresses, connections=CONNECTIONS, say=lambda _: None)
    small_world.define(office)
    office.until_all_applied()
    office.close()
    key = system.addresses.office_key.read_text()
    wire = Wire(system.addresses.amqp_uri)
    beneath = Beneath(system.services, postgres, servers.rabbitmq)
    everybody = sign(key, office_kid(key), "tests", ROLES, ["*"], 3600)
    yield World(beneath, wire, key, everybody)
    wire.close()


def answers(
    world: World, requests: Iterable[Request], expected: Callable[[Request, Answer], bool]
) -> Counter[str]:
    """Send it all; whatever was not answered as expected fails the test, the first few by name."""
    counted: Counter[str] = Counter()
    strange = []
    for request, answer in world.wire.ask_all(requests):
        counted[request.service] += 1
        if not expected(request, answer) or (answer.error and len(answer.raw) > LONGEST_ANSWER):
            strange.append(f"{request}: {answer.error or answer.raw[:300]!r}, {len(answer.raw)} bytes")
    assert not strange, f"{len(strange)} of {counted.total()}:\n" + "\n".join(strange[:15])
    return counted


def test_every_method_has_its_contract(world: World) -> None:
    for name in NAMES:
        operations = import_module(f"{name}.service").SERVICE.operations
        assert {method.name for method in methods() if method.service == name} == set(operations)


def test_a_field_that_is_wrong_is_named_and_nothing_is_done(world: World) -> None:
    def requests() -> Iterator[Request]:
        for method in methods():
            for about, body in wrong_bodies(method):
                yield Request(method.service, method.name, packed(body), world.officer, about)

    def expected(request: Request, answer: Answer) -> bool:
        if any(word in request.body for word in (b"NaN", b"Infinity", b"\\ud800")):
            return answer.error == ("Invalid", "unreadable")  # such words are no JSON at all
        return answer.error == ("Invalid", "invalid") and bool(answer.details["fields"])

    with world.unmoved():
        counted = answers(world, requests(), expected)
    assert counted.total() > 3000
    assert set(counted) == set(NAMES)


def test_what_is_no_body_at_all_is_refused_before_it_is_looked_at(world: World) -> None:
    def requests() -> Iterator[Request]:
        for method in methods():
            for about, body, differs in unreadable(method):
                yield Request(method.service, method.name, body, world.officer, about, **differs)

    def expected(request: Request, answer: Answer) -> bool:
        return answer.error is not None and answer.error[0] == "Invalid" and answer.error[1] in UNREADABLE

    with world.unmoved():
        answers(world, requests(), expected)
    # Nor is any of it kept for later, not even in the queues of what is dead.
    assert [name for name, count in world.beneath.waiting().items() if count] == []


def test_strange_headers_hurt_nobody(world: World) -> None:
    names = ("call_id_stack", "deadline", "correlation_id", "traceparent", "language", "user_id", "")
    texts: list[Any] = ["", "x" * 5000, "\N{GRINNING FACE}", [], [1], ["x" * 5000], {}, {"a": {"b": []}}]
    headers = [{f"nameko.{name}": value} for name in names for value in [*texts, 17, -1, 1.5, True]]
    with world.unmoved():
        counted = answers(
            world,
            (
                Request(name, "log_head", packed({}), world.officer, str(header)[:100], header)
                for name in NAMES
                for header in headers
            ),
            lambda _, answer: answer.error is None or answer.error[0] in ("Invalid", "Unavailable"),
        )
    assert counted.total() == len(NAMES) * len(headers)


def test_who_proves_nothing_is_not_let_in(world: World) -> None:
    strange_key, _ = new_key("strange", "office")
    claims = jwt.decode(world.officer, options={"verify_signature": False})
    kid = {"kid": office_kid(world.key)}
    head, payload, signature = world.officer.split(".")
    tokens = {
        "an empty one": "",
        "words": "let me in",
        "one that ran out": world.token(*ROLES, hours=1.0, now=time.time() - 7200),
        "one of tomorrow": world.token(*ROLES, now=time.time() + 86400),
        "one by another key": world.token(*ROLES, key=strange_key),
        "one by a key that nobody knows": world.token(*ROLES, key=strange_key, kid="strange"),
        "one without a signature": jwt.encode(claims, None, algorithm="none", headers=kid),
        "one cut off": f"{head}.{payload}.{signature[:-4]}",
        "one signed with a shared word": jwt.encode(claims, "x" * 32, algorithm="HS256", headers=kid),
        "one whose claims were changed": f"{head}.{payload[:-2]}AA.{signature}",
        "one that says it is a service": jwt.encode(
            {**claims, "roles": ["service"]}, world.key, algorithm=ALGORITHM, headers=kid
        ),
        "one without an end": jwt.encode(
            {name: value for name, value in claims.items() if name != "exp"}, world.key, ALGORITHM, kid
        ),
        "one of 20,000 characters": world.officer + "x" * 20_000,
    }

    def requests(method: Method) -> Iterator[Request]:
        good = Request(method.service, method.name, packed(method.full), world.officer)
        for about, token in tokens.items():
            if token or method.operation.needs:
                yield replace(good, token=token, about=about)
        if method.operation.needs:
            yield replace(good, token=None, about="none")

    with world.unmoved():
        counted = answers(
            world,
            (request for method in methods() for request in requests(method)),
            lambda _, answer: answer.error is not None and answer.error[0] == "Unauthenticated",
        )
    assert counted.total() > len(methods()) * 12


def test_who_may_not_is_told_so_whatever_they_send(world: World) -> None:
    portal = world.token("portal")
    forbidden = [method for method in methods() if method.operation.needs and not granted(method, "portal")]

    def requests() -> Iterator[Request]:
        for method in forbidden:
            yield Request(method.service, method.name, packed(method.full), portal, "a good body")
            yield Request(method.service, method.name, packed({"no_such_field": 1}), portal, "a bad body")

    with world.unmoved():
        answers(world, requests(), lambda _, answer: answer.error == ("Forbidden", "forbidden"))
    assert len(forbidden) > 60


def granted(method: Method, role: str) -> bool:
    folder = import_module(f"{method.service}.service").SERVICE.folder
    return role in Roles.load(folder / "rules" / "roles.yaml").grants(method.operation.needs or "")


def test_a_method_that_is_not_there_says_so(world: World) -> None:
    with world.unmoved():
        answers(
            world,
            (Request(name, "no_such_method", packed({}), world.officer) for name in NAMES),
            lambda _, answer: answer.error is not None and answer.error[0] == "MethodNotFound",
        )


def test_the_same_bodies_with_nothing_wrong_in_them_are_taken(world: World) -> None:
    """Or the tests above would prove nothing: here the law may still refuse, but no field is wrong."""
    before = world.beneath.state()
    requests = [
        Request(method.service, method.name, packed(body | at_once), world.officer, "nothing wrong")
        for method in methods()
        for at_once in ({"wait": 0} if "wait" in method.schema["properties"] else {},)
        for body in (method.example, method.full)
    ]
    refused = answers(
        world, requests, lambda _, answer: answer.error is None or answer.error[1] not in UNREADABLE
    )
    assert refused.total() == 2 * len(methods())
    assert world.beneath.state() != before
