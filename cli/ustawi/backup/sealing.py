"""Files that only the holder of the backup key can read, and that nobody can change, cut or exchange unseen.

A sealed file is a header (which key, what it is), then pieces of 64 KiB, each under AES-256-GCM with its number and
whether it is the last as nonce, and under a key of the file's own that is derived from the backup key and the header:
the construction STREAM (Hoang, Reyhanitabar, Rogaway, Vizard, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", 2015). Reading and writing hold one piece in memory, whatever the size of the file.
"""

import base64
import binascii
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ustawi.backup.errors import BackupError

MAGIC = b"ustawi-sealed-1\n"
PIECE = 64 * 1024
_TAG = 16
_SALT = 32
_LONGEST_HEADER = 4096


@dataclass(frozen=True)
class Keyring:
    """The backup keys: the first seals, all open. Their ids tell which one a file needs, and nothing else."""

    keys: tuple[bytes, ...]

    @classmethod
    def load(cls, file: Path) -> "Keyring":
        """Read a file of keys, one in a line as base64: the newest first, older ones below it."""
        try:
            lines = file.read_text().split()
        except OSError as error:
            raise BackupError(f"the backup key {file} cannot be read: {error.strerror}") from None
        try:
            keys = tuple(base64.b64decode(line, validate=True) for line in lines)
        except binascii.Error:
            keys = ()
        if not keys or any(len(key) != 32 for key in keys):
            raise BackupError(f"{file} must hold keys of 32 bytes as base64, one in a line, the newest first")
        return cls(keys)

    @property
    def newest(self) -> bytes:
        return self.keys[0]

    def find(self, key_id: str) -> bytes:
        """The key of that id; BackupError when it is not here."""
        for key in self.keys:
            if hmac.compare_digest(key_id_of(key), key_id):
                return key
        raise BackupError(f"sealed by the key {key_id}, which is not in the key file: add it there")


def key_id_of(key: bytes) -> str:
    """Sixteen hexadecimal digits that name a key."""
    return sha256(b"ustawi backup key\0" + key).hexdigest()[:16]


def _derived(key: bytes, info: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def mac(key: bytes, text: bytes) -> str:
    """Proves that a text that anybody may read was written by a holder of the key."""
    return hmac.new(_derived(key, b"ustawi manifest"), text, sha256).hexdigest()


class Sealer:
    """Writes one sealed file; nothing is complete before `close`."""

    def __init__(self, file: BinaryIO, keys: Keyring, about: Mapping[str, str]) -> None:
        self._file = file
        header = json.dumps({"key": key_id_of(keys.newest), "about": dict(about)}, sort_keys=True).encode()
        salt = os.urandom(_SALT)
        self._cipher = AESGCM(_derived(keys.newest, MAGIC + header, salt))
        self._waiting = bytearray()
        self._number = 0
        self.digest = sha256()
        self.size = 0
        self._put(MAGIC + len(header).to_bytes(4, "big") + header + salt)

    def write(self, data: bytes) -> None:
        """Take more; what fills a piece is sealed at once."""
        self._waiting += data
        while len(self._waiting) > PIECE:  # not the last: more has come behind it
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def close(self) -> None:
        """Seal the last piece. The file stays open, and the caller's."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), piece, None))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def read_header(file: BinaryIO) -> dict[str, Any]:
    """What a sealed file says of itself, unchecked until its pieces are opened: {key, about}."""
    return _header(file)[0]


def _header(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupError("not a sealed file")
    length = int.from_bytes(file.read(4), "big")
    raw = file.read(length) if length <= _LONGEST_HEADER else b""
    try:
        header = json.loads(raw)
        if not isinstance(header["key"], str) or not isinstance(header["about"], dict):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise BackupError("the header of a sealed file is damaged") from None
    return header, raw


def opened(file: BinaryIO, keys: Keyring, about: Mapping[str, str]) -> Iterator[bytes]:
    """The pieces of a sealed file that must be what `about` says; BackupError where it was changed or cut."""
    header, raw = _header(file)
    if header["about"] != dict(about):
        raise BackupError(f"this is the sealed file of {header['about']}, where {dict(about)} should be")
    key = keys.find(header["key"])
    cipher = AESGCM(_derived(key, MAGIC + raw, file.read(_SALT)))
    number, piece = 0, file.read(PIECE + _TAG)
    while True:
        following = file.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), piece, None)
        except InvalidTag:
            raise BackupError("a sealed file was changed or is not whole") from None
        if not following:
            return
        number, piece = number + 1, following


def seal_bytes(file: BinaryIO, keys: Keyring, about: Mapping[str, str], data: Iterable[bytes]) -> Sealer:
    """Write a whole sealed file; returns the sealer for its size and digest."""
    sealer = Sealer(file, keys, about)
    for part in data:
        sealer.write(part)
    sealer.close()
    return sealer
