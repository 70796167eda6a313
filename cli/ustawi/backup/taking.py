"""Taking a backup: every service at one moment, then the keys of persons, each sealed as it is read.

The services are seen through one snapshot, so that a restored office is one that was: no follower is ahead of its
source. The keys come after, in a moment of their own: a person on record then has a key there, unless erased meanwhile.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ustawi.backup import programs
from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Backup, Folder, name_of, write_manifest
from ustawi.backup.places import Place
from ustawi.backup.sealing import Keyring, Sealer
from ustawi.backup.snapshot import Snapshot, erased, rows_of, snapshot, told
from ustawi.init.services import SERVICES, ServiceGround

Say = Callable[[str], None]


def take(
    place: Place,
    say: Say = lambda line: None,
    services: Iterable[ServiceGround] = SERVICES,
    *,
    at: datetime | None = None,
) -> list[Backup]:
    """Take a backup of the office and one of the keys, under the name of this moment; returns both."""
    folder, keys = Folder(place.folder), Keyring.load(place.key_file)
    name = name_of(at or datetime.now(UTC))
    among = list(services)
    with folder.making("office", name) as office:
        _office(place, office, keys, among, say)
    with folder.making("keys", name) as of_keys:
        _keys(place, of_keys, keys, [each for each in among if each.personal], say)
    return [folder.find(kind, name) for kind in ("office", "keys")]


def _office(place: Place, backup: Backup, keys: Keyring, services: list[ServiceGround], say: Say) -> None:
    began = datetime.now(UTC)
    making = _Parts(backup, keys)
    facts: dict[str, Any] = {}
    with snapshot(place.dsn) as moment:
        for service in services:
            facts[service.name] = told(moment.connection, service.name)
            making.dump(place.dsn, moment, service.name)
            say(f"{service.name}: {sum(facts[service.name]['rows'].values())} rows")
        ledgers = {each.name: erased(moment.connection, each.name) for each in services}
        server = _server(moment)
    making.seal("erasures", [json.dumps(ledgers, sort_keys=True).encode()])
    try:
        making.seal("settings", [place.settings_file.read_bytes()])
    except OSError as error:
        raise BackupError(
            f"{place.settings_file} cannot be read: {error.strerror}; run `ustawi init secrets` first"
        ) from None
    making.finish(began, server, facts)


def _keys(place: Place, backup: Backup, keys: Keyring, services: list[ServiceGround], say: Say) -> None:
    began = datetime.now(UTC)
    making = _Parts(backup, keys)
    facts: dict[str, Any] = {}
    with snapshot(place.keys_dsn) as moment:
        for service in services:
            rows = rows_of(moment.connection, service.name)
            if "subject_key" not in rows:
                raise BackupError(f"{service.name} has no keys of persons: its migrations have not run here")
            facts[service.name] = {"rows": rows}
            making.dump(place.keys_dsn, moment, service.name)
            say(f"{service.name}: the keys of {rows['subject_key']} persons")
        server = _server(moment)
    making.finish(began, server, facts)


def _server(moment: Snapshot) -> str:
    return f"server {moment.connection.info.server_version}, {programs.version()}"


class _Parts:
    """The files of a backup that is being made."""

    def __init__(self, backup: Backup, keys: Keyring) -> None:
        self._backup, self._keys = backup, keys
        self._files: dict[str, dict[str, Any]] = {}

    def dump(self, dsn: str, moment: Snapshot, schema: str) -> None:
        with self._part(f"{schema}.dump") as sealer:
            for data in programs.dumped(dsn, schema, moment.name):
                sealer.write(data)

    def seal(self, part: str, data: Iterable[bytes]) -> None:
        with self._part(part) as sealer:
            for each in data:
                sealer.write(each)

    @contextmanager
    def _part(self, part: str) -> Iterator[Sealer]:
        path = self._backup.folder / f"{part}.sealed"
        with path.open("xb") as file:
            sealer = Sealer(file, self._keys, self._backup.about(part))
            yield sealer
            sealer.close()
            file.flush()
            os.fsync(file.fileno())
        self._files[path.name] = {"size": sealer.size, "sha256": sealer.digest.hexdigest()}

    def finish(self, began: datetime, made_by: str, services: dict[str, Any]) -> None:
        write_manifest(
            self._backup,
            self._keys,
            {
                "began_at": began.isoformat(),
                "finished_at": datetime.now(UTC).isoformat(),
                "made_by": made_by,
                "files": self._files,
                "services": services,
            },
        )
