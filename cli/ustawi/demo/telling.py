"""How the story is told: chapters, sentences, tables and progress; plain text where nobody looks on."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import IO, Any, Literal, Protocol

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_TENTHS = 10  # how often progress is told where there is no bar


class Advance(Protocol):
    """Moves a bar on by one step."""

    def __call__(self) -> None: ...


class Teller:
    """Tells officers what happens as it happens."""

    def __init__(self, file: IO[str] | None = None) -> None:
        console = Console(file=file, highlight=False)
        self._lively = console.is_terminal and not os.environ.get("CI")
        # Without a terminal rich would fold lines at 80 columns, and folded lines cannot be searched.
        self._out = (
            console
            if self._lively
            else Console(file=file, highlight=False, soft_wrap=True, no_color=True, width=140)
        )
        self._chapters = 0

    def chapter(self, title: str) -> None:
        self._chapters += 1
        self._out.print(f"\n[bold]{self._chapters}. {escape(title)}[/bold]")

    def say(self, sentence: str) -> None:
        self._indented(escape(sentence))

    def refused(self, what: str, code: str, message: str) -> None:
        """A refusal is part of the story: the services keep the law."""
        self._indented(
            f"[yellow]refused[/yellow]  {escape(what)}: {escape(message)} [dim]({escape(code)})[/dim]"
        )

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A table; numbers stand to the right, with thousands apart."""
        table = Table(
            title=escape(title),
            title_justify="left",
            title_style="bold",
            box=None,
            padding=(0, 1),
            pad_edge=False,
        )
        for number, column in enumerate(columns):
            numeric = bool(rows) and all(type(row[number]) is int or row[number] == "" for row in rows)
            # On a narrow screen words may fold; a figure stays whole.
            least = max((len(_shown(row[number])) for row in rows), default=0) if numeric else None
            justify: Literal["left", "right"] = "right" if numeric else "left"
            folds = self._lively and not numeric
            table.add_column(escape(column), justify=justify, no_wrap=not folds, min_width=least)
        for row in rows:
            table.add_row(*(_shown(cell) for cell in row))
        self._out.print()
        self._out.print(table)

    def verdict(self, passed: bool, text: str) -> None:
        self._out.print(f"\n[bold {'green' if passed else 'red'}]{escape(text)}[/]")

    def _indented(self, markup: str) -> None:
        self._out.print(Padding(markup, (0, 0, 0, 3)) if self._lively else f"   {markup}")

    @contextmanager
    def progress(self, what: str, steps: int) -> Iterator[Advance]:
        """A bar with its rate, or a line for each tenth where there is no terminal; threads may call it."""
        began = time.monotonic()
        if self._lively:
            columns = (
                TextColumn("   {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TaskProgressColumn(),
                TimeRemainingColumn(),
            )
            with Progress(*columns, console=self._out, transient=True) as bar:
                task = bar.add_task(what, total=steps, rate="")

                def advance() -> None:
                    bar.update(task, advance=1, rate=_rate(bar.tasks[task].completed, began))

                yield advance
            return
        done = 0

        def advance_plainly() -> None:
            nonlocal done
            done += 1
            if done * _TENTHS // steps != (done - 1) * _TENTHS // steps:
                self.say(f"{what}: {done:,} of {steps:,} ({_rate(done, began)})")

        yield advance_plainly


def day(on: date | str) -> str:
    """A date as people write it: 14 July 2025."""
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def money(amount: int) -> str:
    """Whole shillings, thousands apart."""
    return f"{amount:,}"


def _shown(cell: Any) -> str:
    if isinstance(cell, bool):
        return "[green]PASS[/green]" if cell else "[bold red]FAIL[/bold red]"
    return f"{cell:,}" if isinstance(cell, int) else escape(str(cell))


def _rate(done: float, began: float) -> str:
    return f"{done / max(0.001, time.monotonic() - began):,.0f}/s"
