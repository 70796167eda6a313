"""More callers than one service can serve, for a minute or more: what each of them gets, and what it costs.

`python -m reliability.overload` starts a parcel office, measures what it does for a few callers, and then has far more
asked of it for `OVERLOAD_SECONDS` (60). It prints what it saw, and ends with 1 when a bound was passed.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from kombu import Connection

from chassis.auth import OFFICE, sign
from chassis.client import Client
from chassis.errors import ChassisError
from chassis.settings import MIGRATE, Settings
from chassis.testing import prepare
from instances import SharedServers
from running import ROOT, RunningService, free_port
from ustawi.init.keys import office_kid

WORKERS, SLOWLY = 5, 50  # five workers, each taking 50 ms at least
CALM = 10.0  # seconds in which it is measured what the workers can do
CROWD, OUTSTANDING = 4, 100  # callers who ask without measure, and how much each has under way
TIMEOUT = 5.0
MOST_GROWTH = 64 * 1024  # kilobytes
LONGEST = (
    1.0  # seconds that 95 of 100 modest requests wait at most, besides ten times what they take in quiet
)
MOST_QUEUED = 10_000


class Crowd(threading.Thread):
    """One caller who keeps many requests under way, whatever they are told."""

    def __init__(self, uri: str, token: str, outstanding: int = OUTSTANDING) -> None:
        super().__init__(daemon=True)
        self._client = Client(uri, token, name="crowd")
        self._outstanding = outstanding
        self.over = threading.Event()
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        body = {"weight": 1, "slowly": SLOWLY}
        while not self.over.is_set():
            asked = [
                self._client.send("loans", "post_parcel", body, timeout=TIMEOUT)
                for _ in range(self._outstanding)
            ]
            for ticket in asked:
                self.answers[outcome(self._client, ticket)] += 1
        self._client.close()


def outcome(client: Client, ticket: str) -> str:
    try:
        client.receive(ticket, timeout=TIMEOUT + 1)
    except ChassisError as error:
        return error.code
    return "done"


class Modest:
    """One caller who asks for one thing at a time."""

    def __init__(self, uri: str, token: str) -> None:
        self._client = Client(uri, token, name="modest")
        self.waits: list[float] = []
        self.answers: Counter[str] = Counter()

    def ask(self) -> float:
        began = time.monotonic()
        self.answers[outcome(self._client, self._client.send("loans", "post_parcel", {"weight": 1}))] += 1
        self.waits.append(time.monotonic() - began)
        return self.waits[-1]

    def close(self) -> None:
        self._client.close()


def ask_for(seconds: float, callers: list[Crowd], beside: Callable[[], None]) -> tuple[Counter[str], float]:
    """Have them ask for some time; returns their answers together, and the seconds that it took."""
    began = time.monotonic()
    for caller in callers:
        caller.start()
    while time.monotonic() - began < seconds:
        beside()
    for caller in callers:
        caller.over.set()
    for caller in callers:
        caller.join(60)
    return sum((caller.answers for caller in callers), Counter()), time.monotonic() - began


def resident(service: RunningService) -> int:
    """Kilobytes that the process holds."""
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def queued(uri: str) -> int:
    """How many requests wait at the broker."""
    with Connection(uri) as connection:
        count: int = connection.channel().queue_declare("rpc-loans", passive=True).message_count
        return count


def main() -> int:
    seconds = float(os.environ.get("OVERLOAD_SECONDS") or 60)
    servers = SharedServers(ROOT / ".run" / "faults")
    with servers.with_postgres(), servers.with_rabbitmq():
        from parcels.service import SERVICE

        database, broker = servers.new_database(), servers.new_broker()
        settings = database.settings("loans", broker)
        prepare(SERVICE, Settings.load("loans", settings, needs=MIGRATE))
        directory = ROOT / ".run" / "faults" / "overload"
        directory.mkdir(parents=True, exist_ok=True)
        service = RunningService("parcels", {**settings, "MAX_WORKERS": str(WORKERS)}, directory, free_port())
        pem = servers.credentials.signing_key(OFFICE)
        tokens = [
            sign(pem, office_kid(pem), f"caller-{number}", ["clerk"], ["*"], seconds + 600)
            for number in range(CROWD + 1)
        ]
        try:
            service.start()
            return _overload(service, broker.uri(), settings["AMQP_URI"], tokens, seconds)
        finally:
            service.kill()
            servers.rabbitmq.remove()
            servers.postgres.remove()


def _overload(service: RunningService, uri: str, own_uri: str, tokens: list[str], seconds: float) -> int:
    modest = Modest(uri, tokens[0])
    for _ in range(20):
        modest.ask()
    calm, modest.waits = median(modest.waits), []
    alone, took = ask_for(CALM, [Crowd(uri, token, 1) for token in tokens[1:]], lambda: time.sleep(0.1))
    capacity = alone["done"] / took
    before, most_queued, most_waiting, most_memory = resident(service), 0, 0.0, 0

    def watch() -> None:
        nonlocal most_queued, most_waiting, most_memory
        modest.ask()
        most_queued = max(most_queued, queued(own_uri))
        most_waiting = max(most_waiting, service.metric("ustawi_rpc_waiting"))
        most_memory = max(most_memory, resident(service))

    answers, lasted = ask_for(seconds, [Crowd(uri, token) for token in tokens[1:]], watch)
    during, modest.waits = modest.waits, []
    after = modest.ask()
    modest.close()

    asked = sum(answers.values())
    slowest = quantiles(during, n=20)[-1]
    print(
        f"overload of {lasted:.0f} s: {CROWD} callers with {OUTSTANDING} requests under way each, {WORKERS} workers"
    )
    print(f"  asked {asked / lasted:,.0f}/s; " + ", ".join(f"{name} {answers[name]:,}" for name in answers))
    print(
        f"  done {answers['done'] / lasted:,.1f}/s; with {CROWD} callers of one request each it was {capacity:,.1f}/s"
    )
    print(
        f"  a modest caller: {len(during)} requests, {modest.answers['done'] - 21} done; median "
        f"{median(during) * 1000:,.0f} ms, 95 of 100 within {slowest * 1000:,.0f} ms (calm: {calm * 1000:,.0f} ms)"
    )
    print(f"  at most {most_waiting:.0f} waited in the process, {most_queued:,} at the broker")
    print(
        f"  memory {before:,} KB, at most {most_memory:,} KB; the first answer afterwards took {after:.2f} s"
    )
    broken = [
        what
        for what, holds in {
            "every request is answered": answers["no_answer"] <= asked // 1000,
            "the modest caller is served": slowest < LONGEST + 10 * calm,
            "memory is bounded": most_memory < before + MOST_GROWTH,
            "the queue is bounded": most_queued <= MOST_QUEUED,
            "it recovers at once": after < 0.5 + 5 * calm,
            "it works on": answers["done"] / lasted > capacity / 3,
        }.items()
        if not holds
    ]
    for what in broken:
        print(f"BROKEN {what}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
