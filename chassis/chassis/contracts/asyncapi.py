"""AsyncAPI 3.0 of a service: the events it publishes and the methods it answers, as they are on the wire."""

import tomllib
from importlib import import_module
from typing import Any

import yaml

from chassis.client import RPC_EXCHANGE
from chassis.commands import Operation
from chassis.errors import BY_NAME
from chassis.rpc import MAX_BODY
from chassis.service import Service

_BINDING = "0.3.0"


def asyncapi(service: Service, generated: str) -> str:
    """The document as YAML; message payloads refer to the JSON Schemas beside it."""
    text = yaml.dump(_document(service), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return f"# {generated}\n{text}"


class _Plain(yaml.SafeDumper):
    """Writes out what is shared, rather than anchors that a reader must follow."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _document(service: Service) -> dict[str, Any]:
    events = sorted(service.published)
    operations = dict(sorted(service.operations.items()))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": service.name,
            "version": _version(service),
            "description": _about(import_module(service.folder.name)),
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "pathname": "/{vhost}",
                "description": "RabbitMQ; each service and each portal has a user of its own.",
                "variables": {"host": {"default": "localhost:5672"}, "vhost": {"default": "ustawi"}},
                "security": [{"$ref": "#/components/securitySchemes/user"}],
            }
        },
        "channels": {
            **{f"events.{type}": _event_channel(type) for type in events},
            **{f"rpc.{method}": _request_channel(service, method) for method in operations},
            "replies": {
                "address": None,
                "description": "The caller's own queue, bound by the reply_to of its requests.",
                "messages": {f"{method}.reply": _message(f"{method}.reply") for method in operations},
                "bindings": {"$ref": "#/components/channelBindings/rpc"},
            },
        },
        "operations": {
            **{f"publish.{type}": _publish(type) for type in events},
            **{f"answer.{method}": _answer(operation) for method, operation in operations.items()},
        },
        "components": {
            "messages": {
                **{type: _event_message(service, type) for type in events},
                **{f"{method}.request": _request(operation) for method, operation in operations.items()},
                **{f"{method}.reply": _reply(method) for method in operations},
            },
            "schemas": {"call": _CALL, "error": _ERROR},
            "channelBindings": {"events": _routed(f"{service.name}.events"), "rpc": _routed(RPC_EXCHANGE)},
            "messageBindings": {"json": {"amqp": {"contentEncoding": "utf-8", "bindingVersion": _BINDING}}},
            "securitySchemes": {"user": {"type": "userPassword", "description": "A user of the broker."}},
        },
    }


def _version(service: Service) -> str:
    project = service.folder.parent / "pyproject.toml"
    if not project.is_file():
        return "0"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def _about(thing: Any) -> str:
    return " ".join((thing.__doc__ or "").split())


def _message(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _routed(exchange: str) -> dict[str, Any]:
    return {
        "amqp": {
            "is": "routingKey",
            "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
            "bindingVersion": _BINDING,
        }
    }


# -- Events


def _event_channel(type: str) -> dict[str, Any]:
    return {
        "address": type,
        "messages": {type: _message(type)},
        "bindings": {"$ref": "#/components/channelBindings/events"},
    }


def _publish(type: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/events.{type}"},
        "messages": [{"$ref": f"#/channels/events.{type}/messages/{type}"}],
        "tags": [{"name": "event"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": _BINDING}},
    }


def _event_message(service: Service, type: str) -> dict[str, Any]:
    told = {
        "name": type,
        "title": type,
        "summary": _about(service.published[type]) if "__doc__" in vars(service.published[type]) else "",
        "contentType": "application/json",
        "payload": {"$ref": f"./events/{type}.schema.json"},
        "bindings": {"$ref": "#/components/messageBindings/json"},
    }
    return {name: value for name, value in told.items() if value != ""}


# -- RPC, as nameko has it


def _request_channel(service: Service, method: str) -> dict[str, Any]:
    return {
        "address": f"{service.name}.{method}",
        "messages": {f"{method}.request": _message(f"{method}.request")},
        "bindings": {"$ref": "#/components/channelBindings/rpc"},
    }


def _answer(operation: Operation) -> dict[str, Any]:
    method = operation.name
    told = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/rpc.{method}"},
        "summary": _about(operation.run),
        "messages": [{"$ref": f"#/channels/rpc.{method}/messages/{method}.request"}],
        "tags": [{"name": operation.kind}, {"name": operation.needs or "public"}],
        "bindings": {"amqp": {"ack": True, "bindingVersion": _BINDING}},
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": "#/channels/replies"},
            "messages": [{"$ref": f"#/channels/replies/messages/{method}.reply"}],
        },
        "x-needs": operation.needs,
    }
    return {name: value for name, value in told.items() if value != ""}


def _request(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {"$ref": "#/components/schemas/call"}
    if operation.needs is not None:
        headers = {"allOf": [headers, {"type": "object", "required": ["nameko.auth_token"]}]}
    return {
        "name": f"{operation.name}.request",
        "title": f"{operation.name} request",
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/correlation_id"},
        "headers": headers,
        "payload": {
            "type": "object",
            "properties": {
                "args": {"type": "array", "maxItems": 0, "description": "Every field is named."},
                "kwargs": {"$ref": f"./rpc/{operation.name}.request.schema.json"},
            },
            "required": ["args", "kwargs"],
        },
        "bindings": {"$ref": "#/components/messageBindings/json"},
    }


def _reply(method: str) -> dict[str, Any]:
    return {
        "name": f"{method}.reply",
        "title": f"{method} reply",
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/correlation_id"},
        "payload": {
            "type": "object",
            "properties": {
                "result": {"oneOf": [{"type": "null"}, {"$ref": f"./rpc/{method}.reply.schema.json"}]},
                "error": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/error"}]},
            },
            "required": ["result", "error"],
            "description": "Either a result or an error; the other is null.",
        },
        "bindings": {"$ref": "#/components/messageBindings/json"},
    }


_CALL: dict[str, Any] = {
    "type": "object",
    "description": f"Properties and headers of a call; its body may have {MAX_BODY:,} bytes.",
    "properties": {
        "reply_to": {"type": "string", "description": "The routing key of the caller's reply queue."},
        "correlation_id": {"type": "string", "description": "Comes back with the reply."},
        "nameko.auth_token": {
            "type": "string",
            "maxLength": 8192,
            "description": "A signed token: who calls.",
        },
        "nameko.deadline": {
            "type": "number",
            "description": "Epoch seconds after which nobody waits any more.",
        },
        "nameko.call_id_stack": {"type": "array", "items": {"type": "string"}},
        "nameko.correlation_id": {
            "type": "string",
            "maxLength": 64,
            "description": "The story that it belongs to.",
        },
        "nameko.traceparent": {"type": "string", "maxLength": 64, "description": "W3C trace context."},
    },
    "required": ["reply_to", "correlation_id"],
}

_ERROR: dict[str, Any] = {
    "type": "object",
    "description": "A refusal by name: its code is for programs, its message says what to do next.",
    "properties": {
        "exc_type": {"type": "string", "enum": [*BY_NAME, "MethodNotFound"]},
        "exc_path": {"type": "string"},
        "exc_args": {
            "type": "array",
            "maxItems": 1,
            "items": {
                "type": ["object", "string"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "fields": {"type": "object", "description": "Field -> what is wrong with it."},
                },
            },
        },
        "value": {"type": "string"},
    },
    "required": ["exc_type", "exc_args"],
}
