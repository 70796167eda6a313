"""Where the system is: its broker, the office's key, and the operators' door of each process."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ustawi.local.errors import LocalError
from ustawi.local.system import PARTS, ROOT, read_env

LOCAL = ROOT / ".run" / "env"
PROCESSES = tuple(part.name for part in PARTS)
_PATIENCE = 8.0  # seconds: a process that has lost its database takes a few to find out


@dataclass(frozen=True)
class Answer:
    """What a process told at its door; `status` 0 when it did not answer."""

    status: int
    body: Mapping[str, Any]
    at: float | None = None  # its clock, in epoch seconds


@dataclass(frozen=True)
class Reach:
    """The way to one system."""

    amqp_uri: str
    office_key: Path
    doors: Mapping[str, str]  # process -> http://host:port
    env_file: Path | None = None  # of a system on this machine; None inside a container

    @classmethod
    def find(cls, env_file: Path, given: Mapping[str, str] = os.environ) -> "Reach":
        """By the environment where AMQP_URI and OFFICE_KEY_FILE are given (as in a container), else by a file."""
        contained = inside(given)
        where = given if contained else read_env(env_file)
        try:
            return cls(
                where["AMQP_URI"],
                Path(where["OFFICE_KEY_FILE"]),
                {
                    name: where.get(_door(name)) or f"http://{name}:8000"
                    for name in PROCESSES
                    if contained or where.get(_door(name))
                },
                None if contained else env_file,
            )
        except KeyError as error:
            raise LocalError(f"{env_file} lacks {error.args[0]}: run `make up` again") from None

    @property
    def contained(self) -> bool:
        """Whether this runs inside a container, from where no one-shot of a service can be started."""
        return self.env_file is None

    def look(self, process: str, path: str) -> Answer:
        """Ask a process's door."""
        door = urlsplit(self.doors[process])
        connection = HTTPConnection(door.hostname or "", door.port or 80, timeout=_PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            date = answer.getheader("Date")
            at = parsedate_to_datetime(date).timestamp() if date else None
            return Answer(answer.status, told if isinstance(told, dict) else {}, at)
        except (OSError, HTTPException, ValueError):
            return Answer(0, {})
        finally:
            connection.close()


def inside(given: Mapping[str, str]) -> bool:
    """Whether the environment names the system, as in a container; then no file is read."""
    return all(given.get(name) for name in ("AMQP_URI", "OFFICE_KEY_FILE"))


def _door(process: str) -> str:
    return f"{process.upper().replace('-', '_')}_OPS_URL"
