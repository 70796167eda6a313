"""Broker or database away, at the start, in the middle, at the stop: it waits, says so, and comes back by itself."""

import time
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from chassis.client import Client
from chassis.errors import ChassisError, Unavailable
from proxy import Proxy
from running import eventually


def port_in(address: str) -> int:
    return int(address.rpartition("@")[2].partition("/")[0].rpartition(":")[2])


@pytest.fixture
def broker_way(world) -> Iterator[Proxy]:
    proxy = Proxy(port_in(world.settings("loans")["AMQP_URI"]))
    yield proxy
    proxy.close()


@pytest.fixture
def database_way(world) -> Iterator[Proxy]:
    proxy = Proxy(port_in(world.settings("loans")["DATABASE_DSN"]))
    yield proxy
    proxy.close()


def through(world, name: str, proxy: Proxy) -> dict[str, str]:
    return {name: world.settings("loans")[name].replace(f":{proxy.target}", f":{proxy.port}")}


def published(world) -> tuple[int, int]:
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        return connection.execute(
            "SELECT (SELECT count(*) FROM loans.command WHERE method = 'post_parcel'), published FROM loans.log_head"
        ).fetchone()


def test_it_waits_for_a_broker_that_is_not_there_yet(start, world, broker_way, caller):
    broker_way.refuse()
    office = start(wait=False, **through(world, "AMQP_URI", broker_way))
    eventually(
        lambda: '"broker": false' in office.get("/ready")[1] or "broker" in office.get("/ready")[1], 20
    )
    eventually(
        lambda: any("waiting for the broker" in line["event"] for line in office.lines()), 20, "it says so"
    )
    assert office.get("/live")[0] == 200
    broker_way.restore()
    office.until_ready()
    assert caller.call("loans", "post_parcel", {"weight": 1})["parcel"]


def test_it_waits_for_a_database_that_is_not_there_yet(start, world, database_way, caller):
    database_way.refuse()
    office = start(wait=False, **through(world, "DATABASE_DSN", database_way))
    eventually(
        lambda: any("waiting for the database" in line["event"] for line in office.lines()), 20, "it says so"
    )
    database_way.restore()
    office.until_ready()
    assert caller.call("loans", "post_parcel", {"weight": 1})["parcel"]


def test_a_stop_while_the_broker_is_away_comes_to_an_end(start, world, broker_way):
    office = start(**through(world, "AMQP_URI", broker_way))
    broker_way.refuse()
    eventually(lambda: any("broker is away" in line["event"] for line in office.lines()), 20, "it noticed")
    assert office.stop(within=20) == 0


@pytest.mark.parametrize("fault", ["refuse", "swallow", "cut"])
def test_what_was_committed_while_the_broker_failed_is_published_after(
    start, world, broker_way, fault, token
):
    """The caller has another way to the broker; the office's own fails under it."""
    office = start(**through(world, "AMQP_URI", broker_way))
    direct = Client(world.broker.uri(), token("clerk", "operations"), name="direct")
    direct.call("loans", "post_parcel", {"weight": 1})
    commands, _ = published(world)
    ticket = direct.send(
        "loans", "post_parcel", {"weight": 2, "slowly": 600, "command_id": (again := str(uuid4()))}
    )
    eventually(lambda: office.metric("ustawi_rpc_at_work") >= 1, what="at work")
    getattr(broker_way, fault)()
    eventually(lambda: published(world)[0] == commands + 1, what="committed all the same")
    time_away = time.monotonic() + 1
    eventually(lambda: time.monotonic() > time_away, what="a while goes by")
    broker_way.restore()
    if fault == "swallow":
        broker_way.cut()
    eventually(lambda: _try(direct, "log_head"), 40, "it serves again")
    eventually(lambda: _all_published(world), 40, "all is published")
    repeated = eventually(
        lambda: _try(direct, "post_parcel", weight=2, slowly=600, command_id=again),
        20,
        "the same command again",
    )
    assert repeated["parcel"]
    assert published(world)[0] == commands + 1
    direct._wanted.discard(ticket)
    direct.close()


def _all_published(world) -> bool:
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        return connection.execute(
            "SELECT published = position AND NOT EXISTS (SELECT FROM loans.outbox) FROM loans.log_head"
        ).fetchone()[0]


def _try(client, method, **body):
    try:
        return client.call("loans", method, body, timeout=3)
    except ChassisError:
        return None


def test_a_database_that_goes_away_is_told_and_comes_back(start, world, database_way, caller):
    office = start(**through(world, "DATABASE_DSN", database_way))
    assert caller.call("loans", "post_parcel", {"weight": 1})["parcel"]
    database_way.refuse()
    with pytest.raises(Unavailable):
        caller.call("loans", "post_parcel", {"weight": 1}, timeout=30)
    assert office.get("/live")[0] == 200
    database_way.restore()
    eventually(lambda: _try(caller, "post_parcel", weight=3), 30, "it serves again")
    eventually(lambda: _all_published(world), 20, "the relay leads again")


def test_one_request_that_is_delivered_again_has_one_effect(start, world, broker_way, caller):
    """Without a command_id too: the caller sent it once, and the broker twice."""
    office = start(**through(world, "AMQP_URI", broker_way))
    before, _ = published(world)
    caller.send("loans", "post_parcel", {"weight": 1, "slowly": 2000}, timeout=15)
    eventually(lambda: office.metric("ustawi_rpc_at_work") >= 1, what="at work")
    broker_way.cut()
    eventually(lambda: office.metric("ustawi_rpc_at_work") == 0 and published(world)[0] > before, 20, "done")
    eventually(lambda: _try(caller, "opening_hours"), 20, "it serves again")
    assert published(world)[0] == before + 1


def test_a_database_that_falls_silent_is_given_up(start, world, database_way, caller):
    """A host that is gone says nothing, not even that: calls end, and /metrics answers meanwhile."""
    office = start(**through(world, "DATABASE_DSN", database_way))
    caller.call("loans", "post_parcel", {"weight": 1})
    ticket = caller.send("loans", "post_parcel", {"weight": 1, "slowly": 500}, timeout=90)
    eventually(lambda: office.metric("ustawi_rpc_at_work") >= 1, what="at work")
    database_way.swallow()
    with pytest.raises(Unavailable):
        caller.receive(ticket, timeout=80)
    assert office.get("/live")[0] == 200
    database_way.cut()
    database_way.restore()
    eventually(lambda: _try(caller, "post_parcel", weight=3), 60, "it serves again")
