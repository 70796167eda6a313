"""A contract's folder: written anew as a whole, or compared with what the code says now."""

from collections.abc import Mapping
from pathlib import Path

from chassis.service import Service


def folder_of(service: Service) -> Path:
    """Where the contract is kept: beside the service's package."""
    return service.folder.parent / "contracts"


def write(folder: Path, documents: Mapping[str, str]) -> None:
    """Make the folder hold these documents and nothing else."""
    for path in _files(folder) - documents.keys():
        (folder / path).unlink()
    for path, text in documents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def differences(folder: Path, documents: Mapping[str, str]) -> list[str]:
    """What drifted, a line each: `missing`, `changed` or `left over`, and the path."""
    there = _files(folder)
    missing = [f"missing    {path}" for path in documents.keys() - there]
    left_over = [f"left over  {path}" for path in there - documents.keys()]
    changed = [
        f"changed    {path}"
        for path in there & documents.keys()
        if (folder / path).read_bytes() != documents[path].encode()
    ]
    return sorted(missing + left_over + changed)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
