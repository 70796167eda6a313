"""Services as processes of their own, as operations run them, for tests that kill, stop and freeze them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def eventually(holds: Callable[[], Any], within: float = 20, what: str = "") -> Any:
    """Wait until `holds()` gives something true, and return it."""
    until = time.monotonic() + within
    while True:
        got = holds()
        if got:
            return got
        if time.monotonic() > until:
            raise AssertionError(f"not within {within} s: {what or holds}")
        time.sleep(0.02)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningService:
    """One process of a service: `python -m <module> run`."""

    def __init__(self, module: str, env: Mapping[str, str], directory: Path, port: int) -> None:
        self.module, self.port = module, port
        self.log = directory / f"{module}-{port}.log"
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV_"))},
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]),
            **env,
            "OPS_PORT": str(port),
            "LOG_LEVEL": "info",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> "RunningService":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "run"], env=self._env, stdout=log, stderr=log
            )
        if wait:
            self.until_ready()
        return self

    def until_ready(self) -> None:
        try:
            eventually(self.ready, 40, f"{self.module} ready")
        except AssertionError:
            raise AssertionError(f"{self.module} is not ready:\n{self.log.read_text()[-3000:]}") from None

    def ready(self) -> bool:
        return self.get("/ready")[0] == 200

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float:
        """The value of one metric line, labels and all; 0 where it is not told."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, within: float = 20) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.send(signal.SIGTERM)
        return self.process.wait(within)

    def kill(self) -> None:
        """kill -9, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
