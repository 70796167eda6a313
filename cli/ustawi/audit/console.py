"""`ustawi audit`."""

from collections.abc import Sequence
from typing import Any

import click

from ustawi.audit.chain import Parting
from ustawi.audit.verification import Verification
from ustawi.session import WRONG, Session, chosen, operated, services_option


@click.group()
def audit() -> None:
    """Check that what is kept is what was once written."""


@audit.command()
@services_option
@operated
def verify(session: Session, services: Sequence[str]) -> int:
    """Go through every log and tell where it was changed after it was written.

    Works the chain of each log out again from its first event, compares it with the log's own head, with the place
    that every follower holds, and event by event with the copies that reports keeps; and compares the balances of
    loans with the sums of their events. Reads only. Exit status 1 where anything parts; docs/runbooks/
    audit-parted.md tells what to do.
    """
    verification = Verification(session, chosen(services))
    verification.run()
    session.progress_ends()
    partings, differences = verification.partings, verification.differences
    lines = [
        f"{log['service']}: {log['events']} events gone through"
        + (f", compared with {', '.join(log['followers'])}" if log["followers"] else "")
        for log in verification.logs
    ]
    if any(log["service"] == "loans" for log in verification.logs):
        lines.append(f"balances of {verification.loans} loans compared with their events")
    lines += [_parted(each) for each in partings]
    lines += [_differs(each) for each in differences]
    wrong = len(partings) + len(differences)
    lines.append(f"{wrong} differences: docs/runbooks/audit-parted.md" if wrong else "All agree.")
    session.tell(
        {
            "agrees": not wrong,
            "logs": verification.logs,
            "loans": verification.loans,
            "partings": [each.as_json() for each in partings],
            "balances": differences,
        },
        lines=lines,
    )
    return WRONG if wrong else 0


def _parted(parting: Parting) -> str:
    event = parting.event
    named = f"\n  {event['type']} {event['id']} of {event['subject']}, {event['time']}" if event else ""
    return f"PARTS  {parting.log} {parting.position} {parting.told}{named}"


def _differs(difference: dict[str, Any]) -> str:
    table, events = (
        "nothing" if difference[side] is None else f"{difference[side]:,}" for side in ("table", "events")
    )
    name = difference["reference"] or difference["loan"]
    return f"PARTS  loan {name}: {difference['what']} is {table} in the table and {events} by its events"
