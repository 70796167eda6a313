"""`ustawi export`: events and figures as files."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import click

from ustawi.carry.cells import csv_line
from ustawi.session import NAMES, Session, operated

_PAGE = 500
_TAIL = 2_000_000  # bytes: more than the longest event


@click.group()
def export() -> None:
    """Write events and figures to files."""


@export.command()
@click.argument("service", type=click.Choice(NAMES))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file: where it is there already, the export goes on behind its last event. Else the output.",
)
@click.option(
    "--after", type=click.IntRange(min=0), help="Begin behind this position; else at the first event."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many events.")
@operated
def events(session: Session, service: str, out: Path | None, after: int | None, limit: int | None) -> int:
    """Write the events of SERVICE as JSON lines, in order, as they were published.

    Events hold ids, codes and figures, and no word of a person. An export that broke off goes on when it is given the
    same file.
    """
    begin = after or 0
    if out and out.exists():
        found = _last_position(out, service)
        if found and after is not None:
            raise click.UsageError(f"{out} holds events up to {found} already: leave --after out.")
        begin = found or begin
    head = session.ask(service, "log_head")["position"]
    written = 0
    with _opened(out) as target:
        for text in _texts(session, service, begin, head, limit):
            target.write(text + "\n")
            written += 1
            if written % _PAGE == 0:
                target.flush()
                session.progress(f"{service}: {begin + written} of {head} events")
    session.progress_ends()
    if out:
        session.tell(
            {"service": service, "events": written, "position": begin + written, "out": str(out)},
            lines=[f"{written} events of {service} written to {out}, up to position {begin + written}."],
        )
    return 0


@export.command()
@click.argument("names", nargs=-1)
@click.option("--country", help="Two letters, such as TZ; or --area.")
@click.option("--area", help="An area's id: it and all below.")
@click.option("--fiscal-year", help="Such as 2025/26; with or without --quarter.")
@click.option("--quarter", type=click.IntRange(1, 4))
@click.option("--as-of", metavar="YYYY-MM-DD", help="Everything up to a day, in place of a year.")
@click.option("--by", multiple=True, help="A dimension, such as pot, area or quarter; may be repeated.")
@click.option("--level", help="With --by area: areas of this level, such as council.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; else the output.")
@click.option(
    "--unsuppressed", is_flag=True, help="With small figures, for officers alone; else as published."
)
@operated
def figures(
    session: Session,
    names: Sequence[str],
    out: Path | None,
    unsuppressed: bool,
    by: Sequence[str],
    **asked: Any,
) -> int:
    """Write figures as CSV: the indicators NAMED, or all of them.

    A figure that may not be published is an empty cell. The columns of --by stand between name and value; an
    indicator that lacks one of these dimensions is left out, and told.
    """
    if not (asked["country"] or asked["area"]):
        raise click.UsageError("Give --country or --area.")
    ask = session.ask if unsuppressed else session.ask_as_public
    known = {each["name"]: each for each in ask("reports", "indicators")["indicators"]}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(
            f"no such indicator: {', '.join(unknown)}. There are {', '.join(sorted(known))}."
        )
    free = {"area", "quarter"}
    chosen = [name for name in (names or sorted(known)) if set(by) <= {*known[name]["dimensions"], *free}]
    left_out = sorted(set(names or known) - set(chosen))
    rows = 0
    with _opened(out, anew=True) as target:
        target.write(
            csv_line(["indicator", "unit", "first_on", "last_on", *by, "value", "suppressed", "as_of"])
        )
        for number, name in enumerate(chosen, start=1):
            body = {key: value for key, value in asked.items() if value is not None}
            told = ask("reports", "indicator", name=name, by=list(by) or None, **body)
            as_of = max((each["time"] for each in told["data_as_of"] if each["time"]), default="")
            about = (name, told["unit"], told["first_on"], told["last_on"])
            for cell in _cells(told, by):
                dimensions = [cell.get(dimension) for dimension in by]
                target.write(csv_line([*about, *dimensions, cell["value"], cell["value"] is None, as_of]))
                rows += 1
            session.progress(f"{number} of {len(chosen)} indicators")
    session.progress_ends()
    if left_out:
        click.echo(f"left out, because they lack a dimension of --by: {', '.join(left_out)}", err=True)
    if out:
        told_out = {"indicators": len(chosen), "rows": rows, "left_out": left_out, "out": str(out)}
        session.tell(told_out, lines=[f"{rows} rows of {len(chosen)} indicators written to {out}."])
    return 0


def _cells(told: dict[str, Any], by: Sequence[str]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = told["cells"] or []
    return cells if by else [{"value": told["total"]}]


def _texts(session: Session, service: str, after: int, head: int, limit: int | None) -> Iterator[str]:
    left = head - after if limit is None else min(limit, head - after)
    while left > 0:
        page = session.ask(service, "events_after", timeout=30, position=after, limit=min(_PAGE, left))[
            "events"
        ]
        if not page:
            return
        yield from page
        after += len(page)
        left -= len(page)


def _last_position(file: Path, service: str) -> int:
    """The position of the last whole line, an event of the service; what was cut off behind it is removed."""
    with file.open("r+b") as lines:
        size = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, size - _TAIL))
        tail = lines.read()
        end = tail.rfind(b"\n") + 1
        if not end:
            if size:
                raise click.UsageError(f"{file} holds no events: name another file.")
            return 0
        last = tail[:end].rstrip(b"\n").rpartition(b"\n")[2]
        try:
            event = json.loads(last)
            if event["source"] != service:
                raise click.UsageError(f"{file} holds events of {event['source']}: name another file.")
            position = int(event["position"])
        except (ValueError, KeyError, TypeError):
            raise click.UsageError(f"{file} holds no events: name another file.") from None
        lines.truncate(size - len(tail) + end)
    return position


class _opened:
    """The file to write to, or the output."""

    def __init__(self, out: Path | None, *, anew: bool = False) -> None:
        self._out, self._mode = out, "w" if anew else "a"
        self._file: IO[str] | None = None

    def __enter__(self) -> IO[str]:
        if self._out is None:
            return sys.stdout
        self._file = self._out.open(self._mode, encoding="utf-8", newline="")
        return self._file

    def __exit__(self, *exc: object) -> None:
        if self._file:
            self._file.close()
