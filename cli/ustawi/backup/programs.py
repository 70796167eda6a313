"""PostgreSQL's own programs, fed and read without a dump ever standing on a disk in the clear."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from ustawi.backup.errors import BackupError
from ustawi.local.postgres import binaries

_PIECE = 1 << 18
# A password among the arguments would show in the list of processes.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
}


def _environment(dsn: str) -> dict[str, str]:
    parts = conninfo_to_dict(dsn)
    passed = {
        variable: str(parts[name]) for name, variable in _VARIABLES.items() if parts.get(name) is not None
    }
    passed |= {
        f"PG{name.upper()}": str(parts[name]) for name in ("sslmode", "sslrootcert") if parts.get(name)
    }
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "PGCONNECT_TIMEOUT": "10",
        **passed,
    }


def dumped(dsn: str, schema: str, snapshot: str) -> Iterator[bytes]:
    """One schema as pg_dump writes it (custom format), seen at a snapshot; BackupError when it fails."""
    command = [
        str(binaries() / "pg_dump"),
        "--format=custom",
        f"--schema={schema}",
        f"--snapshot={snapshot}",
        "--lock-wait-timeout=60s",
        "--no-password",
    ]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=_environment(dsn), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
        )
        assert process.stdout is not None
        try:
            while data := process.stdout.read(_PIECE):
                yield data
        finally:
            process.stdout.close()
            status = process.wait()
        if status:
            raise BackupError(f"pg_dump of {schema} failed: {_last(said)}")


def restored(dsn: str, schema: str, dump: Iterable[bytes], *, rights: bool) -> None:
    """Feed a dump to pg_restore, all of it or nothing; the schema itself must be there. BackupError when it fails.

    Without `rights` nobody's are restored: for a copy that is looked at and thrown away.
    """
    command = [
        str(binaries() / "pg_restore"),
        f"--dbname={conninfo_to_dict(dsn)['dbname']}",
        f"--schema={schema}",
        "--no-owner",
        "--single-transaction",
        "--exit-on-error",
        "--no-password",
    ]
    if not rights:
        command.append("--no-privileges")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=_environment(dsn), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):  # it ended early: its own words tell why
                for data in dump:
                    process.stdin.write(data)
                process.stdin.close()
        except BaseException:
            process.kill()  # before it sees an end: what is fed is not to be trusted
            process.wait()
            raise
        if process.wait():
            raise BackupError(f"pg_restore of {schema} failed: {_last(said)}")


def version() -> str:
    """What pg_dump is here: "pg_dump (PostgreSQL) 17.2"."""
    told = subprocess.run(
        [str(binaries() / "pg_dump"), "--version"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _last(said: IO[bytes]) -> str:
    said.seek(0)
    # Names of tables and constraints, and never a row: pg_restore tells a failing row in CONTEXT and DETAIL.
    lines = said.read().decode(errors="replace").splitlines()
    told = [line for line in lines if "error:" in line or "ERROR:" in line]
    return " / ".join(told[-3:]) or "it did not say why"
