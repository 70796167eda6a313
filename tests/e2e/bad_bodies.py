"""Every body that a method must refuse, made from its committed contract: each field wrong in every way there is."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from chassis.commands import Operation
from chassis.contracts.folder import folder_of
from e2e.wire import packed
from ustawi.init.services import SERVICES

NAMES = [service.name for service in SERVICES]
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
        return {
            name: value for name, value in sample(self.schema, self.example).items() if name != "command_id"
        }


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
    """Every value in a body, its schema, and whether it may not be left out."""
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
                    yield (*at, name), schema["additionalProperties"], False
                    yield from places(schema["additionalProperties"], value[name], (*at, name))
    elif kind == "array":
        yield (*at, 0), schema["items"], False
        yield from places(schema["items"], value[0], (*at, 0))


def wrong_values(schema: dict[str, Any], value: Any) -> Iterator[Any]:
    """What a schema does not admit in a place."""
    kind = type_of(schema)
    if kind == schema["type"]:
        yield None
    if kind == "integer":
        yield from (
            1.5,
            float(value),
            str(value),
            True,
            [value],
            10**40,
            schema["minimum"] - 1,
            schema["maximum"] + 1,
        )
        yield from (float("nan"), float("inf"), float("-inf"))
    elif kind == "boolean":
        yield from (0, 1, 1.0, "true", [])
    elif kind == "string":
        yield from (
            17,
            1.5,
            True,
            [value],
            {"x": value},
            f"{value}{SURROGATE}",
            f"{value}\0",
            f"{value}{BELL}x",
        )
        yield from (f"{TURNED}{value}", "z" * (schema.get("maxLength", 64) * 5 + 17), "")
        if "enum" in schema or "format" in schema:
            yield from ("no such word", f"{value} ", f" {value}")
    elif kind == "array":
        yield from ({}, "x", 3, True, {"0": value})
        yield (
            [copy.deepcopy(value[0]) for _ in range(schema["maxItems"] + 1)]
            if schema["maxItems"] <= 500
            else 1.5
        )
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
        for wrong in wrong_values(schema, value):
            yield f"{where} = {str(wrong)[:60]!r}", at(where, full, wrong)
        if required:
            yield f"{where} left out", without(where, full)
    yield "unknown field", {**full, "no_such_field": 1}
    yield "unknown field without a name", {**full, "": 1}
    yield "unknown field of half a character", {**full, SURROGATE: 1}
    yield "2,000 unknown fields", {**full, **{f"field_{number}": number for number in range(2000)}}
    yield "deep but well-formed", {**full, "no_such_field": nested(400)}
    if method.operation.kind == "command":
        for wrong in (
            "",
            "no uuid",
            SURROGATE,
            17,
            1.5,
            True,
            [],
            {},
            "{018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f}",
        ):
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
