"""nameko's RPC server side, mended: the same wire, so that plain nameko clients work against it untouched.

What is mended, each with a test that fails without it:
- a stop lets running calls finish, answer and be acknowledged before the connection closes, so nothing that was
  done is delivered again; and a stop while the broker is down comes to an end;
- a request is decoded here, by strict JSON: what cannot be read is counted, answered with a typed error if it names
  a reply queue, and never kept (it may hold personal words);
- repeats of a command that is at work wait beside it instead of each taking a worker;
- who finds no free worker waits for a turn, is served in rotation with other callers, and is refused at once when
  waiting would be in vain (`chassis.turns`);
- a reply goes out on the consumer's own channel, transient and without a confirm: a lost reply is what repeats
  with the same `command_id` are for.
"""

import json
import logging
import re
import time
from collections import deque
from functools import partial
from types import SimpleNamespace
from typing import Any

from nameko.exceptions import BadRequest, ContainerBeingKilled, MethodNotFound, serialize
from nameko.extensions import DependencyProvider
from nameko.messaging import QueueConsumer
from nameko.rpc import Rpc as NamekoRpc
from nameko.rpc import RpcConsumer as NamekoRpcConsumer

from chassis import metrics
from chassis.burst import Burst, properties_of
from chassis.call import Call
from chassis.client import RPC_EXCHANGE
from chassis.errors import ChassisError, Invalid, Unavailable
from chassis.logs import fault
from chassis.strict_json import Unreadable, loads
from chassis.turns import Request, Turns

_log = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024  # bytes; also what `events_after` pages keep under
PREFETCH = (
    512  # more than workers, waiting and held repeats together, so that whoever is refused hears it at once
)
MAX_HELD = 64
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORD = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_REFUSALS = {
    "overloaded": "The service is at its limit; wait a little and repeat with the same command_id.",
    "too_many": "You ask more at once than your share while others wait; send less at a time and repeat.",
}


class _StopWhileAway(Exception):
    """A stop was asked for while there is no broker to say goodbye to."""


class GracefulQueueConsumer(QueueConsumer):
    """Consumes until the last running call is answered and acknowledged."""

    prefetch_count = PREFETCH

    def __init__(self) -> None:
        super().__init__()
        self._pending_remove_providers: dict[Any, Any] = {}
        self.unanswered = 0  # requests taken off the wire and neither answered nor given back
        self._burst: Burst | None = None  # of the connection as it is now

    @property
    def _runtime(self) -> Any:
        return self.container.config["RUNTIME"]

    def run(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().run(*args, **kwargs)
        except _StopWhileAway:
            _log.info("stopped while the broker was away")

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        for provider in self._providers:
            consumer = consumer_cls(queues=[provider.queue], on_message=provider.receive)
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def on_iteration(self) -> None:
        self._cancel_consumers_if_requested()
        # Acks travel on this connection: it stays until every request taken has been acknowledged.
        if not self._consumers and not self.unanswered:
            self.should_stop = True

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        # Before each message that it sends, amqp would look for the broker's `connection.blocked` by taking frames
        # off the wire, in the middle of a reply.
        connection.connection.client_properties["capabilities"]["connection.blocked"] = False
        self._burst = Burst(connection.connection, lazily=True)
        self._runtime.connected = True
        super().on_consume_ready(connection, channel, consumers, **kwargs)

    def on_connection_error(self, exc: BaseException, interval: float) -> None:
        self._runtime.connected = False
        _log.warning("the broker is away (%s); trying again in %s s", type(exc).__name__, interval)
        if self._pending_remove_providers or self.should_stop:
            for provider, removed in self._pending_remove_providers.items():
                self._consumers.pop(provider, None)
                removed.send()
            self._pending_remove_providers = {}
            raise _StopWhileAway

    def on_decode_error(self, message: Any, exc: BaseException) -> None:
        """Compressed or otherwise wrapped: it is not ours to unpack."""
        metrics.RPC_REFUSED.labels("encoding").inc()
        refusal = Invalid("encoding", "Send plain application/json in UTF-8, not compressed.")
        self.reply(message, {"result": None, "error": serialize(refusal)}, RPC_EXCHANGE)

    def reply(self, message: Any, payload: dict[str, Any], exchange: str) -> None:
        """Answer and acknowledge in one go; a caller who is gone is nobody's loss."""
        properties, channel, burst = message.properties, message.channel, self._burst
        if channel.connection is None or burst is None or channel.connection.transport is not burst.transport:
            return  # the request comes again, and finds what its command did
        if properties.get("reply_to"):
            burst.publish(
                channel.channel_id,
                exchange,
                properties["reply_to"],
                properties_of(delivery_mode=1, correlation_id=_short(properties.get("correlation_id"))),
                json.dumps(payload, separators=(",", ":")).encode(),
            )
        message.ack()


def _short(text: Any) -> str | None:
    """A correlation id as the protocol can give it back; a caller who sends another sort finds no answer by it."""
    return text if isinstance(text, str) and len(text.encode("utf-8", "replace")) <= 255 else None


class RpcConsumer(NamekoRpcConsumer):
    """Reads requests strictly, holds repeats back, and sends replies lean."""

    queue_consumer = GracefulQueueConsumer()

    def __init__(self) -> None:
        super().__init__()
        self._at_work: dict[str, deque[tuple[dict[str, Any], Any]]] = {}
        self._providers_by_key: dict[str, Any] = {}

    def setup(self) -> None:
        super().setup()
        self._turns = Turns(self.container.max_workers)

    def get_provider_for_method(self, routing_key: str) -> Any:
        if not self._providers_by_key:
            service = self.container.service_name
            self._providers_by_key = {f"{service}.{p.method_name}": p for p in self._providers}
        try:
            return self._providers_by_key[routing_key]
        except KeyError:
            raise MethodNotFound(routing_key.rpartition(".")[2]) from None

    def receive(self, message: Any) -> None:
        """Take a message off the wire; runs in the consumer's own greenlet and never waits for a worker.

        Whatever a stranger sends, nothing but our own errors may come out of here: an exception would end the
        consumer, and the message would be there again at the next start.
        """
        self.queue_consumer.unanswered += 1
        try:
            body = _read_request(message)
        except _NoReturnAddress:
            metrics.RPC_REFUSED.labels("reply_to").inc()
            message.properties.pop("reply_to", None)
            self._answer(message, None, None)
            return
        except Invalid as error:
            metrics.RPC_REFUSED.labels(error.code).inc()
            self._answer(message, None, error)
            return
        repeat_of = self._repeat_key(message, body)
        if repeat_of is not None and repeat_of in self._at_work:
            self._hold(repeat_of, body, message)
            return
        if repeat_of is not None:
            self._at_work[repeat_of] = deque()
        refused = self._turns.admit(self._request(body, message))
        metrics.RPC_WAITING.set(self._turns.waiting)
        if refused is not None:
            if repeat_of is not None:
                del self._at_work[repeat_of]
            metrics.RPC_SHED.labels(refused).inc()
            self._answer(message, None, Unavailable(refused, _REFUSALS[refused]))

    def _hold(self, repeat_of: str, body: dict[str, Any], message: Any) -> None:
        if sum(map(len, self._at_work.values())) >= MAX_HELD:
            self._answer(
                message, None, Unavailable("busy", "This command is at work; repeat it with its command_id.")
            )
            return
        self._at_work[repeat_of].append((body, message))
        metrics.RPC_HELD.inc()

    def _request(self, body: dict[str, Any], message: Any) -> Request:
        """What a request tells of itself; it is believed only while there is a queue."""
        token = (message.headers or {}).get("nameko.auth_token")
        deadline = (message.headers or {}).get("nameko.deadline")
        given = message.properties.get("expiration")
        left = deadline - time.time() if isinstance(deadline, int | float) else None
        allowed = int(given) / 1000 if isinstance(given, str) and given.isdecimal() else None
        return Request(
            caller=token if isinstance(token, str) else message.properties["reply_to"],
            start=partial(self._start, body, message),
            size=len(message.body),
            age=max(0.0, allowed - left) if allowed is not None and left is not None else 0.0,
            left=left,
        )

    def _start(self, body: dict[str, Any], message: Any) -> None:
        message.began = time.monotonic()
        self.container.spawn_managed_thread(partial(self.handle_message, body, message), identifier="rpc")

    @staticmethod
    def _repeat_key(message: Any, body: dict[str, Any]) -> str | None:
        command_id = body["kwargs"].get("command_id")
        return (
            f"{message.delivery_info['routing_key']}:{command_id.lower()}"
            if isinstance(command_id, str)
            else None
        )

    def handle_message(self, body: dict[str, Any], message: Any) -> None:
        try:
            provider = self.get_provider_for_method(message.delivery_info["routing_key"])
            provider.handle_message(body, message)
        except Exception as error:
            self.finish(message, body, None, error)

    def finish(self, message: Any, body: dict[str, Any], result: Any, error: BaseException | None) -> None:
        self._answer(message, result, error)
        repeat_of = self._repeat_key(message, body)
        waiting = self._at_work.pop(repeat_of, None) if repeat_of is not None else None
        if waiting:
            # The next one goes first and finds the stored reply; the rest wait behind it.
            next_body, next_message = waiting.popleft()
            metrics.RPC_HELD.dec()
            self._at_work[repeat_of] = waiting  # type: ignore[index]
            self._turns.begin(self._request(next_body, next_message))
        self._turns.done(time.monotonic() - message.began)
        metrics.RPC_WAITING.set(self._turns.waiting)

    def _answer(self, message: Any, result: Any, error: BaseException | None) -> None:
        payload = {"result": result, "error": None if error is None else _told(error)}
        try:
            self.queue_consumer.reply(message, payload, RPC_EXCHANGE)
        except Exception as failure:  # the connection broke: the request will be delivered again
            _log.warning("a reply could not be sent; its request comes again: %s", fault(failure))
        finally:
            self.queue_consumer.unanswered -= 1


def _told(error: BaseException) -> dict[str, Any]:
    """An error as nameko has it on the wire; one that callers do not know is told as a fault, without its words."""
    if not isinstance(error, ChassisError | BadRequest):
        _log.error("fault outside of any operation: %s", fault(error))
        error = Unavailable("internal_fault", "This failed inside the service; tell operations.")
    told: dict[str, Any] = serialize(error)
    return told


class _NoReturnAddress(Exception):
    """The request names no reply queue that could be one; an answer sent there would cost us the channel."""


def _read_request(message: Any) -> dict[str, Any]:
    if not _UUID.fullmatch(str(message.properties.get("reply_to"))):
        raise _NoReturnAddress
    stack = (message.headers or {}).get("nameko.call_id_stack", [])
    if not isinstance(stack, list) or not all(
        isinstance(each, str) and len(each) <= 200 for each in stack[:50]
    ):
        raise Invalid("malformed", "The header nameko.call_id_stack is a list of texts.")
    body = message.body
    if isinstance(body, str):
        body = body.encode()
    if len(body) > MAX_BODY:
        raise Invalid("too_large", f"The request has {len(body):,} bytes; send at most {MAX_BODY:,}.")
    if message.content_type != "application/json":
        raise Invalid("content_type", "Send application/json.")
    try:
        read = loads(body)
    except Unreadable as why:
        raise Invalid("unreadable", f"This is not the JSON that we take: {why}.") from None
    if (
        not isinstance(read, dict)
        or not isinstance(read.get("args"), list)
        or not isinstance(read.get("kwargs"), dict)
    ):
        raise Invalid("malformed", "A request is an object with `args` (a list) and `kwargs` (an object).")
    return read


class Rpc(NamekoRpc):
    """An RPC entrypoint whose body is checked by our schema, not by Python's signature."""

    rpc_consumer = RpcConsumer()

    def handle_message(self, body: dict[str, Any], message: Any) -> None:
        context = self.unpack_message_headers(message)
        properties = message.properties
        context["request"] = f"{properties.get('reply_to')}/{properties.get('correlation_id')}"
        done = partial(self._done, message, body)
        try:
            self.container.spawn_worker(
                self, body["args"], body["kwargs"], context_data=context, handle_result=done
            )
        except ContainerBeingKilled:
            self.rpc_consumer.requeue_message(message)
            self.rpc_consumer.queue_consumer.unanswered -= 1

    def _done(self, message: Any, body: dict[str, Any], worker: Any, result: Any, exc_info: Any) -> Any:
        self.rpc_consumer.finish(message, body, result, None if exc_info is None else exc_info[1])
        return result, exc_info


def rpc(function: Any) -> Any:
    """Offer a function of a service class by RPC."""
    return Rpc.decorator(expected_exceptions=ChassisError)(function)


class ChassisProvider(DependencyProvider):
    """Gives each worker its service's runtime, bound to the caller's context."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        runtime = self.container.config["RUNTIME"]
        call = call_of(worker_ctx.data, worker_ctx.call_id)
        return SimpleNamespace(
            runtime=runtime,
            call=call,
            serve=lambda operation, service, args, body: runtime.serve(operation, service, args, body, call),
        )


def call_of(context: dict[str, Any], call_id: str) -> Call:
    """The call as its headers tell it; what is not as it should be counts as absent."""
    deadline = context.get("deadline")
    return Call(
        id=call_id,
        token=token if isinstance(token := context.get("auth_token"), str) else None,
        deadline=float(deadline) if isinstance(deadline, int | float) else None,
        request=context.get("request"),
        correlation=_word(context.get("correlation_id")) or _word(call_id),
        traceparent=_word(context.get("traceparent")),
    )


def _word(value: Any) -> str | None:
    """An id of somebody else's making: it goes into events, which keep it for ever, so it may hold no prose."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
