"""A process is known by pid and start time, and only that one is ever ended."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ustawi.local import processes
from ustawi.local.errors import LocalError
from ustawi.local.waiting import until

WAIT = "print('up', flush=True); import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"
WITH_CHILD = f"import subprocess; subprocess.Popen(['sleep', '60']); {WAIT}"

Start = Callable[[str], processes.Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = []

    def start(code: str) -> processes.Process:
        log = tmp_path / "log"
        process = processes.start(
            [sys.executable, "-c", code],
            pid_file=tmp_path / "pid",
            log=log,
            environment={"PATH": "/usr/bin:/bin"},
        )
        started.append(process)
        until(lambda: b"up" in log.read_bytes() or not process.alive(), 20, "it said nothing")
        return process

    yield start
    for process in started:
        processes.stop(process, 0)


def test_a_process_is_found_by_its_pid_file_until_it_ends(start: Start, tmp_path: Path) -> None:
    process = start("print('up', flush=True); input()")
    until(lambda: not process.alive(), 20, "it went on without input")
    assert processes.find(tmp_path / "pid") is None


def test_a_running_process_is_found_by_its_pid_file(start: Start, tmp_path: Path) -> None:
    process = start(WAIT)
    assert processes.find(tmp_path / "pid") == process
    assert processes.stop(process, 10)
    assert processes.find(tmp_path / "pid") is None


def test_a_pid_that_belongs_to_another_process_now_is_not_ours(tmp_path: Path) -> None:
    me = processes.identify(os.getpid())
    assert me is not None
    (tmp_path / "pid").write_text(json.dumps({"pid": me.pid, "started": "another boot/1"}))
    assert processes.find(tmp_path / "pid") is None
    other = processes.Process(me.pid, "another boot/1")
    assert not other.alive()
    assert processes.session_of(other) == []
    processes.stop(other, 1)  # would have ended this very test run


@pytest.mark.parametrize("broken", ["", "{", "17", '{"pid": 1}'])
def test_a_broken_pid_file_names_nobody(tmp_path: Path, broken: str) -> None:
    (tmp_path / "pid").write_text(broken)
    assert processes.find(tmp_path / "pid") is None


def test_a_process_that_does_not_listen_is_killed_after_its_time(start: Start) -> None:
    process = start(STUBBORN)
    assert not processes.stop(process, 0.3)
    assert not process.alive()


def test_what_a_process_started_ends_with_it(start: Start) -> None:
    process = start(WITH_CHILD)
    (child,) = processes.session_of(process)
    processes.stop(process, 10)
    until(lambda: not child.alive(), 10, "the child lived on")


def test_a_process_has_a_session_of_its_own(start: Start) -> None:
    process = start(WAIT)
    assert os.getsid(process.pid) == process.pid != os.getsid(0)


def test_a_zombie_counts_as_ended() -> None:
    child = subprocess.Popen(["true"])
    until(lambda: processes.identify(child.pid) is None, 10, "it still counted as running")
    child.wait()


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot start /no/such/program"):
        processes.start(["/no/such/program"], pid_file=tmp_path / "pid", log=tmp_path / "log", environment={})


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_LIMIT", 3)
    (tmp_path / "log").write_text("long")
    process = processes.start(["true"], pid_file=tmp_path / "pid", log=tmp_path / "log", environment={})
    until(lambda: not process.alive(), 10, "it did not end")
    assert (tmp_path / "log.1").read_text() == "long"
    assert (tmp_path / "log").read_text() == ""
