"""Rows below headings: for a terminal, or one line each for a pipe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Columns:
    """Rows below headings, without lines around them."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    fold: Sequence[str]

    def for_people(self) -> Table:
        """For a terminal: only the columns named in `fold` are folded where room is short."""
        made = Table(box=None, pad_edge=False, header_style="bold")
        for heading in self.headings:
            made.add_column(heading, no_wrap=heading not in self.fold, overflow="fold")
        for row in self.rows:
            made.add_row(*map(Text, row))
        return made

    def plain(self) -> str:
        """For a pipe: one line for each row, nothing cut, no blanks at the end."""
        everything = [self.headings, *self.rows]
        widths = [max(len(row[number]) for row in everything) for number in range(len(self.headings))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in everything
        )


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, fold: Sequence[str] = ()) -> Columns:
    """Columns of whatever the cells hold; None is an empty cell."""
    return Columns(headings, [["" if cell is None else str(cell) for cell in row] for row in rows], fold)


def counted(number: int, one: str) -> str:
    """How many of a thing: 1 event, 2 events."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"
