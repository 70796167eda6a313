"""The paths that an office's work takes through the system, each beside what it could be at best."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from desk.events import ThingEntered
from desk.service import EnterIn
from frames import Link, message, properties
from ground import HERE, Ground, steadily
from measuring import Figure, in_turns, memory_mb, watching
from statements import PgBench, recorded

from chassis.envelope import CHAIN_START, chained, compose, place
from chassis.ids import uuid7

WINDOW = 500
QUORUM = {"x-queue-type": "quorum", "x-single-active-consumer": True}


@dataclass
class Bench:
    """What all paths share: the ground, how long and how often, and the figures found."""

    ground: Ground
    rounds: int
    seconds: int
    peers: Path | None  # the interpreter that has the other frameworks
    figures: dict[str, Figure] = field(default_factory=dict)

    def figure(self, name: str, unit: str = "/s") -> Figure:
        return self.figures.setdefault(name, Figure(name, unit))

    def order(self, method: str, body: dict[str, Any], at_once: int, **more: Any) -> dict[str, Any]:
        return {
            "key": f"loans.{method}",
            "body": json.dumps({"args": [], "kwargs": body}),
            "headers": {
                "nameko.auth_token": self.ground.token("clerk"),
                "nameko.deadline": time.time() + 3600,
                "nameko.call_id_stack": ["bench.0"],
            },
            "at_once": at_once,
            "seconds": self.seconds,
            **more,
        }

    def asked(self, name: str, process: Any, order: dict[str, Any]) -> None:
        """Load one service once and keep what it did and cost."""
        with watching(self.ground.parts(process)) as watch:
            seen = self.ground.ask(**order)
        watch.cpu["load"] = seen["load_cpu"]
        told = {"p50_ms": seen["p50_ms"], "p99_ms": seen["p99_ms"], "refused": seen["refused"]}
        done = 1 - seen["refused"] / seen["all"]
        self.figure(name).add(seen["rate"] * done, watch, seen["all"] * done, **told)


ENTER = {**EnterIn.example, "command_id": "{id}"}


def echo(bench: Bench, desk: Any) -> None:
    """RPC, Python at both ends, 8 callers; beside it a pair in bare py-amqp."""
    ground = bench.ground
    server = ground.program(sys.executable, "peers/raw_echo.py", "server", ground.uri)

    def paired(name: str, process: Any, *command: str) -> None:
        with watching(ground.parts(process)) as watch:
            done = subprocess.run(
                [sys.executable, *command, "8", str(bench.seconds)],
                input=json.dumps(EnterIn.example),
                capture_output=True,
                text=True,
                check=True,
                cwd=HERE,
            )
        rate = float(done.stdout)
        bench.figure(name).add(rate, watch, rate * bench.seconds)

    in_turns(
        bench.rounds,
        lambda: paired("rpc echo", desk, str(HERE / "calling.py"), ground.broker.uri()),
        lambda: paired(
            "rpc echo, bare py-amqp", server, str(HERE / "peers/raw_echo.py"), "caller", ground.uri
        ),
    )
    ground.end(server)


def commands(bench: Bench, desk: Any) -> None:
    """Commands, 32 callers, one process; beside them pgbench with the same statements, and other frameworks."""
    ground = bench.ground
    pgbench = PgBench(ground, recorded(ground))

    def statements() -> None:
        with watching(ground.parts()) as watch:
            rate = pgbench.run(32, bench.seconds)
        bench.figure("command, pgbench").add(rate, watch, rate * bench.seconds)

    steps: list[Callable[[], None]] = [
        lambda: bench.asked("command", desk, bench.order("enter", ENTER, 32)),
        statements,
    ]
    peers = []
    dsn = ground.beside.dsn("loans")
    if bench.peers:
        faststream = ground.program(bench.peers, "peers/faststream_desk.py", ground.uri, dsn)
        peers.append(faststream)
        order = bench.order("enter", ENTER, 32, exchange="", key="bench.faststream", good='"thing"')
        steps.append(lambda: bench.asked("command, FastStream", faststream, order))
    in_turns(bench.rounds, *steps)
    for peer in peers:
        ground.end(peer)

    once: list[tuple[str, Any, dict[str, Any]]] = []
    plain = ground.program(sys.executable, "peers/nameko_desk.py", ground.uri, dsn)
    order = bench.order("enter", ENTER, 32, key="plain.enter", good='"error": null')
    once.append(("command, plain nameko", plain, order))
    for name, process, its in once:
        bench.asked(name, process, its)
        ground.end(process)
    if bench.peers:
        celery = ground.program(bench.peers, "peers/celery_desk.py", ground.uri, dsn)
        task = [[], ENTER, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
        named = {
            "lang": "py",
            "task": "enter",
            "id": "{id}",
            "root_id": "{id}",
            "argsrepr": "",
            "kwargsrepr": "",
        }
        order = bench.order("enter", ENTER, 32, exchange="", key="bench.celery", good='"SUCCESS"')
        bench.asked("command, Celery", celery, {**order, "body": json.dumps(task), "headers": named})
        ground.end(celery)


def relay(bench: Bench, desk: Any) -> None:
    """Facts from the outbox to a quorum queue; beside it a publisher of bare frames with 500 confirms outstanding."""
    ground, count = bench.ground, 4000 * bench.seconds
    link = Link(ground.uri)
    queue = "bench.relayed"
    link.declare(queue, QUORUM)
    link.bind(queue, "loans.events", "#")
    envelope = _envelope(str(uuid4()), "loans")

    def relayed() -> None:
        link.purge(queue)
        before = ground.sql("SELECT position FROM loans.log_head")[0][0]
        with watching(ground.parts(desk)) as watch:
            ground.sql(
                f"""
                INSERT INTO loans.outbox (event, type, subject, recorded_at, envelope)
                SELECT gen_random_uuid(), 'thing_entered', gen_random_uuid()::text, now(), %s
                FROM generate_series(1, {count})
                """,
                envelope,
            )
            began = time.perf_counter()
            ground.sql("NOTIFY loans_outbox")
            ended = steadily(
                lambda: ground.sql("SELECT published FROM loans.log_head")[0][0] >= before + count, 0.02
            )
        bench.figure("relay").add(count / (ended - began), watch, count)

    def bare() -> None:
        link.purge(queue)
        publisher = Link(ground.uri)
        publisher.confirm()
        body = place(envelope, uuid7(), 1, CHAIN_START).encode()
        props = properties(content_type="application/json", delivery_mode=2, message_id=str(uuid4()))
        one = message("loans.events", "thing_entered", props, body)
        with watching(ground.parts()) as watch:
            began, own = time.perf_counter(), time.process_time()
            publish(publisher, [one] * count)
            seconds = time.perf_counter() - began
            spent = time.process_time() - own
        watch.cpu["service"] = spent  # the publisher is this very process
        bench.figure("relay, bare publisher").add(count / seconds, watch, count)
        publisher.close()

    in_turns(bench.rounds, relayed, bare)
    link.purge(queue)
    link.close()


def publish(link: Link, messages: list[bytes]) -> None:
    """Publish all, never more than `WINDOW` unconfirmed."""
    sent, confirmed, open_tags = 0, 0, set()
    while confirmed < len(messages):
        burst = messages[sent : sent + WINDOW - (sent - confirmed)]
        if burst:
            link.send(b"".join(burst))
            open_tags.update(range(sent + 1, sent + 1 + len(burst)))
            sent += len(burst)
        for what, tag, multiple, _ in link.read(30):
            assert what == "confirm"
            gone = {each for each in open_tags if each <= tag} if multiple else {tag}
            open_tags -= gone
        confirmed = sent - len(open_tags)


def _envelope(thing: str, source: str) -> str:
    return compose(
        id=str(uuid7()),
        source=source,
        schema=ThingEntered,
        subject=thing,
        time=_now(),
        data={**ThingEntered.example, "thing": thing},
        version=1,
        actor="bench",
        correlation=str(uuid4()),
        causation=str(uuid4()),
        traceparent=None,
    )


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


class Source:
    """A log that continues from round to round, as `cases` would have published it; nobody answers for it."""

    def __init__(self) -> None:
        self.log, self.position, self.chain = uuid7(), 0, CHAIN_START

    def next(self, count: int) -> list[bytes]:
        made = []
        for _ in range(count):
            self.position += 1
            text = place(_envelope(str(uuid7()), "cases"), self.log, self.position, self.chain)
            self.chain = chained(self.chain, text)
            props = properties(content_type="application/json", delivery_mode=2)
            made.append(message("cases.events", "thing_entered", props, text.encode()))
        return made


def projection(bench: Bench, board: Any) -> None:
    """Events from a quorum queue into figures, exactly once; beside it a consumer of bare frames that drops them."""
    import signal

    ground, count, source = bench.ground, 5000 * bench.seconds, Source()
    queue = "bench.consumed"
    link = Link(ground.uri)
    link.declare(queue, QUORUM)
    link.confirm()
    steadily(
        lambda: bool(
            ground.broker.control("list_queues", "-p", ground.broker.vhost, "name").count("from.cases")
        )
    )

    def projected() -> None:
        events = source.next(count)
        board.send(signal.SIGSTOP)
        publish(Link_confirmed(ground.uri), events)
        with watching(ground.parts(board)) as watch:
            began = time.perf_counter()
            board.send(signal.SIGCONT)
            ended = steadily(
                lambda: (
                    ground.sql("SELECT max(position) FROM reports.stream_position WHERE source = 'cases'")[0][
                        0
                    ]
                    == source.position
                ),
                0.02,
            )
        bench.figure("projection").add(count / (ended - began), watch, count)

    def consumed() -> None:
        props = properties(content_type="application/json", delivery_mode=2)
        text = place(_envelope(str(uuid7()), "cases"), source.log, 1, CHAIN_START).encode()
        feeder = Link(ground.uri)
        feeder.confirm()
        publish(feeder, [message("", queue, props, text)] * count)
        feeder.close()
        consumer, got = Link(ground.uri), 0
        with watching(ground.parts()) as watch:
            began, own = time.perf_counter(), time.process_time()
            consumer.consume(queue, prefetch=2000)
            while got < count:
                last = 0
                for what, tag, _, _ in consumer.read(30):
                    if what == "message":
                        got, last = got + 1, tag
                if last:
                    consumer.ack(last)
            seconds = time.perf_counter() - began
            spent = time.process_time() - own
        watch.cpu["service"] = spent  # the consumer is this very process
        bench.figure("projection, broker consume alone").add(count / seconds, watch, count)
        consumer.close()

    def Link_confirmed(uri: str) -> Link:
        made = Link(uri)
        made.confirm()
        return made

    in_turns(bench.rounds, projected, consumed)
    link.close()


def visible(bench: Bench, desk: Any, board: Any) -> None:
    """From a command's commit to its figure in another service, at 100 commands a second."""
    ground = bench.ground
    _until_read(ground)  # also what other paths left behind
    for _ in range(bench.rounds):
        began = ground.sql("SELECT clock_timestamp()")[0][0]
        with watching({**ground.parts(desk), "board": [board.process.pid]}) as watch:
            seen = ground.ask(**bench.order("enter", ENTER, 1, pace=100))
            _until_read(ground)
        times = [
            float(row[0])
            for row in ground.sql(
                """
                SELECT extract(epoch FROM pg_xact_commit_timestamp(shown.xmin) - pg_xact_commit_timestamp(thing.xmin))
                       * 1000
                FROM thing JOIN shown USING (thing) WHERE pg_xact_commit_timestamp(thing.xmin) > %s ORDER BY 1
                """,
                began,
            )
        ]
        done = seen["all"] - seen["refused"]
        assert len(times) >= done * 0.99, (len(times), done)
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        bench.figure("commit to visible, p50", "ms").add(p50, watch, seen["all"])
        bench.figure("commit to visible, p99", "ms").add(p99)
        bench.figure("command at 100/s, p50", "ms").add(seen["p50_ms"])
        bench.figure("command at 100/s, p99", "ms").add(seen["p99_ms"])


def _until_read(ground: Ground) -> float:
    """Until the board has read what the desk has committed; returns the moment."""
    return steadily(
        lambda: bool(
            ground.sql(
                """
                SELECT 1 FROM loans.log_head, reports.stream_position
                WHERE source = 'loans' AND stream_position.position = log_head.position
                  AND NOT EXISTS (SELECT FROM loans.outbox)
                """
            )
        ),
        0.02,
    )


def whole(bench: Bench, desk: Any, board: Any) -> None:
    """Commands by 32 callers, relayed, and shown by the board: how many a second from end to end."""
    ground = bench.ground
    _until_read(ground)
    for _ in range(bench.rounds):
        with watching({**ground.parts(desk), "board": [board.process.pid]}) as watch:
            began = time.perf_counter()
            seen = ground.ask(**bench.order("enter", ENTER, 32))
            ended = _until_read(ground)
        watch.cpu["load"] = seen["load_cpu"]
        done = seen["all"] - seen["refused"]
        bench.figure("whole path").add(done / (ended - began), watch, done, refused=seen["refused"])


def memory(bench: Bench, name: str, process: Any) -> None:
    bench.figure(f"memory of a service, {name}", "MB").add(memory_mb(process.process.pid))
