"""A service at work: serves one operation at a time, from the caller's words to the committed reply."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import errors as sql

from chassis import logs, metrics, once, tracing
from chassis.auth import Actor, Authenticator, KeySet, Roles
from chassis.call import Call
from chassis.clock import Clock
from chassis.commands import Operation
from chassis.crypto import People, reapply_erasures
from chassis.database import Database
from chassis.errors import ChassisError, Conflict, Forbidden, Invalid, Refused, Unauthenticated, Unavailable
from chassis.logs import fault
from chassis.once import TRIES, Command, Passing
from chassis.schemas import fields
from chassis.service import Service
from chassis.settings import Settings
from chassis.together import Together
from chassis.transaction import Transaction

_log = logging.getLogger(__name__)
_command_id = fields.Id()

# Broken by another transaction and not by us: worth another try from the start.
_PASSING = (sql.SerializationFailure, sql.DeadlockDetected, sql.LockNotAvailable)
_REQUESTS = UUID(
    "5b0f1d9e-2c43-5d8a-9b7e-64d1f0a6c2b3"
)  # namespace of the ids of commands that came without one


class Runtime:
    """The parts that a service's operations, handlers and deadlines share; holds no AMQP."""

    def __init__(self, service: Service, settings: Settings, *, clock: Clock | None = None) -> None:
        self.service = service
        self.name = service.name
        self.settings = settings
        self.clock = clock or Clock()
        workers = settings.max_workers
        # One connection a worker, one for each stream, and some for deadlines, relay and metrics.
        self.database = Database(
            settings.database_dsn, size=workers + len(service.streams) + 4, name=service.name
        )
        self.keys_database: Database | None = None
        if service.holds_personal_data:
            self.keys_database = Database(
                settings.keys_database_dsn, size=workers, name=f"{service.name}-keys"
            )
        self._people = (
            People(self.keys_database, settings.kek, settings.blind_key) if self.keys_database else None
        )
        self.authenticator = Authenticator(KeySet.load(settings.key_set_file))
        self.roles = Roles.load(service.folder / "rules" / "roles.yaml")
        self.ask: Callable[..., Any] | None = None  # the RPC client, once there is a broker
        self.committed: Callable[[], None] = lambda: None  # wakes the relay
        self.together: Together | None = None  # where commands that arrive together share a transaction
        self.connected = False  # to the broker, as the RPC consumer last saw it
        self._must_grant_what_is_needed()

    def open(self) -> None:
        self.database.open()
        if self.keys_database:
            self.keys_database.open()

    def close(self) -> None:
        self.database.close()
        if self.keys_database:
            self.keys_database.close()

    def reapply_erasures(self) -> None:
        """Destroy again the keys of erased people that a restored backup brought back, and empty their rows."""
        if self.service.forget_erased:
            with self.work() as tx:
                self.service.forget_erased(tx)
        if self.keys_database:
            with self.database.transaction() as connection:
                again = reapply_erasures(connection, self.people.keys)
            if again:
                _log.warning("destroyed the keys of %s erased people again", again)

    @property
    def people(self) -> People:
        if self._people is None:
            raise RuntimeError(f"{self.name} declares holds_personal_data=False and may not hold any")
        return self._people

    def _must_grant_what_is_needed(self) -> None:
        needed = {operation.needs for operation in self.service.operations.values() if operation.needs}
        orphans = sorted(need for need in needed if not self.roles.grants(need))
        if orphans:
            raise RuntimeError(f"{self.name}: no role in roles.yaml may do {', '.join(orphans)}")

    # -- One operation

    def serve(
        self, operation: Operation, service: Any, args: tuple[Any, ...], body: dict[str, Any], call: Call
    ) -> dict[str, Any]:
        """Answer one call, or raise one of the errors that callers know."""
        started, outcome = time.perf_counter(), "ok"
        try:
            with (
                metrics.RPC_AT_WORK.track_inprogress(),
                tracing.span(f"{self.name}.{operation.name}", call.traceparent) as here,
                logs.bound(call=call.id, traceparent=str(here), method=operation.name),
            ):
                call.traceparent = str(here)
                return self._serve(operation, service, args, body, call)
        except ChassisError as error:
            outcome = type(error).__name__
            raise
        except Exception as error:
            outcome = "Fault"
            tracing.report(error)
            _log.error("fault in %s: %s", operation.name, fault(error))
            raise Unavailable(
                "internal_fault",
                "This failed inside the service and changed nothing; tell operations the call id.",
                {"call": call.id},
            ) from None
        finally:
            metrics.RPC_SECONDS.labels(operation.name, outcome).observe(time.perf_counter() - started)

    def _serve(
        self, operation: Operation, service: Any, args: tuple[Any, ...], body: dict[str, Any], call: Call
    ) -> dict[str, Any]:
        if call.deadline is not None and call.deadline <= time.time():
            raise Unavailable(
                "too_late", "The deadline passed before the work began; repeat with the same command_id."
            )
        if operation.needs is not None or call.token is not None:
            call.actor = self.authenticator.verify(call.token)
        if operation.needs is not None and not self.roles.allow(call.actor, operation.needs):
            raise Forbidden("forbidden", f"Your role does not allow {operation.needs}.")
        if args:
            raise Invalid("positional", "Name every field; positional arguments are not taken.")
        if operation.kind == "query":
            values = operation.read(body)
            return self._query(operation, service, values, call)
        given = self._command_id(body)
        # Without an id the caller cannot repeat it safely; the broker still can, after a lost connection.
        own = None if call.request is None else uuid5(_REQUESTS, f"{call.actor.subject}/{call.request}")
        values = operation.read(body)
        command = Command(operation, service, values, call, given or own, repeatable=given is not None)
        return once.perform(self, command)

    def _command_id(self, body: dict[str, Any]) -> UUID | None:
        given = body.pop("command_id", None)
        try:
            return None if given is None else _command_id.deserialize(given)
        except Exception:
            raise Invalid(
                "invalid", "Give command_id as a UUID, or leave it out.", {"command_id": "not a UUID"}
            ) from None

    def _query(
        self, operation: Operation, service: Any, values: dict[str, Any], call: Call
    ) -> dict[str, Any]:
        if operation.gather:
            with self.asking(call):
                values["gathered"] = operation.gather(call, values)
        for attempt in range(TRIES):
            try:
                with self.known_errors(), self.database.transaction(read_only=True) as connection:
                    tx = Transaction(self, connection, call)
                    return operation.reply(operation.run(service, tx, **values))
            except Passing:
                if attempt == TRIES - 1:
                    raise Unavailable("busy", "The database is busy or away; ask again.") from None
                self.before_another_try(attempt, call)
        raise AssertionError("unreachable")

    def before_another_try(self, attempt: int, call: Call) -> None:
        """Throw out connections that died with the last one, and give whoever was first some time."""
        if attempt == 0:
            self.database.refresh()
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
        if call.deadline is not None and call.deadline <= time.time():
            raise Unavailable("too_late", "The deadline passed meanwhile; repeat with the same command_id.")

    @contextmanager
    def asking(self, call: Call) -> Iterator[None]:
        """RPC is allowed here and nowhere inside a transaction."""
        call.runtime = self
        try:
            yield
        except (Unauthenticated, Forbidden):  # of us by another service: not the caller's fault
            raise Unavailable(
                "service_refused", "Another service refuses this one; tell operations."
            ) from None
        finally:
            call.runtime = None

    def read_so_far(self, source: str) -> int:
        """The position up to which a source's log was taken in, as of now."""
        with self.database.transaction(read_only=True) as connection:
            row = connection.execute(
                "SELECT position FROM stream_position WHERE source = %s", (source,)
            ).fetchone()
        return row["position"] if row else 0

    # -- Work that nobody called for

    @contextmanager
    def work(self, call: Call | None = None) -> Iterator[Transaction]:
        """A transaction of the service itself: for streams, deadlines and one-shots."""
        with self.database.transaction() as connection:
            tx = Transaction(self, connection, call or Call(id="own", actor=self.own_actor))
            yield tx
            emitted = bool(tx.flush())
        if emitted:
            self.committed()

    @property
    def own_actor(self) -> Actor:
        return Actor(subject=f"service:{self.name}", roles=frozenset({"service"}), areas=("*",), expires=0)

    @contextmanager
    def known_errors(self) -> Iterator[None]:
        """Turn what the database and the model say into what callers know."""
        try:
            yield
        except self.service.refusals as error:
            raise Refused(error.code, error.message, getattr(error, "fields", None)) from None  # type: ignore[attr-defined]
        except _PASSING:
            raise Passing from None
        except sql.IntegrityError as error:
            # The last line of defence spoke: name the rule, never the row.
            raise Conflict(
                "constraint",
                "Another record already stands in the way; read again.",
                {"rule": error.diag.constraint_name},
            ) from None
        except sql.QueryCanceled:
            raise Unavailable("took_too_long", "The database took too long; ask for less or later.") from None
        except psycopg.OperationalError:
            raise Passing from None
