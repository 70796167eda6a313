"""A private RabbitMQ broker: own node, own Erlang port mapper, own ports, own account, no plugins."""

import re
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from ustawi.local import ports, processes
from ustawi.local.accounts import Account, remove_home, server_account, server_home
from ustawi.local.errors import LocalError
from ustawi.local.waiting import until

PROGRAMS = (Path("/usr/lib/rabbitmq/bin"), Path("/usr/local/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"))
PORTS = ("amqp", "dist", "epmd")

# An idle Erlang machine would otherwise spin for work; on few cores that takes time from everybody.
ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"

SETTINGS: Mapping[str, str] = {
    "heartbeat": "10",
    "log.file.level": "warning",
    "vm_memory_high_watermark.absolute": "1GB",
    "disk_free_limit.absolute": "200MB",
    "max_message_size": "16777216",
}

_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


class RabbitMQ:
    """One private broker in `directory`; `chosen` maps amqp, dist and epmd to ports of the loopback address.

    `definitions` makes, from the broker's major version, the text of the definitions file that it loads at
    each start: its users, rights, exchanges. With it no default user exists.
    """

    def __init__(
        self,
        directory: Path,
        chosen: Mapping[str, int],
        definitions: Callable[[int], str],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.port = chosen["amqp"]
        self._ports = chosen
        self._definitions = definitions
        self.settings = {**SETTINGS, **(settings or {})}
        self.pid_file = self.directory.parent / "pid" / f"{self.directory.name}.pid"
        self.mapper_pid_file = self.pid_file.with_name(f"{self.directory.name}-epmd.pid")

    def start(self, seconds: float = 90) -> bool:
        """Start the broker unless it runs, and wait until it speaks AMQP; True when it had to be started."""
        launched = False

        def ready() -> bool:
            nonlocal launched
            # Looked at each time: one that was killed a moment ago may seem alive on the first look.
            if not self.process():
                if launched:
                    raise LocalError(f"RabbitMQ ended while starting: see {self.log}")
                launched = True
                self._launch()
            return self.answers()

        until(ready, seconds, f"RabbitMQ did not answer on port {self.port} (see {self.log})", every=0.1)
        return launched

    def refresh(self) -> bool:
        """Bring the definitions into a running broker if they changed since then; True when they had."""
        wanted, loaded = self._definitions(self.major), self._home / "definitions.json"
        if loaded.exists() and loaded.read_text() == wanted:
            return False
        self.apply(wanted)
        self._write("definitions.json", wanted)
        return True

    def stop(self, seconds: float = 60) -> None:
        """Stop the broker and its port mapper."""
        # The Erlang machine takes SIGTERM as "stop all applications in order".
        if process := self.process():
            processes.stop(process, seconds)
        if mapper := processes.find(self.mapper_pid_file):
            processes.stop(mapper, 5)
        self.pid_file.unlink(missing_ok=True)
        self.mapper_pid_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the broker and delete its data."""
        self.stop()
        remove_home(self.directory)

    def process(self) -> processes.Process | None:
        """The running broker, or None."""
        return processes.find(self.pid_file)

    def answers(self) -> bool:
        """True when the broker answers the AMQP greeting, which it does once it has loaded everything."""
        with suppress(OSError), socket.create_connection((ports.HOST, self.port), timeout=3) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return connection.recv(1) == b"\x01"  # a method frame: connection.start
        return False

    def uri(self, user: str, password: str, vhost: str) -> str:
        """The AMQP address of a user in a virtual host."""
        return amqp_uri(ports.HOST, self.port, user, password, vhost)

    def apply(self, definitions: str) -> None:
        """Bring users, rights, exchanges and queues of `definitions` into the running broker."""
        file = self._write(f"applied-{uuid4().hex}.json", definitions)
        try:
            self.control("import_definitions", str(file))
        finally:
            file.unlink()

    def control(self, *arguments: str, seconds: float = 60) -> str:
        """Run one rabbitmqctl command against this broker and return what it prints."""
        done = subprocess.run(
            [_program("rabbitmqctl"), "--quiet", "--node", self._node, *arguments],
            env=self._environment,
            cwd=self._home,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            **(self._account.for_popen() if self._account else {}),
        )
        if done.returncode:
            raise LocalError(f"rabbitmqctl {arguments[0]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    @property
    def major(self) -> int:
        """The major version of the broker that is installed."""
        # The folder's name tells it at once; asking the program would start an Erlang machine.
        found = re.search(r"rabbitmq_server-(\d+)\.", str(Path(_program("rabbitmqctl")).resolve()))
        return int(found[1]) if found else int(self.control("version").split(".")[0])

    @property
    def log(self) -> Path:
        """Where the server's own words go."""
        return self.directory.parent / "log" / f"{self.directory.name}.log"

    @cached_property
    def _account(self) -> Account | None:
        return server_account("rabbitmq")

    @cached_property
    def _home(self) -> Path:
        return server_home(self.directory, self._account)

    @property
    def _node(self) -> str:
        return f"ustawi-{self._ports['dist']}@localhost"

    def _launch(self) -> None:
        for name in PORTS:
            if name != "epmd" or not processes.find(self.mapper_pid_file):
                ports.wait_free(self._ports[name], "RabbitMQ")
        definitions = self._write("definitions.json", self._definitions(self.major))
        lines = [f"{name} = {value}" for name, value in sorted(self.settings.items())]
        self._write("rabbitmq.conf", "\n".join([*lines, f"load_definitions = {definitions}", ""]))
        self._write("enabled_plugins", "[].\n")
        for missing in ("advanced.config", "rabbitmq-env.conf"):
            (self._home / missing).unlink(missing_ok=True)
        self._launch_mapper()
        self._start([_program("rabbitmq-server")], self.pid_file)

    def _launch_mapper(self) -> None:
        # Erlang would start one as a daemon of nobody's: ours has a known pid, so that we can end it.
        if processes.find(self.mapper_pid_file):
            return
        port = str(self._ports["epmd"])
        self._start([_program("epmd"), "-address", ports.HOST, "-port", port], self.mapper_pid_file)
        until(lambda: not ports.is_free(self._ports["epmd"]), 10, "Erlang's port mapper did not listen")

    def _start(self, command: Sequence[str], pid_file: Path) -> None:
        processes.start(
            command,
            pid_file=pid_file,
            log=self.log,
            environment=self._environment,
            directory=self._home,
            account=self._account,
        )

    def _write(self, name: str, text: str) -> Path:
        file = self._home / name
        file.touch(mode=0o600)
        file.write_text(text)
        if self._account:
            self._account.own(file)
        return file

    @property
    def _environment(self) -> dict[str, str]:
        home = self._home
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "ERL_EPMD_ADDRESS": ports.HOST,
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": ports.HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._ports["dist"]),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "broker.pid"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
            # The start script then becomes the Erlang machine instead of waiting for it: one pid.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def amqp_uri(host: str, port: int, user: str, password: str, vhost: str) -> str:
    """An AMQP address, each part quoted."""
    return f"amqp://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{quote(vhost, safe='')}"


def _program(name: str) -> str:
    places = [folder / name for folder in PROGRAMS]
    if name == "epmd":  # Erlang's own; of the broker's programs /usr/sbin has wrappers that switch the user
        places += [Path("/usr/local/bin/epmd"), Path("/usr/bin/epmd")]
    for place in places:
        if place.exists():
            return str(place)
    raise LocalError("RabbitMQ is not installed: apt-get install rabbitmq-server")
