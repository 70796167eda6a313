"""`ustawi streams` and `ustawi resume`: how far each service has read each source."""

from collections.abc import Sequence

import click

from ustawi.columns import table
from ustawi.init.services import service as ground_of
from ustawi.session import NAMES, WRONG, Session, chosen, operated, services_option


@click.command()
@services_option
@operated
def streams(session: Session, services: Sequence[str]) -> int:
    """Tell how far each service has read its sources.

    And what stands in the way. Exit status 1 when a stream is stopped or forked, or has parked events.
    """
    rows = []
    for service in chosen(services):
        if ground_of(service).follows:
            rows += [
                {"service": service, **stream}
                for stream in session.ask(service, "streams", timeout=5)["streams"]
            ]
    session.tell(
        {"streams": rows},
        lines=[
            table(
                ("service", "source", "position", "parked", "last event", "state"),
                [
                    (
                        row["service"],
                        row["source"],
                        row["position"],
                        row["parked"],
                        (row["event_time"] or "-")[:19],
                        _state(row),
                    )
                    for row in rows
                ],
                fold=("state",),
            )
        ],
    )
    return WRONG if any(row["forked"] or row["stopped"] or row["parked"] for row in rows) else 0


@click.command()
@click.argument("service", type=click.Choice(NAMES))
@click.argument("source")
@operated
def resume(session: Session, service: str, source: str) -> int:
    """Let a stream that stopped go on.

    SERVICE follows SOURCE again. Mend the cause first: docs/runbooks/stream-stopped.md. A forked stream is refused.
    """
    done = session.do(service, "resume_stream", source=source)
    said = "goes on" if done["resumed"] else "was not stopped"
    session.tell(done, lines=[f"The stream from {source} to {service} {said}."])
    return 0


def _state(row: dict[str, object]) -> str:
    if row["forked"]:
        return "FORKED"
    return f"STOPPED: {row['stopped']}" if row["stopped"] else "flows"
