"""One relay leads; whatever becomes of it, every committed fact is published, in order, under one number."""

import signal
import time

import psycopg
import pytest

from chassis.relay import Relay
from parcels.service import SERVICE
from running import eventually

LEADS = "ustawi_relay_leads"


@pytest.fixture
def pair(start):
    """Two replicas: the one whose relay leads, and the other."""
    first, second = start(), start()
    eventually(lambda: first.metric(LEADS) + second.metric(LEADS) == 1, 15, "one leader")
    return (first, second) if first.metric(LEADS) else (second, first)


def post(caller, count: int = 1) -> None:
    tickets = [caller.send("loans", "post_parcel", {"weight": 1}, timeout=20) for _ in range(count)]
    for ticket in tickets:
        caller.receive(ticket, timeout=20)


def log(world) -> dict:
    with psycopg.connect(world.database.superuser_dsn(), row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(
            """
            SELECT h.position, h.published, count(e.*) AS events, count(DISTINCT e.event) AS distinct_events,
                   (SELECT count(*) FROM loans.outbox) AS waiting
            FROM loans.log_head h LEFT JOIN loans.event e ON true GROUP BY 1, 2
            """
        ).fetchone()


def settled(world) -> bool:
    seen = log(world)
    return (
        seen["waiting"] == 0
        and seen["published"] == seen["position"] == seen["events"] == seen["distinct_events"]
    )


def test_facts_of_either_replica_are_published_at_once(pair, caller, world):
    post(caller)
    eventually(lambda: settled(world))
    began = time.monotonic()
    post(caller, 40)
    eventually(lambda: settled(world))
    assert time.monotonic() - began < 5


def test_when_the_leader_is_killed_the_other_leads(pair, caller, world):
    leader, other = pair
    post(caller, 5)
    leader.kill()
    eventually(lambda: other.metric(LEADS) == 1, 10, "the other leads")
    post(caller, 5)
    eventually(lambda: settled(world))


def test_a_frozen_leader_loses_the_lead_and_wakes_as_a_follower(pair, caller, world):
    leader, other = pair
    leader.send(signal.SIGSTOP)
    eventually(lambda: other.metric(LEADS) == 1, 20, "the other leads")
    leader.send(signal.SIGCONT)
    eventually(lambda: leader.metric(LEADS) == 0, 10, "the woken one follows")
    post(caller, 20)
    eventually(lambda: settled(world))
    assert other.metric(LEADS) == 1


def test_a_slow_commit_that_is_overtaken_is_not_lost(start, caller, world):
    """A transaction with a low outbox id commits after later ones were already moved."""
    start()
    with psycopg.connect(world.database.dsn("loans")) as slow:
        slow.execute(
            """
            INSERT INTO outbox (event, type, subject, recorded_at, envelope)
            VALUES (gen_random_uuid(), 'parcel_posted', 'slow', now(), '{"id":"slow"}')
            """
        )
        post(caller, 3)
        eventually(lambda: log(world)["waiting"] == 0 and log(world)["published"] == log(world)["position"])
        slow.commit()
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        eventually(
            lambda: connection.execute("SELECT position FROM loans.event WHERE subject = 'slow'").fetchone(),
            5,
            "moved",
        )
    eventually(lambda: settled(world))


def test_a_move_that_fails_at_a_partitions_border_is_made_good_by_the_next(service_under_test):
    office = service_under_test(SERVICE)
    office.sql("UPDATE log_head SET position = 1499999, published = 0")
    office.call("post_parcel", roles=["clerk"], weight=1)
    relay = Relay(office.runtime)

    class Cut:
        """A session whose connection breaks at the last statement of the first move."""

        def __init__(self, session):
            self.session, self.armed = session, True

        def execute(self, query, *values, **how):
            if self.armed and "UPDATE log_head" in query:
                raise psycopg.OperationalError
            return self.session.execute(query, *values, **how)

        def __getattr__(self, name):
            return getattr(self.session, name)

    with psycopg.connect(
        office.settings.database_dsn, autocommit=True, row_factory=psycopg.rows.dict_row
    ) as session:
        cut = Cut(session)
        with pytest.raises(psycopg.OperationalError):
            relay._move(cut)
        cut.armed = False
        office.sql("UPDATE log_head SET position = 1999999")
        assert [position for position, *_ in relay._move(cut)] == [2_000_000]
