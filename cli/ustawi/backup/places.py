"""Where a backup is taken from and kept: the local system's places, or those that the environment names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ustawi.backup.errors import BackupError
from ustawi.init.postgres import BACKUP
from ustawi.init.settings import Addresses

# In a container: where the files are that `ustawi init secrets` made. All of them, or the local system's places.
NAMES = ("BACKUP_FOLDER", "BACKUP_SECRETS")


@dataclass(frozen=True)
class Place:
    """One office's backups: where they stand, what opens them, and the two databases that they are of."""

    folder: Path
    key_file: Path
    settings_file: Path  # the services' keys, sealed: see `settings`
    dsn: str = field(repr=False)
    keys_dsn: str = field(repr=False)

    @classmethod
    def of(cls, addresses: Addresses, folder: Path) -> "Place":
        """The places of a system whose secrets are at hand."""
        credentials = addresses.credentials
        return cls(
            folder=folder,
            key_file=credentials.path(BACKUP, "key"),
            settings_file=credentials.path(BACKUP, "settings.sealed"),
            dsn=addresses.backup_dsn(),
            keys_dsn=addresses.backup_dsn(keys=True),
        )

    @classmethod
    def named_by(cls, environment: Mapping[str, str] = os.environ) -> "Place | None":
        """The places that the environment names; None when it names none."""
        given = {name: environment[name] for name in NAMES if environment.get(name)}
        if not given:
            return None
        if len(given) < len(NAMES):
            raise BackupError(f"set both {' and '.join(NAMES)}, or neither")
        secrets = Path(given["BACKUP_SECRETS"])
        return cls(
            folder=Path(given["BACKUP_FOLDER"]),
            key_file=secrets / "key",
            settings_file=secrets / "settings.sealed",
            dsn=_read(secrets / "backup_dsn"),
            keys_dsn=_read(secrets / "backup_keys_dsn"),
        )


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise BackupError(
            f"{file} cannot be read: {error.strerror}; run `ustawi init secrets` first"
        ) from None
