"""A sealed file opens whole and unchanged, by its key, as what it is: or not at all."""

import io
import os
from pathlib import Path

import pytest

from ustawi.backup.errors import BackupError
from ustawi.backup.sealing import PIECE, Keyring, key_id_of, mac, opened, read_header, seal_bytes
from ustawi.backup.settings import opened_settings, sealed_settings

KEYS = Keyring((os.urandom(32),))
ABOUT = {"backup": "20260131T020000Z", "kind": "office", "part": "loans.dump"}


def sealed(data: bytes, keys: Keyring = KEYS) -> bytes:
    file = io.BytesIO()
    made = seal_bytes(file, keys, ABOUT, [data[i : i + 1000] for i in range(0, len(data), 1000)])
    assert made.size == len(file.getvalue())
    return file.getvalue()


def unsealed(raw: bytes, keys: Keyring = KEYS, about: dict[str, str] = ABOUT) -> bytes:
    return b"".join(opened(io.BytesIO(raw), keys, about))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])
def test_what_goes_in_comes_out(size: int) -> None:
    data = os.urandom(size)
    raw = sealed(data)
    assert unsealed(raw) == data
    assert size < 16 or data[:16] not in raw


def test_every_change_is_seen() -> None:
    raw = sealed(b"x" * (2 * PIECE + 100))
    for at in (0, 17, 25, len(raw) // 2, len(raw) - PIECE - 1, len(raw) - 1):
        changed = bytearray(raw)
        changed[at] ^= 1
        with pytest.raises(BackupError):
            unsealed(bytes(changed))


@pytest.mark.parametrize("cut", [1, 100, 116, PIECE, PIECE + 116, PIECE + 117])
def test_a_file_that_was_cut_is_seen_also_between_two_pieces(cut: int) -> None:
    raw = sealed(b"x" * (2 * PIECE + 100))
    with pytest.raises(BackupError, match="not whole"):
        unsealed(raw[:-cut])


def test_pieces_that_were_exchanged_are_seen() -> None:
    raw = sealed(b"a" * PIECE + b"b" * PIECE + b"c")
    start = len(raw) - 2 * (PIECE + 16) - 17
    first, second = raw[start : start + PIECE + 16], raw[start + PIECE + 16 : start + 2 * (PIECE + 16)]
    assert len(first) == len(second) == PIECE + 16
    with pytest.raises(BackupError):
        unsealed(raw[:start] + second + first + raw[start + 2 * (PIECE + 16) :])


def test_a_file_cannot_stand_for_another() -> None:
    with pytest.raises(BackupError, match=r"where .* should be"):
        unsealed(sealed(b"words"), about={**ABOUT, "part": "cases.dump"})


def test_one_who_has_another_key_reads_nothing_and_is_told_which_it_is() -> None:
    with pytest.raises(BackupError, match=key_id_of(KEYS.newest)):
        unsealed(sealed(b"words"), Keyring((os.urandom(32),)))


def test_after_a_new_key_the_old_files_open_as_long_as_the_old_key_is_kept() -> None:
    new = Keyring((os.urandom(32), *KEYS.keys))
    assert unsealed(sealed(b"words"), new) == b"words"
    assert read_header(io.BytesIO(sealed(b"words", new)))["key"] == key_id_of(new.newest)


def test_a_key_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(BackupError, match="cannot be read"):
        Keyring.load(file)
    for text in ("", "short\n", "!!!\n"):
        file.write_text(text)
        with pytest.raises(BackupError, match="32 bytes"):
            Keyring.load(file)


def test_the_proof_of_a_manifest_needs_the_key() -> None:
    assert mac(KEYS.newest, b"told") != mac(os.urandom(32), b"told")
    assert mac(KEYS.newest, b"told") != mac(KEYS.newest, b"Told")


def test_settings_are_sealed_anew_only_when_they_or_the_key_changed() -> None:
    values = {"loans/command_key": "c2VjcmV0"}
    first = sealed_settings(values, KEYS, None)
    assert "c2VjcmV0" not in first
    assert opened_settings(first, KEYS) == values
    assert sealed_settings(values, KEYS, first) == first
    other = Keyring((os.urandom(32), *KEYS.keys))
    assert sealed_settings(values, other, first) != first
    changed = sealed_settings({"loans/command_key": "b3RoZXI="}, KEYS, first)
    assert opened_settings(changed, KEYS) == {"loans/command_key": "b3RoZXI="}
