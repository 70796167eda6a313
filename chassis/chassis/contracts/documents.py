"""The documents of a contract: for each event, request and reply its JSON Schema and an example of it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chassis.commands import Operation
from chassis.contracts.asyncapi import asyncapi
from chassis.contracts.json_schema import ID, MOMENT, Untellable, object_schema
from chassis.envelope import CHAIN_START
from chassis.schemas import Event, Schema, fields
from chassis.service import Service

DIALECT = "https://json-schema.org/draft/2020-12/schema"
GENERATED = (
    "Generated from the service's code by `python -m chassis.contracts write`: change the code instead."
)

_LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c0001"
_EVENT = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c0002"
_COMMAND = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c0003"
_MOMENT = "2026-03-02T08:15:00+00:00"

_SUBJECT = re.compile(r"\bSubject: the (\w+)\.")

Documents = dict[str, str]  # path within the contract's folder -> text


def contract_of(service: Service) -> Documents:
    """Every file of a service's contract; the same code gives the same bytes.

    Raises `Untellable` with everything that cannot be told, one a line.
    """
    told: dict[str, dict[str, Any]] = {}
    untold: list[str] = []
    for path, document in _documents(service, untold):
        told[path] = document
    if untold:
        raise Untellable("\n".join(f"{service.name}: {what}" for what in untold))
    texts = {
        path: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for path, document in told.items()
    }
    return {"asyncapi.yaml": asyncapi(service, GENERATED), **dict(sorted(texts.items()))}


def _documents(service: Service, untold: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for type, event in sorted(service.published.items()):
        try:
            yield f"events/{type}.schema.json", event_schema(service.name, event)
            yield f"events/{type}.example.json", event_example(service.name, event)
        except Untellable as error:
            untold.append(str(error))
    for method, operation in sorted(service.operations.items()):
        try:
            yield f"rpc/{method}.request.schema.json", request_schema(service.name, operation)
            yield f"rpc/{method}.request.example.json", request_example(operation)
            yield f"rpc/{method}.reply.schema.json", reply_schema(service.name, operation)
            yield f"rpc/{method}.reply.example.json", reply_example(operation)
        except Untellable as error:
            untold.append(str(error))


# -- Events


def event_schema(source: str, event: type[Event]) -> dict[str, Any]:
    """The whole CloudEvents envelope of an event, its data within."""
    data = object_schema(event, takes=False)
    about = data.pop("description", "")
    told: dict[str, Any] = {
        **_head(f"urn:ustawi:{source}:event:{event.type}:{event.version}", event.type),
        "description": about,
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "pattern": ID},
            "source": {"const": source},
            "type": {"const": event.type},
            "subject": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "description": _subject_is(event),
            },
            "time": {"type": "string", "format": "date-time", "pattern": MOMENT},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"const": f"urn:ustawi:{source}:{event.type}:{event.version}"},
            "data": data,
            "aggregateversion": {
                "type": "integer",
                "minimum": 0,
                "description": "The subject's version after this event, where it has one.",
            },
            "correlationid": {"type": "string", "description": "The call that this story began with."},
            "causationid": {
                "type": "string",
                "description": "The command or event that this one follows from.",
            },
            "actor": {"type": "string", "description": "Who caused it: an opaque id."},
            "traceparent": {
                "type": "string",
                "description": "The W3C trace context of the work that wrote it.",
            },
            "log": {"type": "string", "format": "uuid", "pattern": ID, "description": "The source's log."},
            "position": {
                "type": "integer",
                "minimum": 1,
                "description": "The event's place in the log: dense, so that a gap shows.",
            },
            "chain": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "SHA-256 chain of the log before this event; its bytes give the next.",
            },
        },
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "dataschema",
            "data",
            "log",
            "position",
            "chain",
        ],
    }
    return {name: value for name, value in told.items() if value != ""}


def event_example(source: str, event: type[Event]) -> dict[str, Any]:
    """An envelope as a consumer gets it: the first of a log, so that it can be taken in as it stands."""
    data = _example(event)
    if subject_field(event) not in data:
        raise Untellable(f"{event.__name__}: no {subject_field(event)} in its example")
    return {
        "specversion": "1.0",
        "id": _EVENT,
        "source": source,
        "type": event.type,
        "subject": str(data[subject_field(event)]),
        "time": _MOMENT,
        "datacontenttype": "application/json",
        "dataschema": f"urn:ustawi:{source}:{event.type}:{event.version}",
        "data": data,
        "aggregateversion": 1,
        "correlationid": _COMMAND,
        "causationid": _COMMAND,
        "actor": "officer-17",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "log": _LOG,
        "position": 1,
        "chain": CHAIN_START.hex(),
    }


def subject_field(event: type[Event]) -> str:
    """The field of the data that is the event's subject.

    The one that the event's docstring names ("Subject: the parcel."), or the one so called; else the first
    id, or the first field.
    """
    shown = {field.data_key or name: field for name, field in event().fields.items()}
    ids = [name for name, field in shown.items() if isinstance(field, fields.Id)]
    told = _SUBJECT.search(event.__doc__ or "")
    if told and told[1] not in shown:
        raise Untellable(f"{event.__name__}: its subject {told[1]!r} is none of its fields")
    return told[1] if told else next(name for name in ("subject", *ids, *shown) if name in shown)


def _subject_is(event: type[Event]) -> str:
    return f"What the event is about: data.{subject_field(event)}. Events of one subject keep their order."


# -- RPC

_COMMAND_ID = {
    "type": ["string", "null"],
    "format": "uuid",
    "pattern": ID,
    "description": "The caller's own id of this command: with the same one it may be repeated safely.",
}
_RECEIPT = {
    "command_id": {"type": "string", "format": "uuid", "pattern": ID},
    "repeatable": {
        "type": "boolean",
        "description": "Whether the caller gave the command_id, and so may repeat it.",
    },
    "events": {
        "type": "array",
        "items": {"type": "string", "format": "uuid", "pattern": ID},
        "description": "The ids of the events that the command wrote, to ask `applied` for.",
    },
}


def request_schema(service: str, operation: Operation) -> dict[str, Any]:
    """The body of a call: its keyword arguments."""
    told = object_schema(operation.takes, takes=True)
    if operation.kind == "command":
        told["properties"] = dict(sorted({**told["properties"], "command_id": _COMMAND_ID}.items()))
    return {
        **_head(f"urn:ustawi:{service}:rpc:{operation.name}:request", f"{operation.name} request"),
        **told,
    }


def reply_schema(service: str, operation: Operation) -> dict[str, Any]:
    """What a call that succeeded answers."""
    told = object_schema(operation.replies, takes=False)
    if operation.kind == "command":
        told["properties"] = dict(sorted({**told["properties"], **_RECEIPT}.items()))
        told["required"] = sorted({*told.get("required", ()), *_RECEIPT})
    return {**_head(f"urn:ustawi:{service}:rpc:{operation.name}:reply", f"{operation.name} reply"), **told}


def request_example(operation: Operation) -> dict[str, Any]:
    body = _example(operation.takes)
    return {**body, "command_id": _COMMAND} if operation.kind == "command" else body


def reply_example(operation: Operation) -> dict[str, Any]:
    body = _example(operation.replies)
    if operation.kind == "command":
        return {**body, "command_id": _COMMAND, "repeatable": True, "events": [_EVENT]}
    return body


def _example(schema: type[Schema]) -> dict[str, Any]:
    """The schema's own example, its keys in order; a body without fields needs none."""
    example = getattr(schema, "example", None if schema().fields else {})
    if example is None:
        raise Untellable(f"{schema.__name__}: no example")
    ordered: dict[str, Any] = _ordered(example)
    return ordered


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _ordered(value[key]) for key in sorted(value, key=str)}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value


def _head(urn: str, title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": urn, "$comment": GENERATED, "title": title}
