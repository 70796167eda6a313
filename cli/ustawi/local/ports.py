"""Ports on the loopback address: chosen once, written down, and kept over restarts."""

import hashlib
import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from ustawi.local.errors import LocalError
from ustawi.local.waiting import until

HOST = "127.0.0.1"
# Below the range from which the kernel takes ports for outgoing connections, which could be in the way.
FIRST, LAST = 20000, 32000


def settle(file: Path, names: Iterable[str]) -> dict[str, int]:
    """The port of each name: as written in `file`, else a free one that is then written there.

    The search starts at a place made from the path of `file`, so two checkouts start far apart and the
    same checkout finds the same ports again even when the file was lost. Call it under the directory's lock.
    """
    ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in names if name not in ports]
    if missing:
        for name, port in zip(missing, _free_ports(file, set(ports.values())), strict=False):
            ports[name] = port
        write(file, ports)
    return ports


def move(file: Path, names: Iterable[str]) -> dict[str, int]:
    """Choose new ports for those of `names` whose port another program has taken meanwhile."""
    ports: dict[str, int] = json.loads(file.read_text())
    taken = [name for name in names if name in ports and not is_free(ports[name])]
    for name in taken:
        del ports[name]
    write(file, ports)
    return settle(file, taken)


def write(file: Path, ports: dict[str, int]) -> None:
    """Replace `file` in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(ports, indent=2) + "\n")
    os.replace(new, file)


def is_free(port: int) -> bool:
    """True when nothing listens on the port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a port in TIME_WAIT from our own last run counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_free(port: int, owner: str, seconds: float = 10) -> None:
    """Wait until nothing listens on the port: a killed server's sockets outlive it by a moment."""
    until(
        lambda: is_free(port),
        seconds,
        f"port {port}, which is {owner}'s here, was not given up by another program",
    )


def _free_ports(file: Path, used: set[int]) -> Iterable[int]:
    span = LAST - FIRST
    start = int.from_bytes(hashlib.sha256(str(file.resolve()).encode()).digest()[:4]) % span
    for step in range(span):
        port = FIRST + (start + step) % span
        if port not in used and is_free(port):
            yield port
    raise LocalError(f"no free port between {FIRST} and {LAST}")
