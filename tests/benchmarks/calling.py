"""Calls the desk's echo by the chassis's own client, several at once; a process of its own.

`calling.py URI AT_ONCE SECONDS`, the body as JSON on standard input; prints how often it was answered each second.
"""

import json
import sys
import time
from typing import Any

from chassis.client import Client


def call(uri: str, body: dict[str, Any], at_once: int, seconds: float) -> float:
    client = Client(uri, name="caller")
    client.call("loans", "echo", body)
    answered, began = 0, time.perf_counter()
    until = began + seconds
    under_way = [client.send("loans", "echo", body, timeout=30) for _ in range(at_once)]
    while time.perf_counter() < until:
        client.receive(under_way.pop(0), timeout=30)
        answered += 1
        under_way.append(client.send("loans", "echo", body, timeout=30))
    rate = answered / (time.perf_counter() - began)
    client.close()
    return rate


if __name__ == "__main__":
    print(call(sys.argv[1], json.load(sys.stdin), int(sys.argv[2]), float(sys.argv[3])))
