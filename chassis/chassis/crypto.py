"""Personal words at rest: a key for each person, so that destroying one key makes that person unreadable.

A person's data key (AES-256) encrypts their fields. It is kept wrapped by the service's key encryption key,
in a database of its own with backups of its own; erasing a person deletes it there. An erasure on one replica
is known to the others within `KEPT_SECONDS`, because that is how long a key read before may still be used.

AES-GCM with random 96-bit nonces, NIST SP 800-38D: each key stays far below its 2**32 messages.
"""

import hmac
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from chassis.errors import Refused
from chassis.recent import Recent

KEPT_SECONDS = 15.0
_KEPT_KEYS = 4096
_NONCE = 12
_SEALED = 1  # the version of the sealed form


class Pool(Protocol):
    """What lends connections: a transaction each, committed at a clean end."""

    def connection(self) -> AbstractContextManager[Connection[Any]]: ...


class SealBroken(Exception):
    """A sealed value does not open: changed, moved to another person or field, or of another key."""


class SubjectKeys:
    """The data keys of persons, in the table `subject_key` of the keys database."""

    def __init__(self, pool: Pool, kek: bytes | Mapping[int, bytes]) -> None:
        """`kek` is the key encryption key (32 bytes), or several by version: the first wraps."""
        versions = {1: kek} if isinstance(kek, bytes) else dict(kek)
        if not versions or any(
            len(key) != 32 or not 1 <= version <= 255 for version, key in versions.items()
        ):
            raise ValueError("a key encryption key is 32 bytes, with a version from 1 to 255")
        self._pool = pool
        self._keks = {version: AESGCM(key) for version, key in versions.items()}
        self._wraps = next(iter(versions))
        self._recent: Recent[UUID, AESGCM] = Recent(_KEPT_KEYS)

    def new(self, person: UUID) -> None:
        """Make and keep the key of a new person; a person who already has one keeps it."""
        with self._cursor() as cursor:
            cursor.execute(
                "INSERT INTO subject_key (subject, wrapped) VALUES (%s, %s) ON CONFLICT (subject) DO NOTHING",
                (person, self._wrap(person, os.urandom(32))),
            )

    def get(self, person: UUID) -> AESGCM | None:
        """The person's cipher, or None when there is no key: never made, or erased."""
        return self.get_many([person]).get(person)

    def get_many(self, persons: Iterable[UUID]) -> dict[UUID, AESGCM]:
        """The ciphers of those who have a key, read in one query; they stay at hand for a while."""
        now = time.monotonic()
        found: dict[UUID, AESGCM] = {}
        absent: list[UUID] = []
        for person in set(persons):
            cipher = self._recent.get(person, now)
            if cipher is None:
                absent.append(person)
            else:
                found[person] = cipher
        if absent:
            with self._cursor() as cursor:
                rows = cursor.execute(
                    "SELECT subject, wrapped FROM subject_key WHERE subject = ANY (%s)", (absent,)
                ).fetchall()
            for person, wrapped in rows:
                found[person] = AESGCM(self._unwrap(person, bytes(wrapped)))
                # From before the query on: what was erased while it ran is not kept for longer than promised.
                self._recent.put(person, found[person], now + KEPT_SECONDS)
        return found

    def erase(self, person: UUID) -> bool:
        """Destroy a person's key, for good; says whether there was one."""
        return self.erase_many([person]) > 0

    def erase_many(self, persons: Iterable[UUID]) -> int:
        """Destroy the keys of `persons`; returns how many there were."""
        gone = list(persons)
        with self._cursor() as cursor:
            count = cursor.execute("DELETE FROM subject_key WHERE subject = ANY (%s)", (gone,)).rowcount
        for person in gone:
            self._recent.drop(person)
        return count

    def rewrap(self, batch: int = 1000) -> int:
        """Wrap by the key encryption key in use what another one still wraps; returns how many keys were
        changed.

        Once it returns 0 the other key may be taken out of the settings.
        """
        count = 0
        while True:
            with self._cursor() as cursor:
                rows = cursor.execute(
                    """
                    SELECT subject, wrapped FROM subject_key WHERE get_byte(wrapped, 0) <> %s
                    LIMIT %s FOR UPDATE SKIP LOCKED
                    """,
                    (self._wraps, batch),
                ).fetchall()
                cursor.executemany(
                    "UPDATE subject_key SET wrapped = %s WHERE subject = %s",
                    [(self._wrap(person, self._unwrap(person, bytes(old))), person) for person, old in rows],
                )
            count += len(rows)
            if len(rows) < batch:
                return count

    def behind(self) -> int:
        """How many keys an older key encryption key still wraps."""
        with self._cursor() as cursor:
            row = cursor.execute(
                "SELECT count(*) FROM subject_key WHERE get_byte(wrapped, 0) <> %s", (self._wraps,)
            ).fetchone()
        return row[0] if row else 0

    def _wrap(self, person: UUID, key: bytes) -> bytes:
        version, nonce = bytes([self._wraps]), os.urandom(_NONCE)
        return version + nonce + self._keks[self._wraps].encrypt(nonce, key, version + person.bytes)

    def _unwrap(self, person: UUID, wrapped: bytes) -> bytes:
        version, nonce, rest = wrapped[:1], wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        kek = self._keks.get(version[0]) if version else None
        if kek is None:
            raise SealBroken("a key is wrapped by a key encryption key that the settings do not hold")
        try:
            return kek.decrypt(nonce, rest, version + person.bytes)
        except InvalidTag:
            raise SealBroken("a key does not unwrap: another key encryption key, or another person") from None

    @contextmanager
    def _cursor(self) -> Iterator[Cursor[tuple[Any, ...]]]:
        """A cursor with plain rows, whatever rows the pool's connections give."""
        with self._pool.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            yield cursor


class People:
    """Seals and unseals personal words, and finds people by words that it cannot read."""

    def __init__(self, pool: Pool, kek: bytes | Mapping[int, bytes], blind_key: bytes) -> None:
        self.keys = SubjectKeys(pool, kek)
        if len(blind_key) != 32:
            raise ValueError("the blind key is 32 bytes")
        self._blind_key = blind_key

    def new(self, person: UUID) -> None:
        self.keys.new(person)

    def seal(self, person: UUID, text: str, context: str = "") -> bytes:
        """Encrypt a text for one person and one field (`context`); `Refused` when the person has no key."""
        return seal(self.keys, person, text, context)

    def unseal(self, person: UUID, blob: bytes, context: str = "") -> str | None:
        """The text again, or None when the person was erased; `SealBroken` when it was tampered with."""
        return unseal(self.keys, person, blob, context)

    def prefetch(self, persons: Iterable[UUID]) -> None:
        """Read the keys of many persons in one query, before a list of them is unsealed."""
        self.keys.get_many(persons)

    def erase(self, person: UUID) -> bool:
        """Destroy a person's key; after the commit that wrote `erased_subject` and deleted the index rows."""
        return self.keys.erase(person)

    def blind(self, kind: str, value: str) -> bytes:
        return blind_index(self._blind_key, kind, value)


def seal(keys: SubjectKeys, person: UUID, text: str, context: str = "") -> bytes:
    """A text under a person's key, bound to person and `context`: version byte, nonce, ciphertext."""
    cipher = keys.get(person)
    if cipher is None:
        raise Refused(
            "person_erased", "This person's data were erased; nothing more can be written about them."
        )
    nonce = os.urandom(_NONCE)
    return bytes([_SEALED]) + nonce + cipher.encrypt(nonce, text.encode(), _bound_to(person, context))


def unseal(keys: SubjectKeys, person: UUID, blob: bytes, context: str = "") -> str | None:
    """The text that `seal` was given; None when the key is gone."""
    cipher = keys.get(person)
    if cipher is None:
        return None
    if len(blob) < 1 + _NONCE or blob[0] != _SEALED:
        raise SealBroken("not a sealed value")
    try:
        return cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], _bound_to(person, context)).decode()
    except InvalidTag:
        raise SealBroken("a sealed value does not open for this person and field") from None


def _bound_to(person: UUID, context: str) -> bytes:
    return bytes([_SEALED]) + person.bytes + context.encode()


def blind_index(key: bytes, kind: str, value: str) -> bytes:
    """A keyed hash (HMAC-SHA256) by which equal values are found without being readable; kinds never mix.

    Normalise `value` first: what should be found together must be spelt the same.
    """
    name = kind.encode()
    return hmac.new(key, len(name).to_bytes(2, "big") + name + value.encode(), sha256).digest()


def reapply_erasures(connection: Connection[Any], keys: SubjectKeys) -> int:
    """Destroy again the keys of everyone in the ledger `erased_subject`; returns how many had come back.

    Run it after each restore of either database, before the service starts, and at each start: a crash
    between the ledger's commit and the key's destruction is mended so.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute("SELECT subject FROM erased_subject").fetchall()
    return keys.erase_many(row[0] for row in rows) if rows else 0
