"""`ustawi outbox`: what was committed and is not published yet."""

from collections.abc import Sequence
from typing import Any

import click

from chassis.errors import ChassisError
from ustawi.columns import table
from ustawi.session import AWAY, WRONG, Session, chosen, operated, services_option

OLD = 10  # seconds that a fact may wait, as in the alert OutboxOld


@click.command()
@services_option
@operated
def outbox(session: Session, services: Sequence[str]) -> int:
    """Tell what waits to be published, and how long.

    Healthy is 0 waiting and published = position. Exit status 1 when the oldest has waited for more than 10
    seconds; docs/runbooks/outbox-old.md tells what to do.
    """
    rows: list[dict[str, Any]] = []
    for service in chosen(services):
        try:
            rows.append({"service": service, **session.ask(service, "outbox", timeout=5)})
        except ChassisError as error:
            rows.append({"service": service, "error": error.code})
    session.tell(
        {"outbox": rows},
        lines=[
            table(
                ("service", "waiting", "oldest", "position", "published", ""),
                [
                    (row["service"], "", "", "", "", f"does not answer [{row['error']}]")
                    if "error" in row
                    else (
                        row["service"],
                        row["pending"],
                        f"{row['oldest_seconds']} s" if row["pending"] else "-",
                        row["position"],
                        row["published"],
                        "not draining" if row["oldest_seconds"] > OLD else "",
                    )
                    for row in rows
                ],
            )
        ],
    )
    if any("error" in row for row in rows):
        return AWAY
    return WRONG if any(row["oldest_seconds"] > OLD for row in rows) else 0
