"""The desk's command as a Celery task with a result for its caller: marshmallow, psycopg, prefork with two processes.

`celery_desk.py URI DSN`. It checks no token and publishes nothing itself: it does less.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
from celery import Celery
from celery.signals import worker_ready
from marshmallow import Schema, fields, validate

URI, DSN = sys.argv[1:3]
app = Celery("desk", broker=URI, backend="rpc://")
app.conf.update(
    task_default_queue="bench.celery",
    worker_prefetch_multiplier=32,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
)
_connection: list[Any] = []


class Enter(Schema):
    household = fields.UUID(required=True)
    ward = fields.UUID(required=True)
    on = fields.Date(required=True)
    amount = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    kind = fields.String(required=True, validate=validate.OneOf(["women", "youth", "pwd"]))
    reference = fields.String(required=True, validate=validate.Length(max=64))
    note = fields.String(load_default=None, validate=validate.Length(max=500))
    members = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=200))
    urgent = fields.Boolean(load_default=None)
    seen_at = fields.AwareDateTime(load_default=None)
    command_id = fields.UUID(required=True)


@app.task(name="enter", ignore_result=False)
def enter(**body: Any) -> dict[str, Any]:
    if not _connection:
        _connection.append(psycopg.connect(DSN))
    given, thing, event, now = Enter().load(body), uuid4(), uuid4(), datetime.now(UTC)
    with _connection[0].transaction():
        run = _connection[0].execute
        found = run("SELECT reply FROM command WHERE command = %s", [given["command_id"]]).fetchone()
        if found:
            return found[0]
        run(
            """
            INSERT INTO thing (thing, household, ward, "on", amount, kind, reference, note, members, urgent, seen_at)
            VALUES (%(thing)s, %(household)s, %(ward)s, %(on)s, %(amount)s, %(kind)s, %(reference)s, %(note)s,
                    %(members)s, %(urgent)s, %(seen_at)s)
            """,
            {**given, "thing": thing},
        )
        data = {name: str(given[name]) for name in ("ward", "on", "kind")} | {"amount": given["amount"]}
        run(
            "INSERT INTO outbox (event, type, subject, recorded_at, envelope) VALUES (%s, %s, %s, %s, %s)",
            [event, "thing_entered", str(thing), now, json.dumps({"id": str(event), "data": data})],
        )
        reply = {"thing": str(thing), "version": 1, "events": [str(event)]}
        run(
            "INSERT INTO command (command, actor, method, body_hmac, reply, at) VALUES (%s, %s, %s, %s, %s, %s)",
            [given["command_id"], "bench", "enter", b"\0" * 32, json.dumps(reply), now],
        )
    return reply


@worker_ready.connect
def tell(**_: Any) -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    app.worker_main(["worker", "--concurrency=2", "--loglevel=ERROR", "--without-gossip", "--without-mingle"])
