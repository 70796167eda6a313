"""Who may do what on the broker, as a RabbitMQ definitions file.

A service may declare, publish to and read what is its own, follow the sources it is listed with, and on the
RPC exchange bind nothing but its own methods and its own reply keys: who could bind more there could read
every request that passes, with its token. The default exchange is closed to all: it leads into every queue.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from ustawi.init.services import CALLER, SERVICES, ServiceGround

VHOST = "ustawi"
RPC = "nameko-rpc"

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_METHOD = "[a-z][a-z0-9_]*"
_NOTHING = "^$"


def definitions(password: Callable[[str], str], vhosts: Iterable[str] = (VHOST,), major: int = 4) -> str:
    """The definitions as JSON text; the same passwords give the same text, so that a change shows.

    `password` answers the password of a broker user; `major` is the broker's major version.
    """
    users = [*(service.name for service in SERVICES), CALLER]
    document: dict[str, Any] = {
        "users": [_user(name, password(name)) for name in users],
        "vhosts": [],
        "permissions": [],
        "topic_permissions": [],
        "policies": [],
        "exchanges": [],
        "queues": [],
        "bindings": [],
    }
    for vhost in vhosts:
        for kind, entries in _inside(vhost, major).items():
            document[kind] += entries
    return json.dumps(document, indent=1) + "\n"


def _inside(vhost: str, major: int) -> dict[str, list[dict[str, Any]]]:
    names = [service.name for service in SERVICES]
    here = {"vhost": vhost}
    return {
        "vhosts": [{"name": vhost}],
        "permissions": [{**here, **_permission(service)} for service in SERVICES]
        + [{**here, **_caller_permission()}],
        "topic_permissions": [{**here, **topic} for service in SERVICES for topic in _topics(service)]
        + [
            {
                **here,
                "user": CALLER,
                "exchange": RPC,
                "write": f"^({_any(names)})\\.{_METHOD}$",
                "read": f"^{_UUID}$",
            }
        ],
        "policies": [{**here, **policy} for policy in _policies(major)],
        "exchanges": [
            {**here, "durable": True, "auto_delete": False, "internal": False, "arguments": {}, **exchange}
            for exchange in (
                {"name": RPC, "type": "topic"},
                *({"name": f"{name}.events", "type": "topic"} for name in names),
                *({"name": f"{name}.dead", "type": "fanout"} for name in names),
            )
        ],
        "queues": [
            {**here, "name": f"{name}.dead", "durable": True, "auto_delete": False, "arguments": {}}
            for name in names
        ],
        "bindings": [
            {
                **here,
                "source": f"{name}.dead",
                "destination": f"{name}.dead",
                "destination_type": "queue",
                "routing_key": "",
                "arguments": {},
            }
            for name in names
        ],
    }


def _permission(service: ServiceGround) -> dict[str, str]:
    own = f"{service.name}\\.dead|rpc-{service.name}|rpc\\.reply-{service.name}-.+"
    if service.follows:
        own += f"|{service.name}\\.from\\.({_any(service.follows)})"
    followed = "".join(f"|{source}\\.events" for source in service.follows)
    return {
        "user": service.name,
        # Nameko declares the RPC exchange wherever it uses it, and declaring takes this right.
        "configure": f"^({RPC}|{service.name}\\.events|{own})$",
        "write": f"^({RPC}|{service.name}\\.events|{own})$",
        "read": f"^({RPC}{followed}|{own})$",
    }


def _topics(service: ServiceGround) -> Iterable[dict[str, str]]:
    name = service.name
    callable_ = f"({_any(service.follows)})\\.{_METHOD}|" if service.follows else ""
    yield {
        "user": name,
        "exchange": RPC,
        "write": f"^({callable_}{_UUID})$",  # calls, and replies to others' calls
        "read": f"^({name}\\.(\\*|{_METHOD})|{_UUID})$",
    }
    yield {"user": name, "exchange": f"{name}.events", "write": f"^{_METHOD}$", "read": _NOTHING}
    for source in service.follows:
        yield {"user": name, "exchange": f"{source}.events", "write": _NOTHING, "read": ".*"}


def _caller_permission() -> dict[str, str]:
    # A caller names its reply queue as it likes, as long as it is no service's.
    both = f"^({RPC}|rpc\\.reply-(?!({_any(service.name for service in SERVICES)})-).+)$"
    return {"user": CALLER, "configure": both, "write": both, "read": both}


def _policies(major: int) -> list[dict[str, Any]]:
    """Requests that nobody takes do not fill the broker; a stream is never given up on by it.

    The oldest requests go first: their callers have waited longest and are the first to be gone. Attempts on a
    stream are counted by the reader: from version 4 on a quorum queue drops a message after 20 deliveries unless
    told -1; before, no limit is the default, and -1 would make it drop at the first.
    """
    requests = {
        "name": "requests-are-bounded",
        "pattern": "^rpc-[a-z]+$",
        "apply-to": "queues",
        "priority": 0,
        "definition": {"max-length": 10_000, "max-length-bytes": 256 * 1024 * 1024, "overflow": "drop-head"},
    }
    if major < 4:
        return [requests]
    return [
        requests,
        {
            "name": "streams-without-delivery-limit",
            "pattern": "^[a-z]+\\.from\\.[a-z]+$",
            "apply-to": "queues",
            "priority": 0,
            "definition": {"delivery-limit": -1},
        },
    ]


def _user(name: str, password: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": _hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
        "limits": {},
    }


def _hash(password: str) -> str:
    """RabbitMQ's salted SHA-256. The salt is made from the password: it is random enough to need no other."""
    salt = hashlib.sha256(b"salt" + password.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _any(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in names)
