"""The cooperative ground under a running service: eventlet first, and psycopg waiting on its hub.

`prepare()` must run before anything else is imported: a module that took the plain `socket` keeps it. psycopg's
own C wait blocks the whole process, and worse: greenlet A holds a row's lock and yields, greenlet B waits for
that row inside C, and neither moves again. So psycopg is told to wait on the hub, before the first connection.
"""

import os
import warnings
from contextlib import suppress
from time import monotonic
from typing import Any


def prepare() -> None:
    """Patch the standard library and psycopg for cooperative waiting; idempotent."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"  # never the C wait, should our own ever be missed
    warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()

    import psycopg.waiting

    psycopg.waiting.wait = wait_on_hub
    assert_cooperative()


def assert_cooperative() -> None:
    """Refuse to start on a ground that would block or deadlock."""
    import psycopg.connection
    import psycopg.waiting

    # psycopg calls `waiting.wait` through the module, so that one name is what counts.
    if psycopg.waiting.wait is not wait_on_hub or psycopg.connection.waiting is not psycopg.waiting:
        raise RuntimeError("psycopg does not wait on the hub: chassis.hub.prepare() must run first")


# The server cancels a statement after 15 s and says so; who says nothing for longer is not there any more.
SILENCE = 20.0  # seconds


class _Woken(BaseException):
    """The interval passed and the socket is still not ready."""


def wait_on_hub(gen: Any, fileno: int, interval: float = 0.0, timeout: float | None = None) -> Any:
    """Drive a psycopg generator, giving way to other greenlets whenever its socket is not ready.

    Keeps the contract of `psycopg.waiting.wait`: `gen` yields what it waits for and is sent what is ready; it is
    woken every `interval` seconds with `READY_NONE`; past `timeout` seconds psycopg's own time-out is raised.
    """
    from eventlet.hubs import trampoline
    from psycopg.errors import _WaitTimeout
    from psycopg.waiting import Ready, Wait

    deadline = monotonic() + timeout if timeout is not None else None
    silent_since = monotonic()
    try:
        wanted = next(gen)
        while True:
            pause = max(interval, 0.0005)
            if deadline is not None:
                pause = max(0.0, min(pause, deadline - monotonic()))
            if wanted == Wait.RW:  # the hub watches one direction a call; a full send buffer is rare
                ready = _either(fileno, pause)
            else:
                ready = Ready.R if wanted == Wait.R else Ready.W
                try:
                    trampoline(
                        fileno,
                        read=wanted == Wait.R,
                        write=wanted == Wait.W,
                        timeout=pause,
                        timeout_exc=_Woken,
                    )
                except _Woken:
                    ready = Ready.NONE
            if ready == Ready.NONE and monotonic() - silent_since > SILENCE:
                _hang_up(
                    fileno
                )  # libpq sees the end of the line and tells it as it tells every lost connection
            wanted = gen.send(ready)
            if deadline is not None and monotonic() >= deadline:
                raise _WaitTimeout("wait timeout expired")
    except StopIteration as done:
        return done.value


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
