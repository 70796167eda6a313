"""The folder of backups: one folder each, complete or not there, with a manifest that nobody can change unseen.

office/<moment>/   manifest.json  registry.dump.sealed  loans.dump.sealed ...  settings.sealed  erasures.sealed
keys/<moment>/     manifest.json  registry.dump.sealed  cases.dump.sealed
state.json         how the last tries went
"""

import hmac
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from ustawi.backup.errors import BackupError
from ustawi.backup.sealing import Keyring, key_id_of, mac, opened
from ustawi.local.locks import exclusive

Kind = Literal["office", "keys"]
KINDS: tuple[Kind, ...] = ("office", "keys")
FORMAT = 1
_NAME = "%Y%m%dT%H%M%SZ"
BUSY_WITHIN = 5


@dataclass(frozen=True)
class Backup:
    """One backup that is there."""

    kind: Kind
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def taken_at(self) -> datetime:
        """The moment that it is of."""
        return moment_of(self.name)

    @property
    def verified_at(self) -> datetime | None:
        """When it was last restored for a trial and found right."""
        try:
            return datetime.fromisoformat(json.loads((self.folder / "verified.json").read_text())["at"])
        except (OSError, ValueError, KeyError):
            return None

    def note_verified(self, at: datetime) -> None:
        write_whole(self.folder / "verified.json", json.dumps({"at": at.isoformat()}) + "\n")

    def size(self) -> int:
        return sum(file.stat().st_size for file in self.folder.iterdir())

    def about(self, part: str) -> dict[str, str]:
        """What the sealed file of a part says that it is."""
        return {"backup": self.name, "kind": self.kind, "part": part}

    def manifest(self, keys: Keyring) -> dict[str, Any]:
        """The manifest, proved by its seal; BackupError when it was changed or its key is not here."""
        try:
            told: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
            seal = told.pop("mac")
            key = keys.find(told["key"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BackupError(f"{self.folder} has no manifest that can be read") from None
        if not hmac.compare_digest(mac(key, _canonical(told)), seal):
            raise BackupError(f"the manifest in {self.folder} was changed: do not trust this backup")
        if told["format"] != FORMAT or (told["name"], told["kind"]) != (self.name, self.kind):
            raise BackupError(f"the manifest in {self.folder} is of another backup or another version")
        return told

    def part(self, part: str, keys: Keyring) -> Iterator[bytes]:
        """The content of a sealed part."""
        with (self.folder / f"{part}.sealed").open("rb") as file:
            yield from opened(file, keys, self.about(part))

    def check_files(self, manifest: dict[str, Any]) -> None:
        """Every file as the manifest says, to the byte."""
        for name, told in manifest["files"].items():
            digest = sha256()
            try:
                with (self.folder / name).open("rb") as file:
                    while data := file.read(1 << 20):
                        digest.update(data)
            except OSError:
                raise BackupError(f"{self.folder / name} is missing") from None
            if digest.hexdigest() != told["sha256"]:
                raise BackupError(
                    f"{self.folder / name} is not what was written: the copy or the disk is bad"
                )


class Folder:
    """All backups of one office."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs away."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive(self.folder / "lock", BUSY_WITHIN, f"backups in {self.folder}"):
            yield

    def backups(self, kind: Kind) -> list[Backup]:
        """The complete ones, oldest first."""
        there = self.folder / kind
        names = [path.name for path in there.iterdir() if path.is_dir()] if there.is_dir() else []
        return [Backup(kind, there / name) for name in sorted(names) if not name.startswith(".")]

    def find(self, kind: Kind, name: str = "latest") -> Backup:
        """The backup of that name; BackupError telling which there are."""
        there = self.backups(kind)
        for backup in reversed(there):
            if name in ("latest", backup.name):
                return backup
        known = ", ".join(backup.name for backup in there[-10:]) or "none"
        raise BackupError(f"there is no backup {name} of the {kind}; the last ones: {known}")

    @contextmanager
    def making(self, kind: Kind, name: str) -> Iterator[Backup]:
        """A folder for a new backup: there under its name when the block ends well, and gone when it does not."""
        part = self.folder / kind / f".{name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        try:
            yield _Making(kind, part, name)
            _sync(part)
            os.rename(part, part.with_name(name))
            _sync(part.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def remove(self, backup: Backup) -> None:
        """Delete a backup: first from view, so that half of one is never taken for a whole."""
        gone = backup.folder.with_name(f".{backup.name}.gone")
        os.rename(backup.folder, gone)
        shutil.rmtree(gone)

    def clear(self) -> None:
        """Delete what runs that were killed left behind."""
        for kind in KINDS:
            for path in (self.folder / kind).glob(".*"):
                shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class _Making(Backup):
    new_name: str

    @property
    def name(self) -> str:
        return self.new_name


def write_manifest(backup: Backup, keys: Keyring, told: dict[str, Any]) -> None:
    """Write the manifest, last of all files of a backup."""
    whole = {
        "format": FORMAT,
        "name": backup.name,
        "kind": backup.kind,
        "key": key_id_of(keys.newest),
        **told,
    }
    seal = mac(keys.newest, _canonical(whole))
    write_whole(
        backup.folder / "manifest.json", json.dumps({**whole, "mac": seal}, indent=1, sort_keys=True) + "\n"
    )


def write_whole(file: Path, text: str) -> None:
    """Replace a file in one step."""
    new = file.with_name(f".{file.name}.new")
    with new.open("w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(new, file)


def name_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_NAME)


def moment_of(name: str) -> datetime:
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        raise BackupError(f"{name} is not the name of a backup, such as 20260131T020000Z") from None


def _canonical(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
