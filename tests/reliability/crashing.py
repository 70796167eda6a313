"""A service as a process that dies, dawdles or misjudges the time exactly where the harness says so.

`python -m reliability.crashing run` is `python -m <service> run` with psycopg and amqp wrapped, in this process alone:
the services and the chassis hold no hook of it, so that nothing can set one off where they really run.

The harness arms a point by making a file of its name in `FAULTS_DIRECTORY`; the first process that reaches the point
takes the file away, `<name>.reached`, and is dead before its next instruction.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

# What tells, among the statements of a transaction, which kind of transaction it is.
_STATEMENTS = re.compile(
    r"(?P<command>INSERT\s+INTO\s+command\b)"
    r"|(?P<handler>UPDATE\s+stream_position\s+SET\s+log\b)"
    r"|(?P<deadline>UPDATE\s+deadline\s+SET\s+fired_at\b)"
    r"|(?P<relay>UPDATE\s+log_head\s+SET\s+position\b)"
    r"|(?P<marking>UPDATE\s+log_head\s+SET\s+published\b)"
    r"|(?P<day_close>INSERT\s+INTO\s+closed_day\b)"
    r"|(?P<rebuild>INSERT\s+INTO\s+figures_progress\b)"
)

# Died at once on reaching these statements; the others at the commit of their transaction, before or after it.
_AT_STATEMENT = {
    "relay": "relay_before_commit",
    "marking": "relay_before_marking",
    "day_close": "day_close",
    "rebuild": "rebuild",
}
POINTS = (
    "command_before_commit",
    "command_after_commit",
    "relay_before_commit",
    "relay_before_publish",
    "relay_before_confirm",
    "relay_before_marking",
    "handler_before_commit",
    "handler_after_commit",
    "deadline_before_commit",
    "day_close",
    "rebuild",
)
SLOW, CLOCK, POISON = "slow_commit", "clock", "poison"


class Points:
    """The points that the harness has armed for this process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def die_at(self, name: str) -> None:
        """Die here and now, by the signal that nothing can catch, if this point is armed."""
        if self.take(name) is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    def take(self, name: str) -> str | None:
        """What an armed point says, to whoever reaches it first; None where it is not armed."""
        armed = self._directory / name
        try:
            said = armed.read_text()
            armed.rename(armed.with_name(f"{name}.reached"))
        except FileNotFoundError:
            return None
        return said

    def read(self, name: str) -> str | None:
        try:
            return (self._directory / name).read_text()
        except FileNotFoundError:
            return None

    def write(self, name: str, said: str) -> None:
        fresh = self._directory / f"{name}.{os.getpid()}"
        fresh.write_text(said)
        fresh.replace(self._directory / name)


def wrap_database(points: Points) -> None:
    """Watch what each transaction does, and how it ends."""
    import psycopg

    execute, commit, rollback = (
        psycopg.Connection.execute,
        psycopg.Connection.commit,
        psycopg.Connection.rollback,
    )

    def watched_execute(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        found = _STATEMENTS.search(query) if isinstance(query, str) else None
        if found is not None and (kind := found.lastgroup):
            if kind in _AT_STATEMENT:
                points.die_at(_AT_STATEMENT[kind])
            else:
                self.__dict__.setdefault("_kinds", set()).add(kind)
        return execute(self, query, *args, **kwargs)

    def watched_commit(self: Any) -> None:
        kinds = self.__dict__.pop("_kinds", set())
        for kind in kinds:
            points.die_at(f"{kind}_before_commit")
        if "command" in kinds and (seconds := points.take(SLOW)):
            time.sleep(float(seconds))  # of this greenlet: what others commit meanwhile overtakes it
        commit(self)
        for kind in kinds:
            points.die_at(f"{kind}_after_commit")

    def watched_rollback(self: Any) -> None:
        self.__dict__.pop("_kinds", None)
        rollback(self)

    psycopg.Connection.execute = watched_execute  # type: ignore[method-assign]
    psycopg.Connection.commit = watched_commit  # type: ignore[method-assign]
    psycopg.Connection.rollback = watched_rollback  # type: ignore[method-assign]


def wrap_broker(points: Points) -> None:
    """Watch what is published: events go to exchanges of their own."""
    from amqp import Channel

    publish = Channel._basic_publish

    def watched(self: Any, msg: Any, exchange: str = "", *args: Any, **kwargs: Any) -> Any:
        of_relay = exchange.endswith(".events")
        if of_relay:
            points.die_at("relay_before_publish")
        done = publish(self, msg, exchange, *args, **kwargs)
        if of_relay:
            points.die_at("relay_before_confirm")
        return done

    Channel._basic_publish = Channel.basic_publish = watched


def wrap_clock(points: Points) -> None:
    """Let this process's time of day be off by what the harness says; before anybody has taken `time.time`."""
    real, real_ns = time.time, time.time_ns
    looked, off = -1.0, 0.0

    def offset() -> float:
        nonlocal looked, off
        if time.monotonic() - looked > 0.1:
            looked, off = time.monotonic(), float(points.read(CLOCK) or 0)
        return off

    time.time = lambda: real() + offset()
    time.time_ns = lambda: real_ns() + int(offset() * 1e9)

    from datetime import timedelta

    from chassis.clock import Clock

    now = Clock.now
    Clock.now = lambda self: now(self) + timedelta(seconds=offset())  # type: ignore[method-assign]


def wrap_handlers(points: Points) -> None:
    """Have one event, the next one that comes, kill every process that applies it, until the harness relents."""
    from chassis.stream import Stream

    apply = Stream.apply

    def watched(self: Any, tx: Any, events: Any) -> None:
        poison = points.read(POISON)
        if poison is not None:
            if not poison:
                poison = events[0].id
                points.write(POISON, poison)
            if any(event.id == poison for event in events):
                os.kill(os.getpid(), signal.SIGKILL)
        apply(self, tx, events)

    Stream.apply = watched  # type: ignore[method-assign]


def main() -> None:
    points = Points(Path(os.environ["FAULTS_DIRECTORY"]))
    if sys.argv[1:] == ["rebuild"]:
        wrap_database(points)
        rebuild: Callable[[], int] = import_module("reports.versions.rebuild").main
        raise SystemExit(rebuild())
    from chassis import hub

    hub.prepare()
    wrap_clock(points)
    wrap_database(points)
    wrap_broker(points)
    wrap_handlers(points)
    if planted := os.environ.get("FAULTS_PLANTED"):
        from reliability import planted_bugs

        planted_bugs.plant(planted)
    from chassis.console import main as serve

    serve(os.environ["FAULTS_SERVICE"])


if __name__ == "__main__":
    main()
