"""A private PostgreSQL server: own data, own port, own account, passwords by scram-sha-256."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg

from ustawi.local import ports, processes
from ustawi.local.accounts import Account, remove_home, server_account, server_home
from ustawi.local.errors import LocalError
from ustawi.local.waiting import until

LEAST_MAJOR = 15
SUPERUSER = "postgres"
# A socket's path is limited to 107 bytes; with a longer one the server listens on the loopback address only.
SOCKET_PATH_LIMIT = 90

# Small but durable: what a commit promised survives kill -9 and a power cut here too.
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "120",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
}


class Postgres:
    """One private server in `directory`, listening on `port` of the loopback address."""

    def __init__(self, directory: Path, port: int, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.port = port
        self.settings = {**SETTINGS, **(settings or {})}
        self.pid_file = self.directory.parent / "pid" / f"{self.directory.name}.pid"

    def start(self, seconds: float = 60) -> bool:
        """Start the server unless it runs, and wait until it answers; True when it had to be started."""
        launched = 0

        def ready() -> bool:
            nonlocal launched
            # Looked at each time: one that was killed a moment ago may seem alive on the first look. Its
            # children need a moment to see that it is gone, and until then a new server refuses to start.
            if not self.process():
                launched += 1
                if launched > 20:
                    raise LocalError(f"PostgreSQL does not start: see {self.log}")
                self._launch()
            return self.answers()

        until(ready, seconds, f"PostgreSQL did not answer on port {self.port} (see {self.log})", every=0.1)
        return launched > 0

    def stop(self, seconds: float = 60) -> None:
        """Stop the server: open transactions are rolled back, everything committed is written."""
        if process := self.process():
            processes.stop(process, seconds, gently=signal.SIGINT)
        self.pid_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        remove_home(self.directory)

    def process(self) -> processes.Process | None:
        """The running server, or None."""
        return processes.find(self.pid_file)

    def answers(self) -> bool:
        """True when the server takes a connection and answers."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.dsn(), connect_timeout=3) as connection:
            connection.execute("SELECT 1")
            return True
        return False

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """The address of a database for a user; the superuser's password is filled in."""
        if password is None and user == SUPERUSER:
            password = self.superuser_password
        return dsn(ports.HOST, self.port, database, user, password)

    @property
    def log(self) -> Path:
        """Where the server's own words go."""
        return self.directory.parent / "log" / f"{self.directory.name}.log"

    @property
    def superuser_password(self) -> str:
        """Made when the data was."""
        return (self._home / "superuser_password").read_text().strip()

    @cached_property
    def _account(self) -> Account | None:
        return server_account("postgres")

    @cached_property
    def _home(self) -> Path:
        return server_home(self.directory, self._account)

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def _initialise(self) -> None:
        new = self._home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        password = self._home / "superuser_password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(32) + "\n")
        if self._account:
            self._account.own(password)
        command = [self._binary("initdb"), "-D", new, "-U", SUPERUSER, "--pwfile", password]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        made = subprocess.run(
            [str(part) for part in command],
            env=self._environment,
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
            **(self._account.for_popen() if self._account else {}),
        )
        if made.returncode:
            raise LocalError(f"initdb failed: {made.stderr.strip()}")
        new.rename(self._data)  # last, so that a data folder is either complete or not there

    def _configure(self) -> None:
        settings = {**self.settings, "port": str(self.port), "listen_addresses": ports.HOST}
        fits = len(str(self._home)) <= SOCKET_PATH_LIMIT
        settings["unix_socket_directories"] = str(self._home) if fits else ""
        lines = [f"{name} = '{value}'" for name, value in sorted(settings.items())]
        (self._data / "postgresql.conf").write_text("# Written at every start.\n" + "\n".join(lines) + "\n")

    def _launch(self) -> None:
        if not self._data.exists():
            self._initialise()
        ports.wait_free(self.port, "PostgreSQL")
        self._configure()
        processes.start(
            [self._binary("postgres"), "-D", self._data],
            pid_file=self.pid_file,
            log=self.log,
            environment=self._environment,
            directory=self._home,
            account=self._account,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self._home)}

    def _binary(self, name: str) -> Path:
        version = self._data / "PG_VERSION"
        return binaries(int(version.read_text()) if version.exists() else None) / name


def binaries(major: int | None = None) -> Path:
    """The folder of the server's programs: of version `major`, else the newest installed."""
    found = {}
    for server in Path("/usr/lib/postgresql").glob("*/bin/postgres"):
        if server.parts[-3].isdigit() and int(server.parts[-3]) >= LEAST_MAJOR:
            found[int(server.parts[-3])] = server.parent
    if major is None and found:
        return found[max(found)]
    if major in found:
        return found[major]
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {LEAST_MAJOR} or newer"
    raise LocalError(f"{wanted} is not installed: apt-get install postgresql")


def dsn(host: str, port: int, database: str, user: str, password: str | None) -> str:
    """A libpq address, each part quoted."""
    secret = f":{quote(password, safe='')}" if password else ""
    return f"postgresql://{quote(user, safe='')}{secret}@{host}:{port}/{quote(database, safe='')}"
