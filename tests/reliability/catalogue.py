"""The faults that a run chooses from. Each is a generator: it hurts, yields for how long, and lifts.

What is yielded is the seconds that the hurt lasts. Afterwards the run measures how long it takes until every
service takes commands again and every follower has caught up.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random

import psycopg

from reliability import load
from reliability.crashing import CLOCK, POINTS, POISON, SLOW
from reliability.history import History
from reliability.house import NAMES, PAIRS, House, Member
from running import eventually
from ustawi.demo.office import LOGS
from ustawi.demo.officers import OPERATIONS

REACHED_WITHIN = 15.0  # seconds for a process under load to come by an armed point


class Missed(Exception):
    """The fault did not come about: nothing came by the armed point, or the victim was not there."""


class Site:
    """What a fault works on."""

    def __init__(self, house: House, history: History, world: load.World, seed: str) -> None:
        self.house, self.history, self.world = house, history, world
        self.dice = Random(seed)
        self._seed = seed
        self._days = iter(range(1, 1000))
        self.desk = self.a_desk("faults")

    def a_service(self, *names: str) -> Member:
        return self.house.members[self.dice.choice(names or NAMES)]

    def a_desk(self, name: str) -> load.Desk:
        """A caller of the run's own, for one thread."""
        return load.Desk(self.house, self.history, self.world.areas, f"{self._seed} {name}")

    def provoke(self, point: str) -> None:
        """Have something happen that the callers do not do all the time."""
        if point == "day_close":
            # By a caller who does not wait, on a thread of its own: the answer may never come.
            number = next(self._days)
            told = self.a_desk(f"day {number}"), self.world, load.closing_day(number)
            threading.Thread(target=load.close_day, args=told, daemon=True).start()


Fault = Callable[[Site], Iterator[float]]
CATALOGUE: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    def enter(function: Fault) -> Fault:
        CATALOGUE[name] = function
        return function

    return enter


# -- Processes that die


def _dying(point: str, *services: str) -> Fault:
    def die(site: Site) -> Iterator[float]:
        member = site.a_service(*services)
        _die_at(site, member, point)
        yield 0

    return die


def _die_at(site: Site, member: Member, point: str) -> None:
    """Arm a point in a process and wait until it died there."""
    process = member.process
    assert process is not None
    member.points.write(point, "")
    site.provoke(point)
    try:
        eventually(lambda: process.poll() is not None, REACHED_WITHIN)
    except AssertionError:
        raise Missed(f"{member.name} did not come by {point}") from None
    finally:
        member.points.take(point)


for _point, *_services in (
    ("command_before_commit",),
    ("command_after_commit",),
    ("relay_before_commit", *LOGS),
    ("relay_before_publish", *LOGS),
    ("relay_before_confirm", *LOGS),
    ("relay_before_marking", *LOGS),
    ("handler_before_commit", "loans", "cases", "reports"),
    ("handler_after_commit", "loans", "cases", "reports"),
    ("deadline_before_commit", "cases"),
    ("day_close", "loans"),
):
    CATALOGUE[f"kill -9 at {_point}"] = _dying(_point, *_services)


@fault("kill -9 at rebuild")
def rebuild_dies(site: Site) -> Iterator[float]:
    """The figures are made again and that process dies; then it is run to its end, amid what arrives."""
    reports = site.house.members["reports"]
    reports.points.write("rebuild", "")
    try:
        done = _rebuild(reports)
        reports.points.take("rebuild")
        if done.returncode != -signal.SIGKILL:
            raise Missed(f"the rebuild ended with {done.returncode}: {done.stderr[-200:]!r}")
        again = _rebuild(reports)
    except subprocess.TimeoutExpired:
        raise Missed("the rebuild took too long") from None
    assert again.returncode == 0, again.stderr[-500:]
    yield 0


def _rebuild(reports: Member) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "reliability.crashing", "rebuild"],
        env=reports.env,
        capture_output=True,
        timeout=60,
        check=False,
    )


@fault("kill -9, any moment")
def killed(site: Site) -> Iterator[float]:
    site.a_service().kill()
    yield 0


@fault("kill -9 of everything at once")
def power_cut(site: Site) -> Iterator[float]:
    servers = site.house.servers
    for process in (servers.postgres.process(), servers.rabbitmq.process()):
        if process is not None:
            process.signal(signal.SIGKILL)
    for member in list(site.house.members.values()):
        member.kill()
    servers.postgres.start()
    servers.rabbitmq.start()
    yield 0


@fault("SIGTERM")
def terminated(site: Site) -> Iterator[float]:
    member = site.a_service()
    with site.house.supervisor.unwatched(member):
        status = member.stop(within=40)
        assert status == 0, f"{member.name} ended with {status} when told to stop"
    yield 0


@fault("an event that kills its process")
def poisonous(site: Site) -> Iterator[float]:
    """It is parked in the end, untried; once its handler is mended it is redriven and nothing is missing."""
    member = site.house.members[follower := site.dice.choice(["loans", "reports"])]
    sources = [source for each, source in PAIRS if each == follower]
    member.points.write(POISON, "")
    try:
        eventually(lambda: _parked(site.house, follower), 240, "the event that kills is parked")
    except AssertionError:
        raise Missed("no event came that could kill") from None
    finally:
        member.points.take(POISON)
    yield 0
    member.until_ready()
    for source in sources:
        for row in _parked(site.house, follower, source):
            attempt = site.desk.command(
                OPERATIONS, follower, "redrive", patient=True, source=source, subject=row["subject"]
            )
            assert attempt.outcome != "unknown", attempt
    eventually(lambda: not _parked(site.house, follower), 30, "what was parked is redriven")


def _parked(house: House, follower: str, source: str | None = None) -> list[dict[str, str]]:
    with suppress(psycopg.Error), house.as_superuser() as connection:
        return connection.execute(
            f"""
            SELECT DISTINCT source, subject FROM {follower}.parked_event
            WHERE %(source)s::text IS NULL OR source = %(source)s
            """,
            {"source": source},
        ).fetchall()
    return []


# -- Processes that stand still


@fault("SIGSTOP of a service")
def frozen(site: Site) -> Iterator[float]:
    member = site.a_service()
    with _standing(_pid(member)):
        yield site.dice.uniform(2, 9)


@fault("SIGSTOP of the broker")
def frozen_broker(site: Site) -> Iterator[float]:
    process = site.house.servers.rabbitmq.process()
    assert process is not None
    with _standing(process.pid):  # the machine itself; its helpers do not survive being stopped
        yield site.dice.uniform(2, 8)


@fault("SIGSTOP of the database")
def frozen_database(site: Site) -> Iterator[float]:
    process = site.house.servers.postgres.process()
    assert process is not None
    with _standing(process.pid, *_children(process.pid)):
        yield site.dice.uniform(2, 8)


@contextmanager
def _standing(*pids: int) -> Iterator[None]:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _pid(member: Member) -> int:
    assert member.process is not None
    return member.process.pid


def _children(pid: int) -> list[int]:
    """Those that a process has started, and theirs."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as told:
                for child in map(int, told.read().split()):
                    found += [child, *_children(child)]
    return found


@contextmanager
def _second(site: Site, name: str) -> Iterator[Member]:
    """A second process of a service, for as long as the block lasts; it is told to stop in order."""
    key = f"{name} again"
    member = site.house.supervisor.add(key, site.house.member(name, 2))
    try:
        member.until_ready()
        yield member
    finally:
        site.house.supervisor.release(key)
        if member.running():
            member.stop(within=40)


@fault("two relays")
def two_relays(site: Site) -> Iterator[float]:
    """A second process stands by; the leader is killed at its work, and both go on."""
    name = site.dice.choice(LOGS)
    with _second(site, name):
        site.house.members[name].kill()
        yield 3


@fault("a frozen leader wakes")
def frozen_leader(site: Site) -> Iterator[float]:
    name = site.dice.choice(LOGS)
    first = site.house.members[name]
    with _second(site, name) as second:
        with _standing(_pid(first)):
            eventually(lambda: second.metric("ustawi_relay_leads") == 1.0, 20, "the other one leads")
            yield 1
        eventually(lambda: first.metric("ustawi_relay_leads") == 0.0, 20, "the one that woke follows")


@fault("a frozen consumer wakes")
def frozen_consumer(site: Site) -> Iterator[float]:
    """Its messages go to the other in the end, and when it wakes it holds what was handled long ago."""
    name = site.dice.choice(["loans", "cases", "reports"])
    with _second(site, name) as second:
        assert second.running()
        with _standing(_pid(site.house.members[name])):
            yield site.dice.uniform(10, 14)


# -- Ways that are cut


def _by_proxy(what: str, where: str) -> Fault:
    def hurt(site: Site) -> Iterator[float]:
        ways = site.house.to_broker if where == "broker" else site.house.to_database
        proxy = ways[site.dice.choice(NAMES)]
        getattr(proxy, what)()
        try:
            yield 0.0 if what == "cut" else site.dice.uniform(1, 8)
        finally:
            proxy.restore()
            if what == "swallow" and site.dice.random() < 0.5:
                proxy.cut()  # else what was swallowed comes after all

    return hurt


for _where in ("broker", "database"):
    for _what, _named in (("cut", "cut"), ("refuse", "refused"), ("swallow", "a black hole")):
        CATALOGUE[f"the way to the {_where}: {_named}"] = _by_proxy(_what, _where)


# -- The broker


@fault("the broker restarts")
def broker_restarts(site: Site) -> Iterator[float]:
    site.house.servers.rabbitmq.stop()
    site.house.servers.rabbitmq.start()
    yield 0


@fault("kill -9 of the broker")
def broker_dies(site: Site) -> Iterator[float]:
    process = site.house.servers.rabbitmq.process()
    assert process is not None
    process.signal(signal.SIGKILL)
    site.house.servers.rabbitmq.start()
    yield 0


def _on_queue(what: str) -> Fault:
    def hurt(site: Site) -> Iterator[float]:
        follower, source = site.dice.choice(PAIRS)
        queue = site.dice.choice([f"{follower}.from.{source}", f"rpc-{source}"])
        with site.house.as_keeper() as channel:
            getattr(channel, what)(queue)
        yield 0

    return hurt


CATALOGUE["a queue is purged"] = _on_queue("queue_purge")
CATALOGUE["a queue is deleted"] = _on_queue("queue_delete")


@fault("the broker nacks every event")
def nacks(site: Site) -> Iterator[float]:
    """A full queue beside the followers' that rejects: the publisher is told no, though others got it."""
    source = site.dice.choice(LOGS)
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with site.house.as_keeper() as channel:
        channel.queue_declare("faults.full", durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind("faults.full", f"{source}.events", "#")
    yield site.dice.uniform(2, 5)
    with site.house.as_keeper() as channel:
        channel.queue_delete("faults.full")


@fault("the broker's disk is full")
def disk_full(site: Site) -> Iterator[float]:
    broker = site.house.servers.rabbitmq
    broker.control("set_disk_free_limit", "900000GB")
    try:
        yield site.dice.uniform(1, 4)
    finally:
        broker.control("set_disk_free_limit", broker.settings["disk_free_limit.absolute"])


# -- The database


@fault("the database restarts")
def database_restarts(site: Site) -> Iterator[float]:
    site.house.servers.postgres.stop()
    site.house.servers.postgres.start()
    yield 0


@fault("kill -9 of the database")
def database_dies(site: Site) -> Iterator[float]:
    process = site.house.servers.postgres.process()
    assert process is not None
    process.signal(signal.SIGKILL)
    site.house.servers.postgres.start()
    yield 0


@fault("a slow commit is overtaken")
def overtaken(site: Site) -> Iterator[float]:
    """Its events have their place in the queue to the log, and stand there uncommitted while others pass."""
    member = site.a_service(*LOGS)
    member.points.write(SLOW, "2.5")
    try:
        eventually(lambda: member.points.read(SLOW) is None, REACHED_WITHIN)
    except AssertionError:
        raise Missed("no command came by") from None
    finally:
        member.points.take(SLOW)
    yield 3


@fault("no connection to the database is left")
def pool_exhausted(site: Site) -> Iterator[float]:
    name = site.dice.choice(NAMES)
    with site.house.as_superuser() as connection:
        connection.execute(f"ALTER ROLE {name} CONNECTION LIMIT 1")
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (name,)
            )
            yield site.dice.uniform(2, 8)
        finally:
            connection.execute(f"ALTER ROLE {name} CONNECTION LIMIT -1")


_BUSY = {"registry": "organisation", "loans": "repayment", "cases": "clock", "reports": "command"}


@fault("a table is locked")
def locked(site: Site) -> Iterator[float]:
    name = site.dice.choice(list(_BUSY))
    with site.house.as_superuser(autocommit=False) as connection:
        connection.execute(f"LOCK TABLE {name}.{_BUSY[name]} IN ACCESS EXCLUSIVE MODE")
        yield site.dice.uniform(2, 8)


@fault("deadlocks")
def deadlocks(site: Site) -> Iterator[float]:
    """We lock the pots and then the loans; a repayment locks its loan and then the pot."""
    met = 0
    until = time.monotonic() + 8
    while met < 3 and time.monotonic() < until:
        with (
            suppress(psycopg.errors.DeadlockDetected),
            site.house.as_superuser(autocommit=False) as connection,
        ):
            connection.execute(
                "SET deadlock_timeout = '5s'"
            )  # so that the service's session finds it, not ours
            connection.execute("SELECT FROM loans.pot FOR UPDATE")
            pid = connection.info.backend_pid
            with suppress(AssertionError):
                eventually(lambda pid=pid: _waits_for(site.house, pid), 2)
                connection.execute("SELECT FROM loans.loan FOR UPDATE")
                met += 1
    if not met:
        raise Missed("nobody met us at the locks")
    yield 0


def _waits_for(house: House, pid: int) -> bool:
    with house.as_superuser() as connection:
        row = connection.execute(
            "SELECT count(*) AS waiting FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", (pid,)
        ).fetchone()
    return bool(row and row["waiting"])


# -- Time


@fault("the clock of one service jumps")
def clock_jumps(site: Site) -> Iterator[float]:
    member = site.a_service()
    member.points.write(CLOCK, str(site.dice.choice([-7200, -30, 30, 7200, 100_000])))
    yield site.dice.uniform(2, 5)
    member.points.take(CLOCK)


def settle(site: Site) -> None:
    """Take away whatever a fault that broke off left armed."""
    for member in site.house.members.values():
        for name in (*POINTS, SLOW, CLOCK, POISON):
            member.points.take(name)
