"""Commands that arrive together share one transaction, and so one commit, one look-up and one write of the outbox.

Each has a savepoint of its own, and its deferred checks run before that savepoint is released, so a command that
fails takes nothing of its neighbours with it. One group is at work at a time, so that two never wait for each
other's rows; one that is held up by somebody else's lock lets the next begin beside it. Replies go out after the
commit: also a refusal, since it may rest on what a neighbour wrote. When the commit fails, each is carried out
alone; when nobody knows what became of it, each finds its own record with the next try.

Commands whose method has lately been slow go alone: nobody waits long for a neighbour.
"""

from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID

import eventlet
import psycopg
from eventlet.event import Event as Signal
from psycopg.rows import DictRow

from chassis import metrics
from chassis.database import Connection
from chassis.errors import ChassisError
from chassis.transaction import Transaction

if TYPE_CHECKING:
    from chassis.once import Command
    from chassis.runtime import Runtime

MOST = 64  # commands in one transaction
PATIENCE = 0.1  # seconds after which a group takes no more, and another begins with what waits behind it
SLOW = 0.05  # seconds of one command, as its method lately took, from which on it goes alone

OPEN = "SAVEPOINT one"
# Its own deferred checks now, not its neighbours'; the same round trip opens the next.
SETTLE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; RELEASE SAVEPOINT one; SAVEPOINT one"
UNDO = "ROLLBACK TO SAVEPOINT one"


class Alone(Exception):
    """Carry this command out alone: nothing of it has happened."""


class Lost(Exception):
    """The connection broke while the group committed: nobody knows what became of it."""


@dataclass(slots=True, eq=False)
class _Waiting:
    command: "Command"
    values: dict[str, Any]
    context: Context  # of its caller, so that what it logs names its call
    answered: Signal = field(default_factory=Signal)
    reply: dict[str, Any] | None = None
    tx: Transaction | None = None
    error: Exception | None = None


@dataclass(slots=True, eq=False)
class _Group:
    began: float = field(default_factory=monotonic)
    ahead: deque[_Waiting] = field(default_factory=deque)  # looked up, not yet carried out
    members: list[_Waiting] = field(default_factory=list)  # carried out, not yet committed


Written = tuple[Transaction, "Command", dict[str, Any]]


class Together:
    """Gathers commands of one process into groups; each caller waits in `carry_out` for its own outcome."""

    def __init__(
        self,
        runtime: "Runtime",
        *,
        look_up: Callable[[Connection, list["Command"]], set[UUID]],
        write: Callable[[Connection, list[Written]], None],
    ) -> None:
        self._runtime = runtime
        self._look_up, self._write = look_up, write
        self._waiting: deque[_Waiting] = deque()
        self._at_work: list[_Group] = []
        self._took: dict[str, float] = {}  # by method, how long one command lately took
        self._watched = False  # somebody will look again whether a group is held up

    def suits(self, method: str) -> bool:
        """Whether commands of this method are quick enough to share a transaction."""
        took = self._took.get(method, 0.0)
        if took > SLOW:
            self._took[method] = took * 0.98  # forgiven in time, and tried again
        return took <= SLOW

    def carry_out(self, command: "Command", values: dict[str, Any]) -> dict[str, Any]:
        """The reply, once it is committed; raises the command's own error, `Alone` or `Lost`."""
        me = _Waiting(command, values, copy_context())
        self._waiting.append(me)
        self._start()
        me.answered.wait()
        if me.error is not None:
            raise me.error
        assert me.reply is not None
        return me.reply

    def _start(self) -> None:
        """Begin a group unless one is at work; one that is held up does not count, nor keeps who waits behind it."""
        now = monotonic()
        moving = False
        for group in self._at_work:
            if now - group.began < PATIENCE:
                moving = True
            else:
                self._waiting.extendleft(reversed(group.ahead))
                group.ahead.clear()
        if self._waiting and not moving:
            group = _Group()
            self._at_work.append(group)
            eventlet.spawn_n(self._run, group)
        elif self._at_work and not self._watched:
            self._watched = True
            eventlet.spawn_after(PATIENCE, self._look_again)

    def _look_again(self) -> None:
        self._watched = False
        self._start()

    def _run(self, group: _Group) -> None:
        try:
            self._one_transaction(group)
        except ChassisError as error:  # no connection to be had, for instance
            self._tell_all(group, error)
        except Exception:
            self._tell_all(group, Alone())
        finally:
            self._at_work.remove(group)
            self._tell_all(group, Alone())
            self._start()

    @staticmethod
    def _tell_all(group: _Group, error: Exception) -> None:
        for each in (*group.members, *group.ahead):
            if not each.answered.ready():
                each.reply, each.error = None, error
                each.answered.send()

    def _one_transaction(self, group: _Group) -> None:
        committing = False
        try:
            with self._runtime.database.transaction() as connection:
                self._fill(connection, group)
                done = [
                    (each.tx, each.command, each.reply)
                    for each in group.members
                    if each.tx and each.reply is not None
                ]
                if done:
                    self._write(connection, done)
                committing = True
        except psycopg.Error as error:
            if committing and _unknown(error):
                self._tell_all(group, Lost())
            raise
        metrics.COMMANDS_TOGETHER.observe(len(group.members))
        if any(reply["events"] for _, _, reply in done):
            self._runtime.committed()
        for each in group.members:
            each.answered.send()

    def _fill(self, connection: Connection, group: _Group) -> None:
        """Carry out what waits, until there is no more, the group is full or has taken long enough."""
        until = group.began + PATIENCE
        ids: set[UUID | None] = set()
        with connection.cursor() as cursor:
            cursor.execute(OPEN, prepare=False)
            while self._waiting and len(group.members) < MOST and monotonic() < until:
                room = min(len(self._waiting), MOST - len(group.members))
                taken = sorted((self._waiting.popleft() for _ in range(room)), key=_rows)
                group.ahead.extend(taken)
                stored = self._look_up(connection, [each.command for each in taken])
                while group.ahead:
                    each = group.ahead.popleft()
                    group.members.append(each)
                    id = each.command.id
                    if id is not None and (id in stored or id in ids):
                        each.error = Alone()  # there the record of its first time is found and judged
                    else:
                        ids.add(id)
                        self._carry_out(cursor, each)

    def _carry_out(self, cursor: psycopg.Cursor[DictRow], each: _Waiting) -> None:
        method, began = each.command.operation.name, monotonic()
        try:
            each.reply = each.context.run(self._perform, cursor.connection, each)
            cursor.execute(SETTLE, prepare=False)
        except Exception as error:
            if cursor.connection.broken:
                raise
            each.reply, each.tx = None, None
            each.error = error if isinstance(error, ChassisError) else Alone()
            cursor.execute(UNDO, prepare=False)
        took = monotonic() - began
        self._took[method] = self._took.get(method, took) * 0.8 + took * 0.2

    def _perform(self, connection: Connection, each: _Waiting) -> dict[str, Any]:
        command = each.command
        with self._runtime.known_errors():
            each.tx = Transaction(self._runtime, connection, command.call, command.id)
            return command.operation.reply(command.operation.run(command.service, each.tx, **each.values))


def _rows(each: _Waiting) -> list[str]:
    """What tells which rows a command will lock: taken in one order everywhere, they make no deadlock."""
    return [str(value) for _, value in sorted(each.command.values.items()) if isinstance(value, UUID)]


def _unknown(error: psycopg.Error) -> bool:
    """Whether a failed commit may have happened all the same: the server said nothing, or that it goes away."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
