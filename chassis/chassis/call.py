"""Who asks, for how long, and where it belongs in a longer story."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.auth import Actor

NOBODY = Actor(subject="public", roles=frozenset(), areas=(), expires=0)


@dataclass(slots=True)
class Call:
    """The context of one RPC or one event, as commands and handlers see it."""

    id: str
    token: str | None = None
    request: str | None = None  # what tells this request from all others, also when it is delivered again
    deadline: float | None = None  # epoch seconds; the caller has gone after it
    correlation: str | None = None
    causation: str | None = None
    traceparent: str | None = None
    actor: Actor = NOBODY
    runtime: Any = field(default=None, repr=False)  # while asking is allowed

    def rpc(self, service: str, method: str, body: Mapping[str, Any]) -> Any:
        """Ask another service, in this service's own name; never inside a transaction."""
        if self.runtime is None:
            raise RuntimeError("no RPC inside a transaction: ask in `gather`")
        return self.runtime.ask(service, method, body, self)
