"""Whatever is sent to any method of any service: a typed error, nothing written, nothing told, and nobody hurt.

What is sent is made from the committed contracts: every field of every method's request, wrong in every way that
its schema knows.
"""

import copy
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import small_world
from beneath import Beneath
from chassis.auth import ALGORITHM, new_key, sign
from chassis.commands import Operation
from chassis.contracts.folder import folder_of
from instances import SharedServers
from ustawi.demo.load import CONNECTIONS
from ustawi.demo.office import Office
from ustawi.init.keys import office_kid
from ustawi.init.services import SERVICES
from ustawi.local.postgres import Postgres
from ustawi.token import ROLES
from wire import Answer, Request, Wire, packed

pytestmark = pytest.mark.xdist_group("e2e")

NAMES = [service.name for service in SERVICES]
UNREADABLE = {"unreadable", "malformed", "content_type", "encoding", "too_large", "positional", "invalid"}
LONGEST_ANSWER = 20_000  # bytes: an error is no mirror for what was sent
SURROGATE, TURNED, BELL = "\ud800", "\u202e", "\x07"


@dataclass(frozen=True)
class Method:
    """A method with the contract that its service has committed."""

    service: str
    name: str
    operation: Operation
    schema: dict[str, Any]
    example: dict[str, Any]

    @property
    def full(self) -> dict[str, Any]:
        """The example with every field in it, also those that may be left out; `command_id` stays away."""
        return {name: value for name, value in sample(self.schema, self.example).items() if name != "command_id"}


@cache
def methods() -> tuple[Method, ...]:
    found = []
    for name in NAMES:
        service = import_module(f"{name}.service").SERVICE
        folder = folder_of(service) / "rpc"
        for path in sorted(folder.glob("*.request.schema.json")):
            method = path.name.removesuffix(".request.schema.json")
            example = json.loads((folder / f"{method}.request.example.json").read_text())
            schema = json.loads(path.read_text())
            found.append(Method(name, method, service.operations[method], schema, example))
    return tuple(found)


# -- What is wrong with a body


def sample(schema: dict[str, Any], example: Any = None) -> Any:
    """A value that a schema admits: the example, and where it is silent the plainest value."""
    kind = type_of(schema)
    if kind == "object":
        told = dict(example or {})
        if isinstance(schema.get("additionalProperties"), dict) and not told:
            told = {"x": sample(schema["additionalProperties"])}
        return told | {
            name: sample(inner, told.get(name)) for name, inner in schema.get("properties", {}).items()
        }
    if kind == "array":
        inner = schema["items"]
        return [sample(inner, each) for each in example or [None] * max(1, schema.get("minItems", 0))]
    if example is not None:
        return example
    if "enum" in schema:
        return schema["enum"][0]
    plain = {
        "uuid": "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f",
        "date": "2026-01-15",
        "date-time": "2026-01-15T08:00:00+03:00",
    }
    if kind == "string":
        return plain.get(schema.get("format", ""), "x" * schema.get("minLength", 1))
    return {"integer": schema.get("minimum", 1), "boolean": True}[kind]


def type_of(schema: dict[str, Any]) -> str:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return str(next(kind for kind in kinds if kind != "null"))


Path = tuple[str | int, ...]


def places(schema: dict[str, Any], value: Any, at: Path = ()) -> Iterator[tuple[Path, dict[str, Any], bool]]:
    """Every value in a body, its schema, and whether it must be there."""
    kind = type_of(schema)
    if kind == "object":
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                required = name in schema.get("required", ())
                yield (*at, name), inner, required
                yield from places(inner, value[name], (*at, name))
        if isinstance(schema.get("additionalProperties"), dict):
            for name in list(value)[:1]:
                if name not in schema.get("properties", {}):
                    yield (*at, name), schema["additionalProperties"], True
                    yield from places(schema["additionalProperties"], value[name], (*at, name))
    elif kind == "array":
        yield (*at, 0), schema["items"], True
        yield from places(schema["items"], value[0], (*at, 0))


def wrong_values(schema: dict[str, Any], value: Any, required: bool) -> Iterator[Any]:
    """What a schema does not admit in a place."""
    kind = type_of(schema)
    if required:
        yield None
    if kind == "integer":
        yield from (1.5, float(value), str(value), True, [value], 10**40, schema["minimum"] - 1, schema["maximum"] + 1)
        yield from (float("nan"), float("inf"), float("-inf"))
    elif kind == "boolean":
        yield from (0, 1, 1.0, "true", [])
    elif kind == "string":
        yield from (17, 1.5, True, [value], {"x": value}, f"{value}{SURROGATE}", f"{value}\0", f"{value}{BELL}x")
        yield from (f"{TURNED}{value}", "z" * (schema.get("maxLength", 64) * 5 + 17), "")
        if "enum" in schema or "format" in schema:
            yield from ("no such word", f"{value} ", f" {value}")
    elif kind == "array":
        yield from ({}, "x", 3, True, {"0": value})
        yield [copy.deepcopy(value[0]) for _ in range(schema["maxItems"] + 1)] if schema["maxItems"] <= 500 else 1.5
    else:
        yield from ([], [value], "x", 3, True)
        if schema.get("additionalProperties") is False:
            yield {**value, "no_such_field": 1}
            yield {**value, SURROGATE: 1}


def at(path: Path, body: dict[str, Any], value: Any) -> dict[str, Any]:
    """The body with another value in one place."""
    changed: Any = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return dict(changed)


def without(path: Path, body: dict[str, Any]) -> dict[str, Any]:
    changed: Any = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return dict(changed)


def wrong_bodies(method: Method) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body with one thing wrong in it, and what that is."""
    full = method.full
    for where, schema, required in places(method.schema, full):
        value = full
        for step in where:
            value = value[step]  # type: ignore[index]
        for wrong in wrong_values(schema, value, required):
            yield f"{where} = {str(wrong)[:60]!r}", at(where, full, wrong)
        if required and isinstance(where[-1], str) and schema is not None:
            yield f"{where} left out", without(where, full)
    yield "unknown field", {**full, "no_such_field": 1}
    yield "unknown field without a name", {**full, "": 1}
    yield "unknown field of half a character", {**full, SURROGATE: 1}
    yield "2,000 unknown fields", {**full, **{f"field_{number}": number for number in range(2000)}}
    yield "deep but well-formed", {**full, "no_such_field": nested(400)}
    if method.operation.kind == "command":
        for wrong in ("", "no uuid", SURROGATE, 17, 1.5, True, [], {}, "{018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f}"):
            yield f"command_id = {wrong!r}", {**full, "command_id": wrong}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def unreadable(method: Method) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """Messages that hold no body at all: what it is, its bytes, and what differs in the message itself."""
    good = packed(method.full)
    field = b'"no_such_field":'
    yield "2 MB", good[:-2] + b', "no_such_field":"' + b"x" * 2_000_000 + b'"}}', {}
    yield "bottomless", good[:-2] + b"," + field + b"[" * 100_000 + b"]" * 100_000 + b"}}", {}
    yield "bottomless objects", b'{"args":[],"kwargs":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}", {}
    for word in (b"NaN", b"Infinity", b"-Infinity", b"01", b"1e", b"nul", b"'x'", b"1" * 5000):
        yield word[:9].decode(), good[:-2] + b"," + field + word + b"}}", {}
    yield "a name twice", b'{"args":[],"kwargs":{"a":1,"a":2}}', {}
    yield "cut off", good[:-1], {}
    yield "more behind it", good + b"{}", {}
    yield "nothing", b"", {}
    yield "zeros", b"\0" * 64, {}
    yield "not UTF-8", b'{"args":[],"kwargs":{"a":"\xff\xfe"}}', {}
    yield "a mark before it", b"\xef\xbb\xbf" + good, {}
    yield "UTF-16", good.decode().encode("utf-16"), {}
    for other in (b"[]", b"null", b"17", b'"x"', b"{}", b'{"args":[]}', b'{"kwargs":{}}'):
        yield other.decode(), other, {}
    yield "arguments as an object", b'{"args":{},"kwargs":{}}', {}
    yield "fields as a list", b'{"args":[],"kwargs":[]}', {}
    yield "by position", packed(method.full, *method.full.values(), "more"), {}
    yield "pickled", good, {"content_type": "application/x-python-serialize"}
    yield "no type told", good, {"content_type": "text/plain"}
    yield "said to be zipped", good, {"headers": {"compression": "application/x-gzip"}}


# -- The running system and those who call it


@dataclass(frozen=True)
class World:
    beneath: Beneath
    wire: Wire
    key: str
    officer: str
    """The token of somebody in every role, everywhere: whatever is refused is refused for what was sent."""

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
        return [process.pid if process is not None and process.poll() is None else None for process in processes]


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
    headers: list[dict[str, Any]] = [
        {f"nameko.{name}": value}
        for name in ("call_id_stack", "deadline", "correlation_id", "traceparent", "language", "user_id", "")
        for value in ("", "x" * 5000, "\N{PILE OF POO}", 17, -1, 1.5, True, [], [1], ["x" * 5000], {}, {"a": {"b": []}})
    ]
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
    own_key = Ed25519PrivateKey.generate()
    claims = jwt.decode(world.officer, options={"verify_signature": False})
    kid = {"kid": office_kid(world.key)}
    head, payload, signature = world.officer.split(".")
    tokens = {
        "an empty one": "",
        "words": "let me in",
        "half a character": "\udcff.x.y".encode("utf-8", "replace").decode(),
        "one that ran out": world.token(*ROLES, hours=1.0, now=time.time() - 7200),
        "one of tomorrow": world.token(*ROLES, now=time.time() + 86400),
        "one by another key": world.token(*ROLES, key=strange_key),
        "one by a key that nobody knows": world.token(*ROLES, key=strange_key, kid="strange"),
        "one without a signature": jwt.encode(claims, None, algorithm="none", headers=kid),
        "one cut off": f"{head}.{payload}.{signature[:-4]}",
        "one signed by its own public key": jwt.encode(claims, "x" * 32, algorithm="HS256", headers=kid),
        "one whose claims were changed": f"{head}.{payload[:-2]}AA.{signature}",
        "one that says it is a service": jwt.encode(
            {**claims, "roles": ["service"]}, world.key, algorithm=ALGORITHM, headers=kid
        ),
        "one without an end": jwt.encode(
            {name: value for name, value in claims.items() if name != "exp"}, own_key, ALGORITHM, kid
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
    roles = {name: import_module(f"{name}.service").SERVICE.folder / "rules" / "roles.yaml" for name in NAMES}
    forbidden = [method for method in methods() if method.operation.needs and not granted(roles, method, "portal")]

    def requests() -> Iterator[Request]:
        for method in forbidden:
            yield Request(method.service, method.name, packed(method.full), portal, "a good body")
            yield Request(method.service, method.name, packed({"no_such_field": 1}), portal, "a bad body")

    with world.unmoved():
        answers(world, requests(), lambda _, answer: answer.error == ("Forbidden", "forbidden"))
    assert len(forbidden) > 60


def granted(files: dict[str, Any], method: Method, role: str) -> bool:
    from chassis.auth import Roles

    assert method.operation.needs is not None
    return role in Roles.load(files[method.service]).grants(method.operation.needs)


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
