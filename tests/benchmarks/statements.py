"""The very statements that our command sends, as a script for pgbench: what the database can do with them at best."""

import json
import os
import re
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ground import Ground
from psycopg.types.json import Jsonb

from chassis.testing import ServiceUnderTest
from heard import listening
from ustawi.local.postgres import binaries

_UUIDS = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


def recorded(ground: Ground) -> str:
    """One command's transaction as pgbench runs it: each id made anew, everything else as we sent it."""
    from desk.service import SERVICE, EnterIn

    service = ServiceUnderTest(SERVICE, ground.beside.settings("loans"))
    try:
        runs = []
        for _ in range(3):  # the first fills what is remembered between commands
            with listening(service.runtime) as heard:
                service.call("enter", EnterIn.example, roles=["clerk"], command_id=str(uuid4()))
            runs.append(heard)
    finally:
        service.close()
    lines = [_rendered(sql, one, other) for (sql, one), (_, other) in zip(runs[1], runs[2], strict=True)]
    return "BEGIN;\n" + "".join(f"{line};\n" for line in lines) + "COMMIT;\n"


def _rendered(sql: str, one: Any, other: Any) -> str:
    if isinstance(one, dict):
        text = re.sub(r"%\((\w+)\)s", lambda found: _literal(one[found[1]], other[found[1]]), sql)
    else:
        values = iter(zip(one or (), other or (), strict=True))
        text = re.sub(r"%s", lambda _: _literal(*next(values)), sql)
    return " ".join(text.split())


def _literal(value: Any, other: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, Jsonb):
        return _text(json.dumps(value.obj)) + "::jsonb"
    if isinstance(value, UUID) or _is_uuid(value):
        fresh = value != other
        cast = "" if isinstance(value, UUID) else "::text"
        # Within a SELECT of its own it is worked out once, and an index can be used on it.
        return f"(SELECT gen_random_uuid(){cast})" if fresh else f"{_text(str(value))}::uuid{cast}"
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if isinstance(value, datetime):
        return f"{_text(value.isoformat())}::timestamptz"
    if isinstance(value, date):
        return f"{_text(value.isoformat())}::date"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(*pair) for pair in zip(value, other, strict=True))}]"
    pieces = _UUIDS.split(str(value))  # every other one is an id
    return " || ".join(
        "(SELECT gen_random_uuid()::text)" if at % 2 and piece not in str(other) else _text(piece)
        for at, piece in enumerate(pieces)
    ).join("()")


def _is_uuid(value: Any) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None
    )


def _text(text: str) -> str:
    # pgbench takes a colon before a word for a variable of its own.
    return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a") + "'"


class PgBench:
    """pgbench with a script, as the desk's own role."""

    def __init__(self, ground: Ground, script: str, name: str = "command") -> None:
        self._dsn = ground.beside.dsn("loans")
        self.file: Path = ground.directory / f"{name}.sql"
        self.file.write_text(script)

    def run(self, clients: int, seconds: int) -> float:
        """Transactions each second."""
        done = subprocess.run(
            [
                str(binaries() / "pgbench"),
                *("-n", "-M", "prepared", "-f", str(self.file)),
                *("-c", str(clients), "-j", "2", "-T", str(seconds), self._dsn),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGOPTIONS": ""},
        )
        if done.returncode:
            raise RuntimeError(done.stderr)  # not the command itself, which holds a password
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found is not None, done.stdout + done.stderr
        return float(found[1])
