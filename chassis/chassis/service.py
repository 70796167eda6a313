"""What a service is: its name, its entrypoints, its events, the streams it follows and the deadlines it keeps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from chassis.commands import Operation, operations_of
from chassis.schemas import Event

if TYPE_CHECKING:
    from chassis.deadlines import DeadlineHandler
    from chassis.runtime import Runtime
    from chassis.stream import Stream
    from chassis.transaction import Transaction

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"
KEYS_MIGRATIONS = Path(__file__).parent / "migrations_keys"


@dataclass(frozen=True)
class Service:
    """Everything that makes one service different from another."""

    name: str
    entrypoints: type
    events: ModuleType
    streams: Sequence["Stream"] = ()
    deadlines: Mapping[str, "DeadlineHandler"] = field(default_factory=dict)
    holds_personal_data: bool = False
    refusals: tuple[
        type[Exception], ...
    ] = ()  # the model's own errors (.code, .message): answered as `Refused`
    metrics: Callable[["Runtime"], Any] | None = None
    # Does again to the service's own rows what an erasure did, for everyone in `erased_subject`; after a restore.
    forget_erased: Callable[["Transaction"], None] | None = None

    @property
    def folder(self) -> Path:
        package = import_module(self.entrypoints.__module__.partition(".")[0])
        return Path(package.__path__[0])

    @property
    def migrations(self) -> list[Path]:
        return [CHASSIS_MIGRATIONS, self.folder / "migrations"]

    @property
    def operations(self) -> dict[str, Operation]:
        return operations_of(self.entrypoints)

    @property
    def published(self) -> dict[str, type[Event]]:
        """The events that this service publishes, by type."""
        found = (getattr(self.events, name) for name in dir(self.events))
        return {
            event.type: event
            for event in found
            if isinstance(event, type) and issubclass(event, Event) and event is not Event
        }
