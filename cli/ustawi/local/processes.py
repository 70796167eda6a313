"""Processes that outlive the command that started them, known by pid and start time."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ustawi.local.accounts import Account
from ustawi.local.errors import LocalError
from ustawi.local.waiting import until

LOG_LIMIT = 20 * 1024 * 1024  # bytes; a longer log is put aside at the next start

# Popen objects of our own children: kept so that they can be reaped, and never collected while they run.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Process:
    """One process for its whole life: a pid alone may belong to another process later."""

    pid: int
    started: str  # boot id and start time in clock ticks since that boot

    def alive(self) -> bool:
        """True while it runs; a zombie that waits for its parent counts as ended."""
        return identify(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to exactly this process; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            try:
                # The handle holds on to whoever has the pid now: only then is the look at it worth something.
                if self.alive():
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def identify(pid: int) -> Process | None:
    """The process that has this pid now, or None."""
    if child := _children.get(pid):
        child.poll()
    status = _stat(pid)
    if status is None or status[0] in "ZX":
        return None
    return Process(pid, f"{_boot()}/{status[19]}")


def find(pid_file: Path) -> Process | None:
    """The process noted in `pid_file` while it still runs, else None."""
    try:
        note = json.loads(pid_file.read_text())
        process = Process(note["pid"], note["started"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return process if process.alive() else None


def start(
    command: Sequence[str | Path],
    *,
    pid_file: Path,
    log: Path,
    environment: Mapping[str, str],
    directory: Path | None = None,
    account: Account | None = None,
) -> Process:
    """Start `command` in a session of its own, its output appended to `log`, and note it in `pid_file`.

    Raises LocalError when the program cannot be started at all; the caller asks whether it gets ready.
    """
    for folder in {pid_file.parent, log.parent}:
        folder.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        os.replace(log, log.with_name(log.name + ".1"))
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
                **(account.for_popen() if account else {}),
            )
        except OSError as error:
            raise LocalError(f"cannot start {command[0]}: {error.strerror}") from error
    _children[child.pid] = child
    # A program that ended at once is still our child, so its pid is not anyone else's.
    status = _stat(child.pid)
    process = Process(child.pid, f"{_boot()}/{status[19] if status else 0}")
    note(process, pid_file)
    return process


def note(process: Process, pid_file: Path) -> None:
    """Write the pid file in one step."""
    new = pid_file.with_name(pid_file.name + ".new")
    new.write_text(json.dumps({"pid": process.pid, "started": process.started}) + "\n")
    os.replace(new, pid_file)


def stop(process: Process, seconds: float, gently: signal.Signals = signal.SIGTERM) -> bool:
    """End the process and what is left of its session; True when it ended by itself within `seconds`."""
    process.signal(gently)
    try:
        until(lambda: not process.alive(), seconds, f"process {process.pid} did not end")
        graceful = True
    except LocalError:
        graceful = False
        process.signal(signal.SIGKILL)
        until(lambda: not process.alive(), 10, f"process {process.pid} did not end even when killed")
    for left in session_of(process):
        left.signal(signal.SIGKILL)
    _children.pop(process.pid, None)
    return graceful


def session_of(leader: Process) -> list[Process]:
    """The processes, without the leader, that still belong to the session that `leader` was started in.

    A pid is not given out again while a session has its number, so another process under the leader's pid
    means that the session is gone.
    """
    now = identify(leader.pid)
    if now is not None and now != leader:
        return []
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == leader.pid:
            continue
        status = _stat(int(entry))
        if status is not None and int(status[3]) == leader.pid and (member := identify(int(entry))):
            found.append(member)
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat from the state on: state, ppid, pgrp, session, ... starttime at 19."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()  # the name before it may hold blanks and brackets


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
