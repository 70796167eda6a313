"""Secrets, made once and kept in files.

One folder per holder, so that a process or a container gets its own secrets and no others:

    postgres/password
    <service>/  command_key  kek  blind_key  signing_key  database_password  amqp_password
                and the addresses made from them, one file per setting
    <service>_owner/  database_password, and the addresses for migrations
    caller/  amqp_password  amqp_uri
    office/  signing_key
    backup/  key  database_password  settings.sealed, and the addresses of the two databases
"""

import base64
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

# Readable files in a closed folder: containers get single files mounted and run under other user ids.
FOLDER_MODE, FILE_MODE = 0o700, 0o444


class Credentials:
    """The secrets below one folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(FOLDER_MODE)

    def path(self, holder: str, name: str) -> Path:
        """Where a secret stands."""
        return self.directory / holder / name

    def password(self, holder: str, name: str) -> str:
        """A password of 256 random bits, safe in addresses."""
        return self._once(holder, name, lambda: secrets.token_urlsafe(32))

    def key(self, holder: str, name: str) -> str:
        """A symmetric key: 32 random bytes as base64."""
        return self._once(holder, name, lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def signing_key(self, holder: str) -> str:
        """An Ed25519 private key as PEM."""
        return self._once(holder, "signing_key", _new_signing_key)

    def write(self, holder: str, name: str, value: str) -> Path:
        """Keep a value made from secrets, such as an address; written only when it changed."""
        file = self.path(holder, name)
        if not file.exists() or file.read_text() != value:
            new = self._new_file(file, value)
            os.replace(new, file)
        return file

    def _once(self, holder: str, name: str, make: Callable[[], str]) -> str:
        file = self.path(holder, name)
        if not file.exists():
            new = self._new_file(file, make() + "\n")
            try:
                os.link(new, file)  # fails when another run was first: then its secret counts
            except FileExistsError:
                pass
            finally:
                new.unlink()
        return file.read_text().strip()

    def _new_file(self, file: Path, value: str) -> Path:
        file.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
        with open(number, "w") as handle:
            handle.write(value)
            handle.flush()
            os.fsync(number)
            os.fchmod(number, FILE_MODE)
        return Path(name)


def _new_signing_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
