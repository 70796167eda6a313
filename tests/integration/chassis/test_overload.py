"""More is asked than can be done: everybody is answered, nobody starves, and afterwards all is as before."""

import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

from chassis.app import CALLS_A_CONNECTION
from chassis.client import Client
from chassis.errors import ChassisError
from running import eventually

SLOWLY = 100  # milliseconds of each request: three workers do thirty a second


def resident(service) -> int:
    """Kilobytes that the process holds."""
    for line in Path(f"/proc/{service.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def test_a_caller_who_asks_far_too_much_is_told_so_and_another_is_served(start, world, token):
    service = start(MAX_WORKERS="3")
    noisy = Client(world.broker.uri(), token("clerk", subject="noisy"), name="noisy")
    quiet = Client(world.broker.uri(), token("clerk", subject="quiet"), name="quiet")
    quiet.call("loans", "post_parcel", {"weight": 1})
    before = resident(service)

    asked = [
        noisy.send("loans", "post_parcel", {"weight": 1, "slowly": SLOWLY}, timeout=12) for _ in range(1500)
    ]
    eventually(lambda: service.metric("ustawi_rpc_waiting") > 0, what="a queue")
    waits = []
    for _ in range(10):
        began = time.monotonic()
        assert quiet.call("loans", "post_parcel", {"weight": 2}, timeout=5)["parcel"]
        waits.append(time.monotonic() - began)

    answers = Counter(_told(noisy, ticket) for ticket in asked)
    assert answers["overloaded"] + answers["too_many"] > 1000  # told, and at once
    assert answers["done"] > 20
    assert "no_answer" not in answers
    assert sorted(waits)[-2] < 1.5
    assert resident(service) < before + 60_000

    began = time.monotonic()
    assert noisy.call("loans", "post_parcel", {"weight": 3}, timeout=5)["parcel"]
    assert time.monotonic() - began < 1
    assert service.metric("ustawi_rpc_waiting") == 0
    noisy.close()
    quiet.close()


def _told(client: Client, ticket: str) -> str:
    try:
        client.receive(ticket, timeout=15)
    except ChassisError as error:
        return error.code
    return "done"


def test_a_request_that_was_refused_is_done_when_it_is_repeated(start, world, token):
    service = start(MAX_WORKERS="1")
    client = Client(world.broker.uri(), token("clerk"), name="one")
    client.call("loans", "post_parcel", {"weight": 1, "slowly": 900})
    waiting = [
        client.send("loans", "post_parcel", {"weight": 1, "slowly": 900}, timeout=10) for _ in range(14)
    ]
    eventually(
        lambda: service.metric("ustawi_rpc_at_work") == CALLS_A_CONNECTION, what="as many at work as may be"
    )
    command = str(uuid4())
    body = {"weight": 7, "slowly": 900, "command_id": command}
    answers: list[str] = []

    def again() -> bool:
        answers.append(_told(client, client.send("loans", "post_parcel", body, timeout=10)))
        return answers[-1] == "done"

    eventually(again, 20, "it is done in the end")
    assert set(answers[:-1]) == {"overloaded"}
    assert {_told(client, ticket) for ticket in waiting} <= {"done", "overloaded"}
    client.close()
