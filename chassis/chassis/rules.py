"""Dated rules: documents from the service's files, in force from a date, never changed once loaded.

A file holds one rule of one country, with all its versions:

    name: postage
    country: TZ
    versions:
      - version: "2024"
        in_force_from: 2024-07-01
        source: "the law that says so"
        document: {...}
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import yaml
from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from chassis.errors import Refused

ROLES_FILE = "roles.yaml"  # what each role may do: no dated rule
KEPT_SECONDS = 30.0

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class RuleFileError(Exception):
    """A rule file is not what it should be, or would change a version that decisions were made by."""


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of a rule. The document refuses changes: it is shared by all who ask for it."""

    name: str
    country: str
    version: str
    in_force_from: date
    source: str
    document: dict[str, Any]

    @property
    def checksum(self) -> bytes:
        """SHA-256 over everything in the version, in one canonical form."""
        told = [
            self.name,
            self.country,
            self.version,
            self.in_force_from.isoformat(),
            self.source,
            self.document,
        ]
        return sha256(
            json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        ).digest()


# -- Loading, by the schema's owner


def load_rules(connection: Connection[Any], directory: Path | str) -> list[str]:
    """Load the rule files of a directory in one transaction; returns the versions that were new.

    What is loaded already is left as it is. Raises `RuleFileError`, having loaded nothing, when a file is
    malformed or a version loaded before would change.
    """
    versions = read_rules(Path(directory))
    loaded: list[str] = []
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        for each in versions:
            label = f"{each.name} {each.country} {each.version}"
            cursor.execute(
                """
                SELECT version, checksum FROM rule
                WHERE name = %(name)s AND country = %(country)s
                  AND (version = %(version)s OR in_force_from = %(in_force_from)s)
                """,
                {
                    "name": each.name,
                    "country": each.country,
                    "version": each.version,
                    "in_force_from": each.in_force_from,
                },
            )
            known = {row["version"]: bytes(row["checksum"]) for row in cursor.fetchall()}
            if known.keys() - {each.version}:
                raise RuleFileError(f"{label}: another version is in force from {each.in_force_from} already")
            if each.version in known:
                if known[each.version] != each.checksum:
                    raise RuleFileError(
                        f"{label} was loaded before with other words. Decisions were made by it: it stays. "
                        "Give the new words a version and a date of their own."
                    )
                continue
            cursor.execute(
                """
                INSERT INTO rule (name, country, version, in_force_from, source, document, checksum)
                VALUES (%s, %s, %s, %s, %s, %s, %s)
                """,
                (
                    *(each.name, each.country, each.version, each.in_force_from, each.source),
                    *(Jsonb(each.document), each.checksum),
                ),
            )
            loaded.append(label)
    return loaded


def read_rules(directory: Path | str) -> list[RuleVersion]:
    """All rule versions in the files of a directory, `roles.yaml` left out; raises `RuleFileError`."""
    versions: list[RuleVersion] = []
    for path in sorted(Path(directory).glob("*.yaml")):
        if path.name != ROLES_FILE:
            versions.extend(_read_file(path))
    seen: set[tuple[str, str, str]] = set()
    for each in versions:
        key = (each.name, each.country, each.version)
        if key in seen:
            raise RuleFileError(f"{' '.join(key)} stands in two files, or twice in one")
        seen.add(key)
    return versions


def _read_file(path: Path) -> Iterator[RuleVersion]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise RuleFileError(f"{path.name}: {error}") from None
    if not isinstance(content, Mapping) or set(content) != {"name", "country", "versions"}:
        raise RuleFileError(f"{path.name}: give name, country and versions, and nothing else")
    name, country, versions = content["name"], content["country"], content["versions"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RuleFileError(f"{path.name}: the name is in snake case")
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        raise RuleFileError(f"{path.name}: the country is two capital letters")
    if not isinstance(versions, list) or not versions:
        raise RuleFileError(f"{path.name}: give a list of versions, at least one")
    for given in versions:
        if not isinstance(given, Mapping) or set(given) != {"version", "in_force_from", "source", "document"}:
            raise RuleFileError(f"{path.name}: a version has version, in_force_from, source and document")
        where = f"{path.name}, version {given['version']}"
        if not isinstance(given["version"], str) or not given["version"]:
            raise RuleFileError(f'{where}: put the version in quotes, as in "2024"')
        if type(given["in_force_from"]) is not date:
            raise RuleFileError(f"{where}: in_force_from is a date, as in 2024-07-01")
        if not isinstance(given["source"], str) or not given["source"].strip():
            raise RuleFileError(f"{where}: name the source: a rule without one cannot be checked")
        if not isinstance(given["document"], Mapping):
            raise RuleFileError(f"{where}: the document is a mapping")
        document = _plain(given["document"], where)
        yield RuleVersion(name, country, given["version"], given["in_force_from"], given["source"], document)


def _plain(value: Any, where: str) -> Any:
    """A value as JSON has it: dates as text, keys as text; what else YAML can make is refused."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise RuleFileError(f"{where}: put the key {key!r} in quotes")
        return {key: _plain(item, where) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, where) for item in value]
    if isinstance(value, datetime):
        raise RuleFileError(f"{where}: put the moment {value} in quotes")
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise RuleFileError(f"{where}: {type(value).__name__} is not allowed here")


class _StrictLoader(yaml.SafeLoader):
    """YAML without the silent loss: a key given twice is an error."""


def _no_key_twice(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is given twice", key.start_mark
            )
        seen.add(key.value)
    loader.flatten_mapping(node)
    return {
        loader.construct_object(key, True): loader.construct_object(item, True) for key, item in node.value
    }


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _no_key_twice)


# -- Asking

# By connection, so that schemas never mix; each connection of a pool reads a rule once in `KEPT_SECONDS`,
# which is also how soon a version that was loaded while the service runs is taken up.
_kept: WeakKeyDictionary[Connection[Any], dict[tuple[str, str], tuple[float, list[RuleVersion]]]] = (
    WeakKeyDictionary()
)


def in_force(connection: Connection[Any] | Cursor[Any], name: str, country: str, on: date) -> RuleVersion:
    """The version of a rule in force on a date; `Refused` with code no_rule_in_force when none was."""
    if isinstance(connection, Cursor):
        connection = connection.connection
    for version in _versions(connection, name, country):
        if version.in_force_from <= on:
            return version
    raise Refused(
        "no_rule_in_force",
        f"No {name} of {country} is in force on {on}; check the date, or ask operations to load the rule.",
        {"rule": name, "country": country, "on": on.isoformat()},
    )


def _versions(connection: Connection[Any], name: str, country: str) -> list[RuleVersion]:
    """All versions of a rule, the latest first."""
    kept = _kept.setdefault(connection, {})
    until, versions = kept.get((name, country), (0.0, []))
    now = time.monotonic()
    if now >= until:
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                """
                SELECT name, country, version, in_force_from, source, document
                FROM rule WHERE name = %s AND country = %s ORDER BY in_force_from DESC
                """,
                (name, country),
            ).fetchall()
        versions = [RuleVersion(**{**row, "document": _frozen(row["document"])}) for row in rows]
        if versions:
            kept[name, country] = (now + KEPT_SECONDS, versions)
    return versions


def _refuse(*_: Any, **__: Any) -> Any:
    raise TypeError("a rule document is never changed: copy what you want to change")


class _Map(dict[str, Any]):
    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse


class _List(list[Any]):
    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = extend = insert = _refuse
    pop = remove = clear = sort = reverse = _refuse


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return _Map({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return _List(_frozen(item) for item in value)
    return value
