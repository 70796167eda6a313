"""`@command` and `@query`: what a service offers by RPC, said in one line each.

The decorated function holds no plumbing: it gets a transaction and the validated fields, and returns the reply.
Around it the runtime authenticates, validates, keeps the deadline, makes repeats safe, audits, measures and turns
every failure into an error that callers know.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from marshmallow import ValidationError

from chassis.call import Call
from chassis.errors import Invalid
from chassis.rpc import rpc
from chassis.schemas import Receipt, Schema

Gather = Callable[[Call, dict[str, Any]], Any]

_FIELD = re.compile(r"[a-z_][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Operation:
    """One RPC method: what it takes and gives, and who may call it."""

    name: str
    kind: Literal["command", "query"]
    takes: type[Schema]
    replies: type[Schema]
    needs: str | None  # a permission; None is for the public
    run: Callable[..., Mapping[str, Any]]
    gather: Gather | None

    @cached_property
    def _takes(self) -> Schema:
        return self.takes()

    @cached_property
    def _replies(self) -> Schema:
        return self.replies()

    @cached_property
    def receipts(self) -> dict[str, str]:
        """Reply field -> purpose of the receipt codes in the reply: never stored, worked out each time."""
        return {
            name: field.purpose for name, field in self._replies.fields.items() if isinstance(field, Receipt)
        }

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body's fields, typed; raises `Invalid` naming each field that is wrong."""
        try:
            return self._takes.read(body)
        except ValidationError as error:
            raise Invalid(
                "invalid", "Mend the fields named and send it again.", _bounded(error.messages)
            ) from None

    def reply(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The reply as callers get it; a required field that is missing is a fault of the service."""
        shaped: dict[str, Any] = self._replies.dump(result)
        missing = [n for n, f in self._replies.fields.items() if f.required and shaped.get(n) is None]
        if missing:
            raise TypeError(f"{self.name} left {missing} out of its reply")
        return shaped


def _bounded(messages: Any) -> dict[str, Any]:
    """At most 20 fields: an error must not become a mirror for megabytes.

    What could be no field's name is not repeated: where a name should stand, somebody's words may.
    """
    if not isinstance(messages, dict):
        return {"body": str(messages)[:200]}
    return {_named(name): _message(text) for name, text in list(messages.items())[:20]}


def _named(name: Any) -> str:
    return str(name) if isinstance(name, int) or _FIELD.fullmatch(str(name)) else "no_name"


def _message(text: Any) -> Any:
    if isinstance(text, dict):
        return _bounded(text)
    return " ".join(str(part) for part in text)[:300] if isinstance(text, list) else str(text)[:300]


def command(takes: type[Schema], *, replies: type[Schema], needs: str, gather: Gather | None = None) -> Any:
    """A method that changes something: one call, one transaction, zero or more events.

    `gather(call, body)` runs before the transaction and may ask other services; its answer comes as `gathered`.
    """
    return _operation("command", takes, replies, needs, gather)


def query(
    takes: type[Schema], *, replies: type[Schema], needs: str | None, gather: Gather | None = None
) -> Any:
    """A method that only reads, in one snapshot; `needs=None` answers the public without a token."""
    return _operation("query", takes, replies, needs, gather)


def _operation(
    kind: Literal["command", "query"],
    takes: type[Schema],
    replies: type[Schema],
    needs: str | None,
    gather: Gather | None,
) -> Any:
    def decorate(run: Callable[..., Mapping[str, Any]]) -> Any:
        operation = Operation(run.__name__, kind, takes, replies, needs, run, gather)

        # `*args, **body`: an unknown or missing field is our typed error and not nameko's own.
        def entrypoint(self: Any, /, *args: Any, **body: Any) -> dict[str, Any]:
            return self.chassis.serve(operation, self, args, body)

        entrypoint.__name__, entrypoint.__qualname__ = run.__name__, run.__qualname__
        entrypoint.__doc__, entrypoint.__module__ = run.__doc__, run.__module__
        entrypoint.operation = operation  # type: ignore[attr-defined]
        return rpc(entrypoint)

    return decorate


def operations_of(entrypoints: type) -> dict[str, Operation]:
    """Every operation that a service class offers, by method name."""
    found = (getattr(getattr(entrypoints, name), "operation", None) for name in dir(entrypoints))
    return {operation.name: operation for operation in found if operation is not None}
