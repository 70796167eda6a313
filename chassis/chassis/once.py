"""A command takes effect once, whoever repeats it: its caller, the broker, or we ourselves.

Its reply is kept in the transaction of its effect, under its id. A repeat finds the reply; two at once end on the
same primary key, and the one that lost looks again. Only what was committed is kept: a refusal is judged anew.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.call import Call
from chassis.commands import Operation
from chassis.database import Connection
from chassis.errors import ChassisError, Conflict, Unavailable
from chassis.receipts import receipt_code
from chassis.together import Alone, Lost, Together, Written
from chassis.transaction import INSERT_FACTS, Transaction

if TYPE_CHECKING:
    from chassis.runtime import Runtime

TRIES = 3


class Passing(Exception):
    """A failure of the moment: the database is away, or another transaction was first."""


class _OutcomeUnknown(Exception):
    """The connection was lost while committing."""


@dataclass(frozen=True)
class Command:
    """One command as it was asked for: `id` is the caller's, or worked out from the request, or none."""

    operation: Operation
    service: Any
    values: dict[str, Any]
    call: Call
    id: UUID | None
    repeatable: bool  # the caller gave the id and may ask again

    @cached_property
    def text(self) -> str:
        """The validated body, canonical and without what was left out.

        A field that is added later must not turn the repeat of an older caller into another command.
        """
        return json.dumps(
            _without_none(self.values), sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":")
        )

    def hmac(self, key: bytes) -> bytes:
        """Proves that a repeat asks for the same, and tells nothing of what that was."""
        return hmac.new(key, f"{self.operation.name}\0{self.text}".encode(), sha256).digest()


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value


def perform(runtime: "Runtime", command: Command) -> dict[str, Any]:
    """Carry a command out, or find that it was; raises what its caller is told."""
    for attempt in range(TRIES):
        last = attempt == TRIES - 1
        try:
            return _try(runtime, command)
        except _OutcomeUnknown:
            # With an id the next try finds out; without one nobody can.
            if command.id is None or last:
                raise _unknown() from None
        except Passing:
            if last:
                raise Unavailable(
                    "busy", "The database is busy or away; repeat with the same command_id."
                ) from None
        except Unavailable:
            raise
        except ChassisError:
            # The same command may have committed meanwhile, on another replica: then that is the answer.
            try:
                stored = _find(runtime, command)
            except Passing:
                raise _unknown() from None
            if stored is not None:
                return stored
            raise
        runtime.before_another_try(attempt, command.call)
    raise AssertionError("the last try returns or raises")


def _unknown() -> Unavailable:
    return Unavailable(
        "outcome_unknown", "It is not known whether this took effect; repeat with the same command_id."
    )


def _try(runtime: "Runtime", command: Command) -> dict[str, Any]:
    operation, values = command.operation, dict(command.values)
    if operation.gather:
        stored = _find(runtime, command)
        if stored is not None:
            return stored  # before asking anybody: a repeat needs nobody else to be up
        with runtime.asking(command.call):
            values["gathered"] = operation.gather(command.call, values)
    if runtime.together is not None and runtime.together.suits(operation.name):
        try:
            return _with_receipts(runtime, operation, runtime.together.carry_out(command, values))
        except Lost:
            raise _OutcomeUnknown from None
        except Alone:
            pass
    return _alone(runtime, command, values)


def _alone(runtime: "Runtime", command: Command, values: dict[str, Any]) -> dict[str, Any]:
    """One command in a transaction of its own."""
    operation = command.operation
    committing = False
    try:
        with runtime.known_errors(), runtime.database.transaction() as connection:
            stored = _look_up(runtime, connection, command)
            if stored is not None:
                return stored
            tx = Transaction(runtime, connection, command.call, command.id)
            reply = operation.reply(operation.run(command.service, tx, **values))
            _write(runtime, connection, [(tx, command, reply)])
            committing = True
    except Passing:
        if committing:
            raise _OutcomeUnknown from None
        raise
    if reply["events"]:
        runtime.committed()
    return _with_receipts(runtime, operation, reply)


def together(runtime: "Runtime") -> Together:
    """Lets commands that arrive together share a transaction; for a process that runs on the hub."""
    return Together(runtime, look_up=_known, write=partial(_write, runtime))


def _known(connection: Connection, commands: Sequence[Command]) -> set[UUID]:
    """Which of these took effect before."""
    rows = connection.execute(
        "SELECT command FROM command WHERE command = ANY(%s)", ([each.id for each in commands if each.id],)
    )
    return {row["command"] for row in rows}


_WRITE = f"""
    WITH facts AS ({INSERT_FACTS})
    INSERT INTO command (command, actor, method, body_hmac, reply, at)
    SELECT command, actor, method, decode(body_hmac, 'hex'), reply, at
    FROM json_to_recordset(%(records)s::json)
         AS record(command uuid, actor text, method text, body_hmac text, reply jsonb, at timestamptz)
"""  # noqa: S608 - two constants


def _write(runtime: "Runtime", connection: Connection, done: Sequence[Written]) -> None:
    """Write facts and audit records, in one statement; a record has the reply but for its receipt codes."""
    facts: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for tx, command, reply in done:
        own = tx.take_facts()
        facts += own
        reply["events"] = [fact["event"] for fact in own]
        reply["command_id"] = str(tx.command)
        reply["repeatable"] = command.repeatable
        receipts = command.operation.receipts
        kept = {name: value for name, value in reply.items() if name not in receipts} if receipts else reply
        records.append(
            {
                "command": reply["command_id"],
                "actor": tx.actor.subject,
                "method": command.operation.name,
                "body_hmac": command.hmac(runtime.settings.command_key).hex(),
                "reply": kept,
                "at": tx.now.isoformat(),
            }
        )
    connection.execute(_WRITE, {"facts": json.dumps(facts), "records": json.dumps(records)})


def _find(runtime: "Runtime", command: Command) -> dict[str, Any] | None:
    if command.id is None:
        return None
    with runtime.known_errors(), runtime.database.transaction() as connection:
        return _look_up(runtime, connection, command)


def _look_up(runtime: "Runtime", connection: Connection, command: Command) -> dict[str, Any] | None:
    """The reply of a command that took effect before; `Conflict` when its id stands for something else."""
    if command.id is None:
        return None
    row = connection.execute(
        "SELECT actor, method, body_hmac, reply FROM command WHERE command = %s", (command.id,)
    ).fetchone()
    if row is None:
        return None
    same = row["actor"] == command.call.actor.subject and row["method"] == command.operation.name
    if not same or not hmac.compare_digest(
        bytes(row["body_hmac"]), command.hmac(runtime.settings.command_key)
    ):
        raise Conflict(
            "command_id_taken", "This command_id already stands for another command; use a new one."
        )
    return _with_receipts(runtime, command.operation, row["reply"])


def _with_receipts(runtime: "Runtime", operation: Operation, reply: dict[str, Any]) -> dict[str, Any]:
    for name, purpose in operation.receipts.items():
        reply[name] = receipt_code(runtime.settings.command_key, UUID(reply["command_id"]), purpose)
    return reply
