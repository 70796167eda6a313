"""Which system account a server runs as, and where its files can stand."""

import hashlib
import os
import pwd
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ustawi.local.errors import LocalError

# Data that its own account cannot reach in the checkout (say, below /root) stands here instead.
OUTSIDE = Path("/var/lib/ustawi")


@dataclass(frozen=True)
class Account:
    """A system account that a server drops to when we are root."""

    name: str
    uid: int
    gid: int

    def for_popen(self) -> dict[str, Any]:
        """Arguments for subprocess that start a child as this account, with none of root's groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        os.chown(path, self.uid, self.gid)


def server_account(name: str) -> Account | None:
    """The account `name` when we are root, else None: the server then runs as we do.

    PostgreSQL refuses to run as root, and neither server needs root's rights.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise LocalError(f"there is no system account {name!r}: install the server's package first") from None
    return Account(name, entry.pw_uid, entry.pw_gid)


def server_home(directory: Path, account: Account | None) -> Path:
    """The server's own folder, mode 0700: `directory` itself where its account can reach it.

    Otherwise a folder below /var/lib/ustawi with a name made from `directory`, so that it is found again.
    """
    home = directory
    if account and not _can_pass(directory.resolve().parent, account):
        home = _outside(directory)
        OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    if account:
        account.own(home)
    home.chmod(0o700)
    return home


def remove_home(directory: Path) -> None:
    """Delete a server's folder, wherever it stands."""
    for home in (directory, _outside(directory)):
        shutil.rmtree(home, ignore_errors=True)


def _outside(directory: Path) -> Path:
    path = str(directory.resolve())
    readable = re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")[-40:]
    return OUTSIDE / f"{readable}-{hashlib.sha256(path.encode()).hexdigest()[:12]}"


def _can_pass(directory: Path, account: Account) -> bool:
    for step in (directory, *directory.parents):
        if not step.exists():
            continue  # we are about to make it, and then it is open
        status = step.stat()
        if status.st_uid == account.uid:
            needed = 0o100
        elif status.st_gid == account.gid:
            needed = 0o010
        else:
            needed = 0o001
        if not status.st_mode & needed:
            return False
    return True
