"""The desk's command as nameko's own documents would have it: plain `@rpc`, marshmallow, psycopg and its pool.

`nameko_desk.py URI DSN`. It checks no token and publishes nothing itself: it does less.
"""

import os
import sys
import warnings

warnings.simplefilter("ignore")
import eventlet  # noqa: E402

eventlet.monkey_patch()
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"

import json  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from uuid import uuid4  # noqa: E402

from marshmallow import Schema, fields, validate  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from psycopg_pool import ConnectionPool  # noqa: E402

URI, DSN = sys.argv[1:3]
pool = ConnectionPool(DSN, min_size=10, max_size=10, open=False)


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


class Desk:
    name = "plain"

    @rpc
    def enter(self, **body):
        given, thing, event, now = Enter().load(body), uuid4(), uuid4(), datetime.now(UTC)
        with pool.connection() as connection:
            found = connection.execute(
                "SELECT reply FROM command WHERE command = %s", [given["command_id"]]
            ).fetchone()
            if found:
                return found[0]
            connection.execute(
                """
                INSERT INTO thing
                    (thing, household, ward, "on", amount, kind, reference, note, members, urgent, seen_at)
                VALUES (%(thing)s, %(household)s, %(ward)s, %(on)s, %(amount)s, %(kind)s, %(reference)s, %(note)s,
                        %(members)s, %(urgent)s, %(seen_at)s)
                """,
                {**given, "thing": thing},
            )
            data = {name: str(given[name]) for name in ("ward", "on", "kind")} | {"amount": given["amount"]}
            connection.execute(
                "INSERT INTO outbox (event, type, subject, recorded_at, envelope) VALUES (%s, %s, %s, %s, %s)",
                [event, "thing_entered", str(thing), now, json.dumps({"id": str(event), "data": data})],
            )
            reply = {"thing": str(thing), "version": 1, "events": [str(event)]}
            connection.execute(
                "INSERT INTO command (command, actor, method, body_hmac, reply, at) VALUES (%s, %s, %s, %s, %s, %s)",
                [given["command_id"], "bench", "enter", b"\0" * 32, json.dumps(reply), now],
            )
        return reply


pool.open()
runner = ServiceRunner({"AMQP_URI": URI, "max_workers": 10})
runner.add_service(Desk)
runner.start()
print("ready", flush=True)
runner.wait()
