"""The board. It runs as `reports`, follows a desk that runs as `loans`, and `cases`, where nobody answers."""

from collections.abc import Sequence
from typing import Any

from board import events
from chassis.entrypoints import ChassisEntrypoints
from chassis.service import Service
from chassis.stream import Stream


def put_up(tx: Any, entered: Sequence[Any]) -> None:
    """Keep the last state of each thing: one statement for the batch."""
    last = {event.subject: event for event in entered}
    tx.run(
        """
        INSERT INTO shown (thing, ward, "on", kind, amount, version)
        SELECT * FROM unnest(%(thing)s::uuid[], %(ward)s::uuid[], %(on)s::date[], %(kind)s::text[],
                             %(amount)s::bigint[], %(version)s::bigint[])
        ON CONFLICT (thing) DO UPDATE
        SET ward = excluded.ward, "on" = excluded."on", kind = excluded.kind, amount = excluded.amount,
            version = excluded.version
        WHERE shown.version < excluded.version
        """,
        thing=list(last),
        version=[event.version for event in last.values()],
        **{name: [event.data[name] for event in last.values()] for name in ("ward", "on", "kind", "amount")},
    )


class Board(ChassisEntrypoints):
    name = "reports"


SERVICE = Service(
    name="reports",
    entrypoints=Board,
    events=events,
    streams=[Stream("loans", batch=put_up), Stream("cases", batch=put_up)],
)
