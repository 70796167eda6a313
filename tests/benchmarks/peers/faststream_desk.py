"""The desk's command in FastStream and asyncpg: validated, one transaction of row, outbox and idempotency, a reply.

`faststream_desk.py URI DSN SCHEMA`. It checks no token, keeps no chain and publishes nothing itself: it does less.
"""

import asyncio
import json
import sys
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from pydantic import BaseModel, Field

URI, DSN = sys.argv[1:3]
broker = RabbitBroker(URI, default_channel=Channel(prefetch_count=128), logger=None)
app = FastStream(broker)


class Enter(BaseModel):
    household: UUID
    ward: UUID
    on: date
    amount: Annotated[int, Field(ge=1, le=9_000_000_000_000_000)]
    kind: Literal["women", "youth", "pwd"]
    reference: Annotated[str, Field(pattern=r"^[\w./\- ]{1,64}$")]
    note: Annotated[str, Field(max_length=500)] | None = None
    members: Annotated[int, Field(ge=1, le=200)]
    urgent: bool | None = None
    seen_at: datetime | None = None
    command_id: UUID


class Asked(BaseModel):
    kwargs: Enter


@app.on_startup
async def open_pool() -> None:
    app.context.set_global("pool", await asyncpg.create_pool(DSN, min_size=10, max_size=10))


@app.after_startup
async def tell() -> None:
    print("ready", flush=True)


@broker.subscriber(RabbitQueue("bench.faststream", durable=True))
async def enter(asked: Asked) -> dict[str, object]:
    body, thing, event, now = asked.kwargs, uuid4(), uuid4(), datetime.now(UTC)
    pool = app.context.get("pool")
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow("SELECT reply FROM command WHERE command = $1", body.command_id)
        if found:
            return json.loads(found["reply"])
        await connection.execute(
            """
            INSERT INTO thing (thing, household, ward, "on", amount, kind, reference, note, members, urgent, seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            thing,
            body.household,
            body.ward,
            body.on,
            body.amount,
            body.kind,
            body.reference,
            body.note,
            body.members,
            body.urgent,
            body.seen_at,
        )
        data = {"thing": str(thing), "ward": str(body.ward), "on": str(body.on), "kind": body.kind}
        envelope = {
            "specversion": "1.0",
            "id": str(event),
            "source": "loans",
            "type": "thing_entered",
            "subject": str(thing),
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": {**data, "amount": body.amount},
            "aggregateversion": 1,
            "causationid": str(body.command_id),
            "actor": "bench",
        }
        await connection.execute(
            "INSERT INTO outbox (event, type, subject, recorded_at, envelope) VALUES ($1, $2, $3, $4, $5)",
            event,
            "thing_entered",
            str(thing),
            now,
            json.dumps(envelope),
        )
        reply = {
            "thing": str(thing),
            "version": 1,
            "events": [str(event)],
            "command_id": str(body.command_id),
        }
        await connection.execute(
            "INSERT INTO command (command, actor, method, body_hmac, reply, at) VALUES ($1, $2, $3, $4, $5, $6)",
            body.command_id,
            "bench",
            "enter",
            b"\0" * 32,
            json.dumps(reply),
            now,
        )
    return reply


if __name__ == "__main__":
    asyncio.run(app.run(log_level=30))
