"""An RPC echo in bare py-amqp at both ends: what the library costs without a framework.

`server URI` answers; `caller URI AT_ONCE SECONDS` asks and prints how often it was answered each second.
"""

import json
import sys
import time
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import amqp

QUEUE = "bench.raw-echo"


def connect(uri: str) -> Any:
    address = urlsplit(uri)
    connection = amqp.Connection(
        f"{address.hostname}:{address.port}",
        userid=unquote(address.username or ""),
        password=unquote(address.password or ""),
        virtual_host=unquote(address.path[1:]),
    )
    connection.connect()
    return connection


def serve(uri: str) -> None:
    connection = connect(uri)
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, auto_delete=False)
    channel.basic_qos(0, 128, False)

    def answer(message: Any) -> None:
        body = json.loads(message.body)
        reply = amqp.Message(
            json.dumps({"result": body["kwargs"], "error": None}),
            content_type="application/json",
            correlation_id=message.properties["correlation_id"],
        )
        channel.basic_publish(reply, exchange="", routing_key=message.properties["reply_to"])
        channel.basic_ack(message.delivery_tag)

    channel.basic_consume(QUEUE, callback=answer)
    print("ready", flush=True)
    while True:
        connection.drain_events()


def call(uri: str, body: dict[str, Any], at_once: int, seconds: float) -> float:
    connection = connect(uri)
    channel = connection.channel()
    queue = channel.queue_declare(exclusive=True).queue
    answered = 0

    def ask() -> None:
        message = amqp.Message(
            json.dumps({"args": [], "kwargs": body}),
            content_type="application/json",
            correlation_id=str(uuid4()),
            reply_to=queue,
        )
        channel.basic_publish(message, exchange="", routing_key=QUEUE)

    def on_reply(message: Any) -> None:
        nonlocal answered
        json.loads(message.body)
        answered += 1
        if time.perf_counter() < until:
            ask()

    channel.basic_consume(queue, no_ack=True, callback=on_reply)
    began = time.perf_counter()
    until = began + seconds
    for _ in range(at_once):
        ask()
    while time.perf_counter() < until:
        connection.drain_events()
    rate = answered / (time.perf_counter() - began)
    connection.close()
    return rate


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(sys.argv[2])
    else:
        print(call(sys.argv[2], json.load(sys.stdin), int(sys.argv[3]), float(sys.argv[4])))
