"""The cooperative ground under a running service: eventlet first, and psycopg waiting on its hub.

`prepare()` must run before anything else is imported: a module that took the plain `socket` keeps it. psycopg's
own C wait blocks the whole process, and worse: greenlet A holds a row's lock and yields, greenlet B waits for
that row inside C, and neither moves again. So psycopg is told to wait on the hub, before the first connection.
"""

import os
import warnings
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any

from greenlet import getcurrent  # knows no socket, so it may come before the patching


def prepare() -> None:
    """Patch the standard library and psycopg for cooperative waiting; idempotent."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"  # never the C wait, should our own ever be missed
    warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
    _keep_no_names()

    import psycopg.waiting

    psycopg.waiting.wait = wait_on_hub
    assert_cooperative()


def _keep_no_names() -> None:
    """Ask for a host's address at every connection.

    Eventlet's resolver keeps an answer for as long as it says, and docker says ten minutes: a broker or database that
    came back at another address would be away for as long. Connections are few, so that nothing is gained by keeping.
    """
    from eventlet.support import greendns

    class Names(greendns.ResolverProxy):
        def clear(self) -> None:
            super().clear()
            self._resolver.cache = None

    greendns.resolver = Names(hosts_resolver=greendns.HostsResolver())


def assert_cooperative() -> None:
    """Refuse to start on a ground that would block or deadlock."""
    import psycopg.connection
    import psycopg.waiting

    # psycopg calls `waiting.wait` through the module, so that one name is what counts.
    if psycopg.waiting.wait is not wait_on_hub or psycopg.connection.waiting is not psycopg.waiting:
        raise RuntimeError("psycopg does not wait on the hub: chassis.hub.prepare() must run first")


# The server cancels a statement after 15 s and says so; who says nothing for longer is not there any more.
SILENCE = 20.0  # seconds
_LOOK_EVERY = 1.0

# Sockets that a greenlet waits for without a time-out of its own: since when, and who.
_waiting: dict[int, tuple[float, Any]] = {}
_watched = False


class _Woken(BaseException):
    """The interval passed and the socket is still not ready."""


def wait_on_hub(gen: Any, fileno: int, interval: float = 0.0, timeout: float | None = None) -> Any:
    """Drive a psycopg generator, giving way to other greenlets whenever its socket is not ready.

    Keeps the contract of `psycopg.waiting.wait`: `gen` yields what it waits for and is sent what is ready; past
    `timeout` seconds psycopg's own time-out is raised. Without one it is not woken every `interval` seconds, for
    which a timer would have to be set and taken back at each round trip: one watch for all sockets tells silence.
    """
    ready_none, ready_read, ready_write, wait_read, wait_write, trampoline = _words()
    deadline = monotonic() + timeout if timeout is not None else None
    try:
        wanted = next(gen)
        while True:
            if wanted != wait_read and wanted != wait_write:
                # The hub watches one direction a call; a full send buffer is rare.
                left = 0.1 if deadline is None else max(0.0, min(0.1, deadline - monotonic()))
                ready = _either(fileno, left)
            elif deadline is None:
                _watch(fileno)
                try:
                    trampoline(fileno, read=wanted == wait_read, write=wanted == wait_write)
                finally:
                    _waiting.pop(fileno, None)
                ready = ready_read if wanted == wait_read else ready_write
            else:
                ready = ready_read if wanted == wait_read else ready_write
                left = max(0.0, min(max(interval, 0.0005), deadline - monotonic()))
                try:
                    trampoline(
                        fileno,
                        read=wanted == wait_read,
                        write=wanted == wait_write,
                        timeout=left,
                        timeout_exc=_Woken,
                    )
                except _Woken:
                    ready = ready_none
            wanted = gen.send(ready)
            if deadline is not None and monotonic() >= deadline:
                from psycopg.errors import _WaitTimeout

                raise _WaitTimeout("wait timeout expired")
    except StopIteration as done:
        return done.value


@cache
def _words() -> tuple[Any, ...]:
    """What may be imported only once the ground is prepared."""
    from eventlet.hubs import trampoline
    from psycopg.waiting import Ready, Wait

    return Ready.NONE, Ready.R, Ready.W, Wait.R, Wait.W, trampoline


def _watch(fileno: int) -> None:
    global _watched
    _waiting[fileno] = monotonic(), getcurrent()
    if not _watched:
        _watched = True
        import eventlet

        eventlet.spawn_after(_LOOK_EVERY, _hang_up_the_silent)


def _hang_up_the_silent() -> None:
    """Libpq sees the end of the line then, and tells it as it tells every lost connection."""
    global _watched
    import eventlet

    now = monotonic()
    for fileno, (since, waiter) in list(_waiting.items()):
        if now - since > SILENCE + 3 * _LOOK_EVERY:  # a socket that was closed under it wakes nobody
            eventlet.hubs.get_hub().schedule_call_global(0, waiter.throw, OSError("the connection is gone"))
        elif now - since > SILENCE:
            _hang_up(fileno)
    _watched = bool(_waiting)
    if _watched:
        eventlet.spawn_after(_LOOK_EVERY, _hang_up_the_silent)


def _either(fileno: int, pause: float) -> Any:
    import select  # eventlet's green one: waits on the hub

    from psycopg.waiting import Ready

    readable, writable, _ = select.select([fileno], [fileno], [], pause)
    if readable and writable:
        return Ready.RW
    return Ready.R if readable else Ready.W if writable else Ready.NONE


def _hang_up(fileno: int) -> None:
    import socket  # not at the top: it must be the patched one

    with suppress(OSError), socket.socket(fileno=os.dup(fileno)) as line:
        line.shutdown(socket.SHUT_RDWR)
