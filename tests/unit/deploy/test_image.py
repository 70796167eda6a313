"""What the image copies reaches the builder: .dockerignore holds nothing back that the code needs."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = [ROOT / "chassis/chassis", ROOT / "cli/ustawi", *ROOT.glob("services/*/*/migrations/..")]


@cache
def patterns() -> list[tuple[bool, re.Pattern[str]]]:
    """(let in, what) of each line: the last that matches a path or a folder above it counts."""
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()]
    return [
        (line.startswith("!"), _pattern(line.removeprefix("!")))
        for line in lines
        if line and not line.startswith("#")
    ]


def _pattern(line: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", line)
    wild = {"**/": "(.*/)?", "*": "[^/]*"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts) + "(/.*)?")


def is_sent(path: str) -> bool:
    sent = True
    for lets_in, pattern in patterns():
        if pattern.fullmatch(path):
            sent = lets_in
    return sent


def _code() -> list[str]:
    return [
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in package.resolve().rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]


def test_every_file_of_the_packages_is_sent_to_the_builder() -> None:
    code = _code()
    assert "services/loans/loans/contracts/rpc.py" in code
    assert [path for path in code if not is_sent(path) and not path.endswith("README.md")] == []


@pytest.mark.parametrize(
    "source", re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "deploy/Dockerfile").read_text(), re.M)
)
def test_what_is_copied_by_name_is_sent(source: str) -> None:
    files = [ROOT / source] if (ROOT / source).is_file() else [*(ROOT / source).rglob("*")]
    assert any(is_sent(file.relative_to(ROOT).as_posix()) for file in files if file.is_file())


@pytest.mark.parametrize(
    "path", [".git/config", ".run/secrets/keys.json", ".env", "services/loans/contracts/x"]
)
def test_what_no_image_needs_stays_here(path: str) -> None:
    assert not is_sent(path)
