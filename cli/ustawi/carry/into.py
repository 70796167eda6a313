"""`ustawi import`: files into the services, by chunks that may be sent again."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from chassis.errors import ChassisError
from ustawi.carry.chunks import Chunk, FileWrong, Row, chunks, read_rows
from ustawi.columns import counted
from ustawi.session import Session, operated

_AREA = ("code", "level", "name", "valid_from")
_LINE = ("on", "bank_reference", "receipt_number", "amount")
_file = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group(name="import")
def import_() -> None:
    """Take files in, chunk by chunk.

    Each chunk is one command with an id made from its content: an import that broke off goes on where it stopped
    when the same file is given again by the same officer, and nothing is taken in twice.
    """


@import_.command()
@_file
@click.option("--country", required=True, help="Two letters, such as TZ.")
@click.option("--source", required=True, help="Where the areas were read, such as 'national postcode list'.")
@click.option("--instrument", required=True, help="The legal instrument, such as 'GN 240 of 22 April 2016'.")
@click.option(
    "--chunk", default=500, show_default=True, type=click.IntRange(1, 5000), help="Areas at a time."
)
@click.option("--dry-run", is_flag=True, help="Only read the file, and tell what would be sent.")
@operated
def areas(
    session: Session, file: Path, country: str, source: str, instrument: str, chunk: int, dry_run: bool
) -> int:
    """Put the areas of a CSV FILE on record in the registry.

    Columns: code, level, name, parent (the parent's code; empty for the country), valid_from. Parents stand before
    their children.
    """
    session.roles = ("registrar",)
    said = {"country": country, "source": source, "instrument": instrument}
    parts = _read(session, file, (*_AREA, "parent"), _AREA, chunk, said)

    def send(part: Chunk) -> Mapping[str, Any]:
        return session.do(
            "registry", "import_areas", part.command_id, timeout=60, **said, areas=list(part.rows)
        )

    return _send(session, parts, send, ("created", "unchanged"), dry_run)


@import_.command(name="bank-statement")
@_file
@click.option("--council", required=True, help="The council: its id, or its code together with --country.")
@click.option("--country", help="Two letters, where --council is a code.")
@click.option("--statement", required=True, help="The statement's own number, such as 'ST 2/2026'.")
@click.option(
    "--chunk", default=500, show_default=True, type=click.IntRange(1, 1000), help="Lines at a time."
)
@click.option("--dry-run", is_flag=True, help="Only read the file, and tell what would be sent.")
@operated
def bank_statement(
    session: Session, file: Path, council: str, country: str | None, statement: str, chunk: int, dry_run: bool
) -> int:
    """Take a bank's statement of a council's special account in, from a CSV FILE.

    Columns: on (YYYY-MM-DD), bank_reference, receipt_number (may be empty), amount (whole shillings; what went out
    is below 0). Lines that are found nowhere in the books wait for a finance officer.
    """
    session.roles = ("finance_officer",)
    place = council if dry_run else _council(session, council, country)
    said = {"council": place, "statement": statement}
    parts = _read(session, file, _LINE, ("on", "bank_reference", "amount"), chunk, said)

    def send(part: Chunk) -> Mapping[str, Any]:
        return session.do(
            *("loans", "import_bank_statement", part.command_id),
            timeout=60,
            **said,
            lines=_as_csv(part.rows),
        )

    return _send(session, parts, send, ("new", "matched", "unmatched"), dry_run)


def _council(session: Session, council: str, country: str | None) -> str:
    try:
        return str(UUID(council))
    except ValueError:
        if not country:
            raise click.UsageError("--council is a code: give --country too.") from None
    return str(session.ask("registry", "area", country=country, code=council)["area"])


def _read(
    session: Session,
    file: Path,
    allowed: Sequence[str],
    needed: Sequence[str],
    size: int,
    said: Mapping[str, Any],
) -> list[Chunk]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return list(chunks(read_rows(lines, needed, allowed), size, said, session.officer))
    except (FileWrong, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: {error}") from None


def _as_csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_LINE)
    writer.writerows([row.get(name, "") for name in _LINE] for row in rows)
    return text.getvalue().rstrip("\n")


def _send(
    session: Session,
    parts: Sequence[Chunk],
    send: Callable[[Chunk], Mapping[str, Any]],
    figures: Sequence[str],
    dry_run: bool,
) -> int:
    totals = dict.fromkeys(figures, 0)
    rows = sum(len(part.rows) for part in parts)
    for number, part in enumerate([] if dry_run else parts, start=1):
        try:
            reply = send(part)
        except ChassisError as error:
            session.progress_ends()
            click.echo(
                f"{number - 1} of {len(parts)} chunks are in. The next, lines {part.first} to {part.last}, is not:"
                " give the same file again to go on from there.",
                err=True,
            )
            raise error
        for name in figures:
            totals[name] += reply[name]
        session.progress(f"{number} of {len(parts)} chunks, up to line {part.last}")
    session.progress_ends()
    told = ", ".join(f"{count} {name}" for name, count in totals.items())
    sent = f"{counted(rows, 'row')} in {counted(len(parts), 'chunk')}"
    line = f"{sent} would be sent." if dry_run else f"{sent}: {told}."
    session.tell({"rows": rows, "chunks": len(parts), "dry_run": dry_run, **totals}, lines=[line])
    return 0
