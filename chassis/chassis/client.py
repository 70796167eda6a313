"""Asking other services: RPC as nameko has it on the wire, with a deadline, retries and typed errors.

A `Client` is one connection with its own reply queue; it belongs to one thread or greenlet at a time. `Clients`
lends them out. Every call ends by its deadline: the request expires in the queue, and the waiting ends here.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any
from uuid import uuid4

import amqp
from kombu import Connection
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from chassis.burst import Burst
from chassis.call import Call
from chassis.errors import BY_NAME, ChassisError, Invalid, Unavailable

_log = logging.getLogger(__name__)

RPC_EXCHANGE = "nameko-rpc"
TRANSPORT_OPTIONS = {"connect_timeout": 5, "read_timeout": 5, "write_timeout": 5}
BROKEN = (OSError, amqp.exceptions.AMQPError, amqp.exceptions.ConnectionError)


class Client:
    """One connection's worth of RPC."""

    def __init__(
        self, amqp_uri: str, token: str | Callable[[], str] | None = None, *, name: str = "client"
    ) -> None:
        self._uri = amqp_uri
        self._token = token
        self._name = name
        self._connection: Connection | None = None
        self._channel: Any = None
        self._reply_to = ""
        self._replies: dict[str, dict[str, Any]] = {}
        self._wanted: set[str] = set()
        self._used = 0.0

    def call(
        self,
        service: str,
        method: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float = 10,
        **context: Any,
    ) -> Any:
        """Ask once and wait for the answer; raises the service's typed error, or `Unavailable`."""
        ticket = self.send(service, method, body, timeout=timeout, **context)
        return self.receive(ticket, timeout=timeout)

    def send(
        self,
        service: str,
        method: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float = 10,
        **context: Any,
    ) -> str:
        """Send a request and return the ticket to collect its answer with: many may be under way at once."""
        ticket = str(uuid4())
        token = self._token() if callable(self._token) else self._token
        headers = {
            "nameko.auth_token": token,
            "nameko.deadline": time.time() + timeout,
            "nameko.call_id_stack": [f"{self._name}.{ticket}"],
            **{f"nameko.{name}": value for name, value in context.items()},
        }
        try:
            channel = self._open()
            channel.basic_publish(
                channel.prepare_message(
                    json.dumps({"args": [], "kwargs": dict(body or {})}, default=str).encode(),
                    content_type="application/json",
                    content_encoding="utf-8",
                    headers={name: value for name, value in headers.items() if value is not None},
                    properties={
                        "reply_to": self._reply_to,
                        "correlation_id": ticket,
                        "expiration": str(int(timeout * 1000)),
                        "delivery_mode": 1,
                    },
                ),
                exchange=RPC_EXCHANGE,
                routing_key=f"{service}.{method}",
                mandatory=True,  # a service that has never run is told at once, not at the deadline
            )
        except BROKEN as error:
            self.close()
            raise Unavailable(
                "broker_away", "The message broker is away; repeat with the same command_id."
            ) from error
        self._wanted.add(ticket)
        return ticket

    def receive(self, ticket: str, *, timeout: float = 10) -> Any:
        """Wait for the answer to `ticket`."""
        until = time.monotonic() + timeout
        try:
            while ticket not in self._replies:
                left = until - time.monotonic()
                if left <= 0 or self._connection is None:
                    raise Unavailable("no_answer", "No answer in time; repeat with the same command_id.")
                try:
                    # In short turns: the broker's heartbeat begins the waiting anew and would never let it end.
                    self._connection.drain_events(timeout=min(left, 1))
                    self._used = time.monotonic()
                except TimeoutError:
                    self._connection.heartbeat_check()
        except amqp.exceptions.AccessRefused as error:
            self.close()
            raise Invalid(
                "no_such_service", "There is no such service for this user of the broker."
            ) from error
        except BROKEN as error:
            self.close()
            raise Unavailable(
                "broker_away", "The message broker went away; repeat with the same command_id."
            ) from error
        finally:
            self._wanted.discard(ticket)
        return _result(self._replies.pop(ticket))

    def close(self) -> None:
        """Let go of the connection; the next call makes a new one."""
        connection, self._connection, self._channel = self._connection, None, None
        self._replies.clear()
        if connection is not None:
            try:
                connection.release()
            except Exception as error:  # it was broken already
                _log.debug("closing a broken connection: %s", type(error).__name__)

    def _open(self) -> Any:
        idle, self._used = time.monotonic() - self._used, time.monotonic()
        connection = self._connection
        if connection is not None and connection.connected and idle < connection.get_heartbeat_interval():
            return self._channel
        self.close()  # one that was silent for longer may have been given up by the broker
        connection = Connection(self._uri, transport_options=TRANSPORT_OPTIONS, heartbeat=60)
        connection.connect()
        Burst(connection.connection)
        channel = connection.channel()
        self._reply_to = str(uuid4())
        queue = f"rpc.reply-{self._name}-{self._reply_to}"
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, RPC_EXCHANGE, self._reply_to)
        channel.basic_consume(queue, no_ack=True, callback=self._on_reply, on_cancel=self._on_cancel)
        channel.events["basic_return"].add(self._on_return)
        self._connection, self._channel = connection, channel
        return channel

    def _on_reply(self, message: Any) -> None:
        ticket = message.properties.get("correlation_id")
        if ticket in self._wanted:
            self._replies[ticket] = json.loads(message.body)

    def _on_return(self, exc: Any, exchange: str, routing_key: str, message: Any) -> None:
        service = routing_key.partition(".")[0]
        self._replies[message.properties.get("correlation_id")] = {
            "result": None,
            "error": {
                "exc_type": "Unavailable",
                "exc_args": [
                    {
                        "code": "no_such_service",
                        "message": f"No service {service} has been started yet; try again.",
                        "fields": {},
                    }
                ],
            },
        }

    def _on_cancel(self, consumer_tag: str) -> None:
        """The reply queue was deleted under us: answers cannot come any more."""
        raise amqp.exceptions.ConsumerCancelled(consumer_tag)


def _result(reply: dict[str, Any]) -> Any:
    error = reply.get("error")
    if error is None:
        return reply.get("result")
    kind = BY_NAME.get(error.get("exc_type"))
    arguments = error.get("exc_args") or []
    if kind is not None and arguments and isinstance(arguments[0], dict):
        raise kind(arguments[0])
    if error.get("exc_type") == "MethodNotFound":
        raise Invalid("no_such_method", f"The service has no method {str(arguments[:1])[2:-2]}.")
    raise ChassisError(str(error.get("exc_type")), "The service answered with an error of another kind.")


class Clients:
    """Lends clients to greenlets and retries what is safe to repeat."""

    def __init__(self, amqp_uri: str, token: Callable[[], str], *, name: str, size: int = 8) -> None:
        self._free: LifoQueue[Client] = LifoQueue()
        for _ in range(size):
            self._free.put(Client(amqp_uri, token, name=name))

    @contextmanager
    def client(self) -> Iterator[Client]:
        try:
            client = self._free.get(timeout=5)
        except Empty:
            raise Unavailable("busy", "Too many questions to other services at once; try again.") from None
        try:
            yield client
        finally:
            self._free.put(client)

    def query(
        self,
        service: str,
        method: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float = 5,
        tries: int = 3,
        **context: Any,
    ) -> Any:
        """Ask a query, again after `Unavailable`: queries change nothing."""
        for attempt in Retrying(
            stop=stop_after_attempt(tries),
            wait=wait_random_exponential(multiplier=0.05, max=1),
            retry=retry_if_exception_type(Unavailable),
            reraise=True,
        ):
            with attempt, self.client() as client:
                return client.call(service, method, body, timeout=timeout, **context)
        raise AssertionError("unreachable")

    def ask(self, service: str, method: str, body: Mapping[str, Any], call: Call) -> Any:
        """Ask on behalf of a call: within its deadline, and as part of its story."""
        timeout = 5.0 if call.deadline is None else max(0.05, min(5.0, call.deadline - time.time()))
        return self.query(
            service,
            method,
            body,
            timeout=timeout,
            correlation_id=call.correlation,
            traceparent=call.traceparent,
        )

    def close(self) -> None:
        while True:
            try:
                self._free.get_nowait().close()
            except Empty:
                return


def wait_for_broker(amqp_uri: str, stopped: Callable[[], bool] = lambda: False) -> None:
    """Wait for the broker, telling so, for as long as it takes or until `stopped()`."""
    told = 0.0
    while not stopped():
        try:
            with Connection(amqp_uri, transport_options=TRANSPORT_OPTIONS) as connection:
                connection.connect()
            return
        except (OSError, *BROKEN) as error:
            if time.monotonic() - told > 10:
                _log.warning("waiting for the broker: %s", type(error).__name__)
                told = time.monotonic()
            time.sleep(0.25)
