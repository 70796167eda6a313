"""Asking a process how it is, by its ops listener."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from ustawi.local.ports import HOST


def ready(port: int) -> bool:
    """True when the process says that it can do its work."""
    return _get(port, "/ready")[0] == 200


def version(port: int) -> str:
    """What the process says it is; empty when it does not answer."""
    status, body = _get(port, "/version")
    if status != 200:
        return ""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return ""
    return str(told.get("commit", "")) if isinstance(told, dict) else ""


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection(HOST, port, timeout=3)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()
