"""`ustawi parked`: events that a service could not take in, and those that wait behind them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ustawi.columns import counted, table
from ustawi.init.services import service as ground_of
from ustawi.session import WRONG, Session, chosen, operated, paced, services_option

_PAGE = 500


def source_option(function: Any) -> Any:
    return click.option("--source", help="Only events of this source, such as registry.")(function)


def subject_option(function: Any) -> Any:
    return click.option("--subject", help="Only events of this subject.")(function)


@click.group()
def parked() -> None:
    """Look after events that could not be taken in.

    Later events of the same subject wait behind them, in order; all others flow. docs/runbooks/parked-events.md
    tells what to do.
    """


@parked.command(name="list")
@services_option
@source_option
@subject_option
@operated
def list_(session: Session, services: Sequence[str], source: str | None, subject: str | None) -> int:
    """List parked events by subject; exit status 1 when there are any."""
    found = list(subjects(session, services, source, subject))
    total = sum(each["events"] for each in found)
    session.tell(
        {"events": total, "subjects": found},
        lines=[
            *_listed(session, found),
            f"{counted(total, 'event')} of {counted(len(found), 'subject')}."
            " Each: ustawi parked show --subject SUBJECT",
        ]
        if found
        else ["Nothing is parked."],
    )
    return WRONG if found else 0


def _listed(session: Session, found: Sequence[dict[str, Any]]) -> list[Any]:
    """One row each for a pipe; for a person two lines each, so that a subject can be copied."""
    if session.terminal:
        lines: list[Any] = []
        for each in found:
            told = f"{counted(each['events'], 'event')}, tried {each['attempts']} times"
            lines.append(f"{each['subject']}  {each['service']} from {each['source']}: {told}")
            lines.append(f"  {each['type']} at {each['position']}: {each['error']}")
        return lines
    headings = ("service", "source", "subject", "events", "attempts", "position", "type", "error")
    return [table(headings, [[each[name] for name in headings] for each in found])]


@parked.command()
@services_option
@source_option
@click.option("--subject", required=True, help="The subject, as `list` tells it.")
@operated
def show(session: Session, services: Sequence[str], source: str | None, subject: str) -> int:
    """Show every parked event of a subject, and the event at fault as it was published."""
    rows = list(events(session, services, source, subject))
    lines: list[Any] = [f"Nothing of {subject} is parked."]
    shown = []
    if rows:
        for row in rows:
            body = None
            if row["error"] is not None:
                page = session.ask(row["source"], "events_after", position=row["position"] - 1, limit=1)
                body = page["events"][0] if page["events"] else None
            shown.append({**row, "body": body})
        lines = [
            table(
                ("service", "source", "position", "type", "tries", "parked at", "error"),
                [
                    (
                        row["service"],
                        row["source"],
                        row["position"],
                        row["type"],
                        row["attempts"],
                        row["parked_at"][:19],
                        row["error"] or "waits behind",
                    )
                    for row in rows
                ],
                fold=("error",),
            ),
            *(f"\n{row['source']} {row['position']}: {row['body']}" for row in shown if row["body"]),
        ]
    session.tell({"parked": shown}, lines=lines)
    return 0


@parked.command()
@services_option
@source_option
@subject_option
@click.option("--rate", type=click.FloatRange(min=0.1), help="Subjects a second; else as fast as it goes.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be tried.")
@operated
def redrive(
    session: Session,
    services: Sequence[str],
    source: str | None,
    subject: str | None,
    rate: float | None,
    dry_run: bool,
) -> int:
    """Try parked events again, each subject from its oldest on.

    Mend the cause first. The service does it within a second; what fails again stays parked, with one more try.
    """
    return _want(session, "redrive", "tried again", services, source, subject, rate, dry_run)


@parked.command()
@services_option
@source_option
@click.option("--subject", required=True, help="The subject whose parked events are given up.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be dropped.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@operated
def drop(
    session: Session, services: Sequence[str], source: str | None, subject: str, dry_run: bool, yes: bool
) -> int:
    """Give up a subject's parked events, for good: copies and figures of that service will lack them.

    The source's log keeps them. Who dropped what, and when, is on record.
    """
    if not dry_run and not yes:
        click.confirm(f"Give up all parked events of {subject}?", abort=True, err=True)
    return _want(session, "drop", "dropped", services, source, subject, None, dry_run)


def events(
    session: Session, services: Sequence[str], source: str | None, subject: str | None
) -> Iterator[dict[str, Any]]:
    """Every parked event, a service and source after another, in order."""
    for service in chosen(services):
        for each in ground_of(service).follows:
            if source not in (None, each):
                continue
            after = None
            while True:
                page = session.ask(service, "parked", source=each, subject=subject, after=after, limit=_PAGE)[
                    "parked"
                ]
                yield from ({"service": service, **row} for row in page)
                if len(page) < _PAGE:
                    break
                after = page[-1]["position"]


def subjects(
    session: Session, services: Sequence[str], source: str | None, subject: str | None
) -> Iterator[dict[str, Any]]:
    """The parked subjects, each by the event at fault: {service, source, subject, events, attempts, error, ...}."""
    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in events(session, services, source, subject):
        key = (row["service"], row["source"], row["subject"])
        first.setdefault(key, row)
        counted[key] += 1
    for key, row in first.items():
        told = (
            "service",
            "source",
            "subject",
            "position",
            "type",
            "error",
            "attempts",
            "parked_at",
            "wanted",
        )
        yield {**{name: row[name] for name in told}, "events": counted[key]}


def _want(
    session: Session,
    method: str,
    done: str,
    services: Sequence[str],
    source: str | None,
    subject: str | None,
    rate: float | None,
    dry_run: bool,
) -> int:
    found = list(subjects(session, services, source, subject))
    for number, each in enumerate(paced(found, None if dry_run else rate), start=1):
        if not dry_run:
            session.do(each["service"], method, source=each["source"], subject=each["subject"])
        session.progress(f"{number} of {len(found)} subjects")
    session.progress_ends()
    total = sum(each["events"] for each in found)
    verb = "would be" if dry_run else "will be"
    session.tell(
        {"dry_run": dry_run, "events": total, "subjects": found},
        lines=[
            *(
                f"{each['service']} from {each['source']}: {each['subject']} ({each['events']})"
                for each in found
            ),
            f"{counted(total, 'event')} of {counted(len(found), 'subject')} {verb} {done}."
            + ("" if dry_run or not found else " Look again: ustawi parked list"),
        ],
    )
    return 0
