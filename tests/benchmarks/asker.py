"""Asks a service, as fast as it answers or at a fixed pace, by frames made by hand; a process of its own.

Reads what to ask as JSON from standard input and prints what it saw as JSON: requests answered, refused, seconds,
and the times to answer. `{id}` in the body becomes a new UUID each time, and so does `{id}` in the properties.
"""

import json
import sys
import time
from collections import deque
from typing import Any
from uuid import uuid4

from frames import Link, correlation_of, message, properties


def ask(order: dict[str, Any]) -> dict[str, Any]:
    link = Link(order["uri"])
    reply_to = str(uuid4())
    queue = order.get("reply_queue", "rpc.reply-bench-{id}").format(id=reply_to)
    link.declare(queue, durable=False)
    if order["exchange"]:
        link.bind(queue, order["exchange"], reply_to)
    link.consume(queue, prefetch=0, no_ack=True)
    back = reply_to if order["exchange"] else queue
    plain: dict[str, Any] = {
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "delivery_mode": 1,
    }
    body = order["body"].encode()
    marked = b"{id}" in body
    sent: dict[str, float] = {}
    refused: dict[str, int] = {}
    good = order["good"].encode()  # what every reply holds that is no refusal
    times: deque[float] = deque()

    def request() -> bytes:
        ticket = str(uuid4())
        headers = {
            name: value.replace("{id}", ticket) if isinstance(value, str) else value
            for name, value in order["headers"].items()
        }
        props = properties(**plain, headers=headers, correlation_id=ticket, reply_to=back)
        sent[ticket] = time.perf_counter()
        key = order["key"]
        return message(
            order["exchange"], key, props, body.replace(b"{id}", ticket.encode()) if marked else body
        )

    def collect(timeout: float) -> int:
        got, now = 0, 0.0
        for what, _, props, reply in link.read(timeout):
            if what == "message":
                now = now or time.perf_counter()
                times.append(now - sent.pop(correlation_of(props)))
                if good not in reply:
                    refused[reply[:300].decode()] = refused.get(reply[:300].decode(), 0) + 1
                got += 1
        return got

    began = time.perf_counter()
    pace, seconds = order.get("pace"), order["seconds"]
    if pace:
        total = int(pace * seconds)
        for number in range(total):
            due = began + number / pace
            while (left := due - time.perf_counter()) > 0:
                try:
                    collect(left)
                except TimeoutError:
                    break
            link.send(request())
        ended = time.perf_counter()
    else:
        link.send(b"".join(request() for _ in range(order["at_once"])))
        while time.perf_counter() - began < seconds:
            link.send(b"".join([request() for _ in range(collect(30))]))
        ended = time.perf_counter()
    answered = len(times)
    while sent:
        collect(30)
    ordered = sorted(times)
    link.close()
    return {
        "answered": answered,
        "all": len(ordered),
        "refused": sum(refused.values()),
        "why": sorted(refused, key=lambda each: -refused[each])[:2],
        "seconds": ended - began,
        "rate": answered / (ended - began),
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(ask(json.load(sys.stdin))))
