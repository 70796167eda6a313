"""`ustawi dead-letters`: messages that no service could read."""

import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import click

from ustawi.columns import table
from ustawi.init.services import service as ground_of
from ustawi.session import NAMES, WRONG, Session, chosen, operated, paced, services_option

_PATIENCE = 10.0  # seconds for a service to carry out a wish; it looks every second
_OUTCOMES = {
    "dropped": "dropped",
    "taken_in": "read now; its fact had been taken in from the source's log, so it is gone",
    "unreadable": "still unreadable: it stays",
    "not_yet": "readable, and its fact is not taken in yet: it stays, try again",
    "gone": "was gone already",
    None: "still to do: look again",
}


def letter_option(function: Any) -> Any:
    return click.option("--letter", help="Only this one, by its id as `list` tells it.")(function)


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Look after messages that could not be read.

    The stream went on without them: a real event's place was filled from the source's log. docs/runbooks/
    dead-letters.md tells what to do.
    """


@dead_letters.command(name="list")
@services_option
@operated
def list_(session: Session, services: Sequence[str]) -> int:
    """List unreadable messages; exit status 1 when there are any."""
    found = list(letters(session, services))
    session.tell(
        {"letters": found},
        lines=[
            table(
                ("service", "letter", "source", "bytes", "copies", "begins"),
                [
                    (
                        each["service"],
                        each["letter"],
                        each["source"],
                        each["bytes"],
                        each["copies"],
                        each["text"][:40].replace("\n", " "),
                    )
                    for each in found
                ],
                fold=("begins",),
            )
        ]
        if found
        else ["No unreadable messages."],
    )
    return WRONG if found else 0


@dead_letters.command()
@click.argument("service", type=click.Choice(NAMES))
@click.argument("letter")
@operated
def show(session: Session, service: str, letter: str) -> int:
    """Show one message as it came, unreadable bytes escaped; its first 4000 characters."""
    found = list(letters(session, [service], letter))
    session.tell(
        {"letters": found},
        lines=[
            f"{each['service']}, said to be from {each['source']}: {each['bytes']} bytes, {each['copies']} times\n"
            + each["text"]
            for each in found
        ]
        or ["There is no such letter."],
    )
    return 0 if found else WRONG


@dead_letters.command()
@services_option
@letter_option
@click.option("--rate", type=click.FloatRange(min=0.1), help="Letters a second; else as fast as it goes.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be read again.")
@operated
def redrive(
    session: Session, services: Sequence[str], letter: str | None, rate: float | None, dry_run: bool
) -> int:
    """Read messages again, by the code that runs now.

    One that can be read now, and whose fact the service has, goes; nothing is ever applied twice. The others stay.
    """
    return _want(session, "redrive_dead_letters", "read again", services, letter, rate, dry_run)


@dead_letters.command()
@services_option
@letter_option
@click.option("--dry-run", is_flag=True, help="Only tell what would be dropped.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@operated
def drop(session: Session, services: Sequence[str], letter: str | None, dry_run: bool, yes: bool) -> int:
    """Throw messages away, for good. Look at them first: `ustawi dead-letters show`."""
    if not dry_run and not yes:
        click.confirm(f"Throw away {letter or 'all unreadable messages'}?", abort=True, err=True)
    return _want(session, "drop_dead_letters", "dropped", services, letter, None, dry_run)


def letters(session: Session, services: Sequence[str], letter: str | None = None) -> Iterator[dict[str, Any]]:
    """Every unreadable message, by service; those that follow nobody get none."""
    for service in chosen(services):
        if ground_of(service).follows:
            page = session.ask(service, "dead_letters", letter=letter, limit=200)
            yield from ({"service": service, **each} for each in page["letters"])


def _want(
    session: Session,
    method: str,
    done: str,
    services: Sequence[str],
    letter: str | None,
    rate: float | None,
    dry_run: bool,
) -> int:
    found = list(letters(session, services, letter))
    wishes: list[tuple[dict[str, Any], str]] = []
    if not dry_run:
        for each in paced(found, rate):
            command_id = str(uuid4())
            session.do(each["service"], method, command_id, letters=[each["letter"]])
            wishes.append((each, command_id))
            session.progress(f"{len(wishes)} of {len(found)} letters")
    until = time.monotonic() + _PATIENCE
    for each, command_id in wishes:
        each["outcome"] = _outcome(session, each, command_id, until)
    session.progress_ends()
    ended = [
        f"{each['service']} {each['letter']}: {f'would be {done}' if dry_run else _OUTCOMES[each['outcome']]}"
        for each in found
    ]
    session.tell({"dry_run": dry_run, "letters": found}, lines=ended or ["No unreadable messages."])
    stays = [each for each in found if each.get("outcome") in ("unreadable", "not_yet", None)]
    return WRONG if stays and not dry_run else 0


def _outcome(session: Session, letter: dict[str, Any], command_id: str, until: float) -> str | None:
    while True:
        told = session.ask(letter["service"], "dead_letters", command=command_id, limit=1)["outcomes"]
        outcome: str | None = told.get(letter["letter"])
        if outcome or time.monotonic() > until:
            return outcome
        time.sleep(0.2)
