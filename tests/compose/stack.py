"""The whole system of docker-compose.yml under a name and a port of its own, beside whatever runs here."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from daemon import Docker

PROJECT = "ustawi-compose-test"
ONE_SHOTS = ("init-",)


class Stack:
    """One system in containers; all of it is gone after `remove`."""

    USTAWI = ("--rm", "-T", "--no-deps", "-e", "OFFICER=ops.compose", "ustawi")

    def __init__(self, docker: Docker, images: Mapping[str, str]) -> None:
        self.page_port = _free_port()
        self.docker = Docker(
            {
                **docker.environment,
                **images,
                "PAGE_PORT": str(self.page_port),
                "COMPOSE_PROFILES": "backups",
                "USTAWI_PULL": "never",  # what was built is what is tested
                # Less than what is shipped, which is made for an office's years and not for a story.
                "BACKUP_TRIAL_SIZE": "1g",
                "BACKUP_MEMORY": "2g",
            }
        )

    def compose(self, *arguments: str, **options: Any) -> str:
        """`docker compose ARGUMENTS` for this system; what it printed."""
        return self.docker.run(*self.words(*arguments), **options).stdout

    def words(self, *arguments: str) -> tuple[str, ...]:
        """What follows `docker` for a command of compose."""
        return ("compose", "--project-name", PROJECT, "--env-file", "/dev/null", *arguments)

    def up(self, *arguments: str) -> float:
        """Bring everything up and wait until it is healthy; returns the seconds that it took."""
        began = time.monotonic()
        self.compose("up", "--wait", "--wait-timeout", "300", "--no-build", *arguments)
        return time.monotonic() - began

    def remove(self) -> None:
        """End and delete all of it, data and secrets too."""
        profiles = (word for name in ("tools", "backups", "restore") for word in ("--profile", name))
        self.compose(*profiles, "down", "--volumes", "--remove-orphans", "--timeout", "60", check=False)

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """What docker knows of each container, of all services or of one."""
        ids = self.compose("ps", "--all", "--quiet", *([service] if service else [])).split()
        found: list[dict[str, Any]] = json.loads(self.docker.run("inspect", *ids).stdout) if ids else []
        return found

    def running(self) -> list[dict[str, Any]]:
        """All containers but the one-shots."""
        return [each for each in self.containers() if not service_of(each).startswith(ONE_SHOTS)]

    def is_well(self) -> bool:
        """Whether everything but the one-shots runs and is healthy."""
        states = [each["State"] for each in self.running()]
        return all(
            state["Status"] == "running" and state["Health"]["Status"] == "healthy" for state in states
        )

    def inside(self, service: str, *command: str, **options: Any) -> str:
        """Run a command in the service's container; what it printed."""
        return self.compose("exec", "-T", service, *command, **options)

    def ustawi(self, *arguments: str, **options: Any) -> str:
        """Run a command of `ustawi` as operations would, in a container of its own; what it printed."""
        return self.compose("run", *self.USTAWI, *arguments, **options)

    def sql(self, statement: str, database: str = "ustawi") -> str:
        """What the database's superuser is answered: rows as lines, columns parted by |."""
        psql = ("psql", "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement)
        return self.inside("postgres", *psql).strip()

    def ask(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """What Prometheus answers: (labels, value) of each sample."""
        text = self.inside(
            "prometheus", "promtool", "query", "instant", "--format=json", "http://127.0.0.1:9090", expression
        )
        return [(sample["metric"], float(sample["value"][1])) for sample in json.loads(text)]


def service_of(container: Mapping[str, Any]) -> str:
    """The name that docker-compose.yml gives it."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """True as soon as `condition` is, False when it is not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
