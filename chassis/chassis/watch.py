"""What a process sees of the machine that it runs on: disks, the files of its secrets, its clock, certificates."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily
from psycopg.conninfo import conninfo_to_dict

from chassis.settings import MIGRATE, MIGRATE_PERSONAL, RUN, RUN_PERSONAL

_PUBLIC = "KEY_SET_FILE"  # holds public keys: all may read it, nobody else may write it
_SECRET = (RUN | RUN_PERSONAL | MIGRATE | MIGRATE_PERSONAL) - {_PUBLIC}


def disks() -> list[dict[str, Any]]:
    """The file systems that the process stands on: {path, size, free} in bytes, each once.

    In a container the root is where the machine keeps its containers and, as shipped, their volumes.
    """
    found: dict[int, dict[str, Any]] = {}
    for path in ("/", str(Path.cwd())):
        usage = shutil.disk_usage(path)
        found.setdefault(os.stat(path).st_dev, {"path": path, "size": usage.total, "free": usage.free})
    return list(found.values())


def disk_gauges() -> Iterator[GaugeMetricFamily]:
    """The same for Prometheus."""
    size = GaugeMetricFamily("ustawi_disk_size_bytes", "Size of a file system in use here", labels=["path"])
    free = GaugeMetricFamily("ustawi_disk_free_bytes", "What is left of it for us", labels=["path"])
    for disk in disks():
        size.add_metric([disk["path"]], disk["size"])
        free.add_metric([disk["path"]], disk["free"])
    yield size
    yield free


def secret_files(env: Mapping[str, str] = os.environ) -> list[dict[str, Any]]:
    """The files that settings come from and that are not as they should be: {setting, problem}.

    A problem is `unreadable`, `writable` by others, or `open`: others can read a secret.
    """
    named = {_PUBLIC, *(f"{name}_FILE" for name in _SECRET)}
    files = {name: Path(path) for name, path in sorted(env.items()) if name in named and path}
    return [
        {"setting": name, "problem": problem}
        for name, path in files.items()
        if (problem := problem_of(path, public=name == _PUBLIC))
    ]


def problem_of(path: Path, *, public: bool = False) -> str | None:
    """What is wrong with the rights of a secret's file; None when nothing is."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return "unreadable"
    if not os.access(path, os.R_OK):
        return "unreadable"
    if _shut_away(path):
        return None
    if mode & 0o022:
        return "writable"
    return "open" if mode & 0o044 and not public else None


def _shut_away(path: Path) -> bool:
    """Whether a folder on the way keeps others out: by its rights, or because it is this container's own mount."""
    if os.path.ismount(path.parent) and path.parent != Path("/"):
        return True
    return any(not folder.stat().st_mode & 0o011 for folder in path.resolve().parents)


def certificates(dsn: str, env: Mapping[str, str] = os.environ) -> list[dict[str, Any]]:
    """The certificates that connections rest on: {path, ends (epoch seconds)}; `ends` is None if unreadable."""
    named = conninfo_to_dict(dsn) if dsn else {}
    paths = {str(named[name]) for name in ("sslrootcert", "sslcert") if named.get(name)} - {"system"}
    paths |= {path for name, path in env.items() if name.endswith("_CERTIFICATE_FILE") and path}
    return [{"path": path, "ends": ends_at(Path(path))} for path in sorted(paths)]


def ends_at(path: Path) -> int | None:
    """When the first of a file's certificates ends, in epoch seconds; None when it holds none."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min((int(each.not_valid_after_utc.timestamp()) for each in found), default=None)


def clock() -> int:
    """This machine's idea of now, in epoch milliseconds."""
    return int(time.time() * 1000)
