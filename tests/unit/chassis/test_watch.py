"""What a process sees of its machine: rights of files that hold secrets, certificates, disks."""

from pathlib import Path

import pytest

from certificates import certificate
from chassis import watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that all may pass, as all above it."""
    for step in (tmp_path, *tmp_path.parents):
        if step.stat().st_mode & 0o011 != 0o011:
            step.chmod(0o755)
        if step.name.startswith("pytest-of"):
            break
    return tmp_path


def secret(folder: Path, mode: int) -> Path:
    file = folder / "key"
    file.write_text("secret")
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    ("mode", "problem"), [(0o400, None), (0o600, None), (0o444, "open"), (0o440, "open"), (0o622, "writable")]
)
def test_a_secret_that_others_can_read_or_write_is_told(folder: Path, mode: int, problem: str | None) -> None:
    assert watch.problem_of(secret(folder, mode)) == problem


def test_a_closed_folder_keeps_others_out(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    assert watch.problem_of(secret(closed, 0o444)) is None


def test_a_public_file_may_be_read_and_not_written(folder: Path) -> None:
    assert watch.problem_of(secret(folder, 0o444), public=True) is None
    assert watch.problem_of(secret(folder, 0o646), public=True) == "writable"


def test_the_files_of_settings_are_looked_at_by_name(folder: Path) -> None:
    env = {"KEK_FILE": str(secret(folder, 0o444)), "COMMAND_KEY_FILE": str(folder / "gone"), "HOME": "/"}
    assert watch.secret_files(env) == [
        {"setting": "COMMAND_KEY_FILE", "problem": "unreadable"},
        {"setting": "KEK_FILE", "problem": "open"},
    ]


def test_a_bundle_ends_with_the_first_of_its_certificates(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(certificate(400) + certificate(3))
    (told,) = watch.certificates(f"postgresql://loans@db/ustawi?sslrootcert={file}", {})
    assert told["path"] == str(file)
    assert told["ends"] == pytest.approx(watch.clock() / 1000 + 3 * 86400, abs=5)


def test_what_is_no_certificate_has_no_end(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    assert watch.certificates("", {"BROKER_CERTIFICATE_FILE": str(file)}) == [
        {"path": str(file), "ends": None}
    ]


def test_each_disk_is_told_once() -> None:
    disks = watch.disks()
    assert disks[0]["path"] == "/"
    assert all(0 <= disk["free"] <= disk["size"] for disk in disks)
