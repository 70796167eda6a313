"""A caller's wire to the services that sends anything at all: for what no well-behaved client would send."""

import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from kombu import Connection

from chassis.client import RPC_EXCHANGE

UNDER_WAY = 32  # requests: fewer than one caller may have in line, so that none is refused for being many
BYTES_UNDER_WAY = 8_000_000


@dataclass(frozen=True)
class Request:
    """One message to a service, as raw as it gets; `about` says to the reader of a test what is in it."""

    service: str
    method: str
    body: bytes
    token: str | None = None
    about: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)
    content_type: str = "application/json"

    def __str__(self) -> str:
        return f"{self.service}.{self.method} ({self.about or self.body[:200]!r})"


@dataclass(frozen=True)
class Answer:
    """What came back: `error` is (type, code) as callers tell errors apart, None where all went well."""

    raw: bytes

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.raw)
        return told

    @property
    def result(self) -> dict[str, Any]:
        told = self.told
        assert told["error"] is None, told
        result: dict[str, Any] = told["result"]
        return result

    @property
    def error(self) -> tuple[str, str] | None:
        error = self.told["error"]
        return None if error is None else (error["exc_type"], self.details.get("code", ""))

    @property
    def details(self) -> dict[str, Any]:
        """Code, message and fields of a typed error; empty for an error of another kind."""
        arguments = (self.told["error"] or {}).get("exc_args") or [{}]
        return arguments[0] if isinstance(arguments[0], dict) else {}


def packed(body: Mapping[str, Any], *args: Any) -> bytes:
    """A body as nameko has it on the wire."""
    return json.dumps({"args": args, "kwargs": body}).encode()


class Wire:
    """One connection with a reply queue of its own; what comes back is kept as the bytes that came."""

    def __init__(self, amqp_uri: str) -> None:
        self._connection = Connection(amqp_uri, heartbeat=60)
        self._connection.connect()
        self.channel = self._connection.channel()
        self._reply_to = str(uuid4())
        self._replies: dict[str, bytes] = {}
        queue = f"rpc.reply-wire-{self._reply_to}"
        self.channel.queue_declare(queue, exclusive=True, auto_delete=True)
        self.channel.queue_bind(queue, RPC_EXCHANGE, self._reply_to)
        self.channel.basic_consume(queue, no_ack=True, callback=self._keep)

    def ask(self, request: Request) -> Answer:
        """Send one request and wait for its answer."""
        return self.ask_all([request])[0][1]

    def ask_all(self, requests: Iterable[Request], within: float = 300) -> list[tuple[Request, Answer]]:
        """Send requests, many under way at once, and collect every answer, in the order of the requests."""
        until = time.monotonic() + within
        sent: dict[str, Request] = {}
        open_: dict[str, int] = {}
        for request in requests:
            ticket = str(uuid4())
            sent[ticket], open_[ticket] = request, len(request.body)
            self._send(request, ticket)
            while len(open_) >= UNDER_WAY or sum(open_.values()) > BYTES_UNDER_WAY:
                self._wait(open_, sent, until)
        while open_:
            self._wait(open_, sent, until)
        return [(request, Answer(self._replies.pop(ticket))) for ticket, request in sent.items()]

    def close(self) -> None:
        self._connection.release()

    def _send(self, request: Request, ticket: str) -> None:
        self.channel.basic_publish(
            self.channel.prepare_message(
                request.body,
                content_type=request.content_type,
                content_encoding="utf-8",
                headers={"nameko.auth_token": request.token, **request.headers}
                if request.token is not None
                else dict(request.headers),
                properties={"reply_to": self._reply_to, "correlation_id": ticket, "delivery_mode": 1},
            ),
            exchange=RPC_EXCHANGE,
            routing_key=f"{request.service}.{request.method}",
        )

    def _wait(self, open_: dict[str, int], sent: Mapping[str, Request], until: float) -> None:
        if time.monotonic() > until:
            raise AssertionError(f"no answer to {[str(sent[ticket]) for ticket in list(open_)[:5]]}")
        try:
            self._connection.drain_events(timeout=1)
        except TimeoutError:
            self._connection.heartbeat_check()
        for ticket in [ticket for ticket in open_ if ticket in self._replies]:
            del open_[ticket]

    def _keep(self, message: Any) -> None:
        body = message.body
        self._replies[message.properties["correlation_id"]] = (
            body.encode() if isinstance(body, str) else bytes(body)
        )


def messages_in(amqp_uri: str, queue: str, expected: int) -> list[bytes]:
    """Look at the messages of a queue that nobody else consumes, and leave them where they were.

    As a consumer, because a queue with a single active one answers nobody else; `expected` are awaited.
    """
    seen: list[bytes] = []
    with Connection(amqp_uri) as connection:
        channel = connection.channel()
        channel.auto_decode = False
        channel.basic_consume(queue, callback=lambda message: seen.append(bytes(message.body or b"")))
        until = time.monotonic() + 20
        while len(seen) < expected:
            assert time.monotonic() < until, f"{queue}: {len(seen)} of {expected}"
            with suppress(TimeoutError):
                connection.drain_events(timeout=1)
    return seen
