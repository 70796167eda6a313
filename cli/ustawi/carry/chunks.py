"""A file in chunks, each with a command id of its own that is the same whenever the file is imported again. Pure."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

_NAMESPACE = UUID("0b6f2c0a-6b5e-5a2e-8a52-3c7d5f1e9a40")

Row = dict[str, str]


class FileWrong(ValueError):
    """The file is not what it should be; the message names the line."""


@dataclass(frozen=True)
class Chunk:
    """Some rows, the first and last of their lines in the file, and the id under which they are sent."""

    rows: tuple[Row, ...]
    first: int
    last: int
    command_id: str


def read_rows(
    lines: Iterable[str], needed: Sequence[str], allowed: Sequence[str]
) -> Iterator[tuple[int, Row]]:
    """(line, row) of a CSV file; columns that are not `allowed` are left out, empty cells too."""
    rows = csv.reader(lines, strict=True)
    try:
        header = [name.strip().removeprefix("\ufeff") for name in next(rows, [])]
        missing = [name for name in needed if name not in header]
        if missing:
            raise FileWrong(
                f"line 1: the columns {', '.join(missing)} are missing; found {', '.join(header) or 'none'}"
            )
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise FileWrong(f"line {rows.line_num}: {len(cells)} cells, and the header has {len(header)}")
            named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            yield rows.line_num, {name: named[name] for name in allowed if named.get(name)}
    except csv.Error as error:
        raise FileWrong(f"line {rows.line_num}: {error}") from None


def chunks(
    rows: Iterable[tuple[int, Row]], size: int, said: Mapping[str, Any], officer: str
) -> Iterator[Chunk]:
    """The rows, `size` at a time. What is `said` with them and who sends them are part of the id."""
    held: list[tuple[int, Row]] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield _chunk(held, said, officer)
            held = []
    if held:
        yield _chunk(held, said, officer)


def _chunk(held: list[tuple[int, Row]], said: Mapping[str, Any], officer: str) -> Chunk:
    rows = tuple(row for _, row in held)
    text = json.dumps([dict(said), officer, rows], sort_keys=True, ensure_ascii=False)
    command_id = str(uuid5(_NAMESPACE, sha256(text.encode()).hexdigest()))
    return Chunk(rows, held[0][0], held[-1][0], command_id)
