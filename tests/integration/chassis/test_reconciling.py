"""A source was restored to an earlier moment: its followers see it, stand still, and come back when asked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from chassis.envelope import CHAIN_START, Event, parse, place
from chassis.errors import NotFound, Refused, Unavailable
from chassis.follower import Follower
from chassis.reconcile import Reconciliation
from chassis.stream import Forked
from chassis.testing import ServiceUnderTest
from parcels.service import SERVICE
from running import eventually


@dataclass
class Depot:
    """A source as its followers ask it: a log that can be cut and go on under another id."""

    log: UUID = field(default_factory=uuid4)
    events: list[Event] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    def arrive(self, parcel: str, *places: str) -> list[Event]:
        new = []
        for where in places:
            before = self.events[-1].chain if self.events else CHAIN_START
            envelope = {
                "id": str(uuid4()),
                "type": "parcel_arrived",
                "subject": parcel,
                "source": "registry",
                "time": "2026-01-31T09:00:00+00:00",
                "data": {"place": where},
            }
            self.events.append(parse(place(json.dumps(envelope), self.log, len(self.events) + 1, before)))
            new.append(self.events[-1])
        return new

    def restore(self, to: int, log: UUID | None = None) -> None:
        self.ends.append({"log": str(self.log), "upto": to})
        self.log, self.events = log or uuid4(), self.events[:to]

    def query(self, service: str, method: str, body: Mapping[str, Any] | None = None, **_: Any) -> Any:
        if self.away:
            raise Unavailable("no_answer", "No answer in time.")
        if method == "log_head":
            chain = self.events[-1].chain if self.events else CHAIN_START
            return {
                "log": str(self.log),
                "position": len(self.events),
                "chain": chain.hex(),
                "earlier": self.ends,
            }
        assert body is not None
        page = self.events[body["position"] : body["position"] + body["limit"]]
        return {"log": str(self.log), "events": [event.raw for event in page]}


@pytest.fixture
def office(new_database) -> Iterator[ServiceUnderTest]:
    office = ServiceUnderTest(SERVICE, new_database().settings("loans"))
    yield office
    office.close()


def arrivals(office: ServiceUnderTest) -> list[str]:
    return [row["place"] for row in office.sql("SELECT place FROM arrival ORDER BY position")]


def forked(office: ServiceUnderTest) -> None:
    office.intake("registry").mark_fork(Forked(2, "the source was restored to an earlier moment"))


def reconcile(office: ServiceUnderTest, depot: Depot) -> None:
    Reconciliation(office.runtime, SERVICE.streams[0], depot).run("ops.asha")


def lost_and_gone_on(office: ServiceUnderTest) -> tuple[Depot, str]:
    """The office has read four arrivals, of which the depot has lost two and made another."""
    depot, parcel = Depot(), str(uuid4())
    office.intake("registry").take(depot.arrive(parcel, "Mpanda", "Laela", "Matai", "Kasanga"))
    depot.restore(to=2)
    depot.arrive(parcel, "Namanyere")
    forked(office)
    return depot, parcel


def test_a_copy_is_made_again_from_what_the_source_holds_now(office):
    depot, parcel = lost_and_gone_on(office)
    assert arrivals(office) == ["Mpanda", "Laela", "Matai", "Kasanga"]
    reconcile(office, depot)
    assert arrivals(office) == ["Mpanda", "Laela"]
    intake = office.intake("registry")
    here = intake.place()
    assert (here.position, here.chain, here.forked) == (2, depot.events[1].chain, None)
    depot.arrive(parcel, "Kirando")
    intake.take(depot.events[2:])
    assert arrivals(office) == ["Mpanda", "Laela", "Namanyere", "Kirando"]
    assert intake.place().log == depot.log
    assert office.sql("SELECT * FROM stream_history") == []
    [told] = office.sql("SELECT source, position, lost, wanted_by FROM reconciliation")
    assert told == {"source": "registry", "position": 4, "lost": 0, "wanted_by": "ops.asha"}


def test_whoever_reads_meanwhile_sees_the_old_copy_or_the_new_one(office, monkeypatch):
    depot, _ = lost_and_gone_on(office)
    seen = []
    plain = Reconciliation._stand

    def look(self, *args):
        seen.append(
            arrivals(office)
        )  # from another connection, with the new copy filled and not yet committed
        return plain(self, *args)

    monkeypatch.setattr(Reconciliation, "_stand", look)
    reconcile(office, depot)
    assert seen == [["Mpanda", "Laela", "Matai", "Kasanga"]]
    assert arrivals(office) == ["Mpanda", "Laela"]


def test_what_fails_in_the_history_is_parked_with_what_is_behind_it(office):
    depot, sick, well = Depot(), str(uuid4()), str(uuid4())
    office.intake("registry").take(
        depot.arrive(sick, "Mpanda", "nowhere", "Matai") + depot.arrive(well, "Laela")
    )
    office.intake("registry").take(depot.arrive(well, "Kirando"))
    depot.restore(to=4)
    forked(office)
    office.sql("DELETE FROM parked_event")  # somebody had given it up
    reconcile(office, depot)
    rows = office.sql("SELECT subject, error IS NOT NULL AS failed FROM parked_event ORDER BY position")
    assert [(row["subject"], row["failed"]) for row in rows] == [(sick, True), (sick, False)]
    assert arrivals(office) == ["Mpanda", "Laela"]


def test_what_is_behind_a_failure_is_parked_also_pages_later(office, monkeypatch):
    monkeypatch.setattr("chassis.reconcile.PAGE", 2)
    depot, sick = Depot(), str(uuid4())
    office.intake("registry").take(depot.arrive(sick, "Mpanda", "nowhere", "Matai", "Laela", "Kirando"))
    depot.restore(to=5)
    forked(office)
    reconcile(office, depot)
    rows = office.sql("SELECT position, error IS NOT NULL AS failed FROM parked_event ORDER BY position")
    assert [(row["position"], row["failed"]) for row in rows] == [
        (2, True),
        (3, False),
        (4, False),
        (5, False),
    ]
    assert arrivals(office) == ["Mpanda"]


def test_what_came_before_an_event_that_stays_parked_is_in_the_copy_again(office):
    depot, sick = Depot(), str(uuid4())
    intake = office.intake("registry")
    intake.take(depot.arrive(sick, "Mpanda", "nowhere", "Matai"))
    office.sql("DELETE FROM arrival")
    with office.runtime.work() as tx:
        intake.replay(tx.connection, depot.events)
    assert arrivals(office) == ["Mpanda"]
    assert [row["position"] for row in office.sql("SELECT position FROM parked_event ORDER BY 1")] == [2, 3]


def test_a_source_that_does_not_say_where_the_log_ended_is_read_to_its_head(office):
    depot, _ = lost_and_gone_on(office)
    depot.ends.clear()
    reconcile(office, depot)
    assert arrivals(office) == ["Mpanda", "Laela", "Namanyere"]
    assert office.intake("registry").place().log == depot.log


def test_what_was_not_read_before_the_fork_goes_the_usual_way_with_its_effects(office):
    depot, parcel = Depot(), str(uuid4())
    intake = office.intake("registry")
    intake.take(depot.arrive(parcel, "Mpanda", "Laela"))
    depot.arrive(parcel, "Matai", "Kasanga")
    forked(office)  # by a message that was not the source's: its log goes on unharmed
    reconcile(office, depot)
    assert (arrivals(office), intake.place().position) == (["Mpanda", "Laela"], 2)
    intake.take(depot.events[2:])
    assert arrivals(office) == ["Mpanda", "Laela", "Matai", "Kasanga"]


def test_a_source_that_is_away_leaves_everything_as_it_was(office):
    depot, _ = lost_and_gone_on(office)
    depot.away = True
    with pytest.raises(Unavailable):
        reconcile(office, depot)
    assert arrivals(office) == ["Mpanda", "Laela", "Matai", "Kasanga"]
    assert office.intake("registry").place().forked is not None
    depot.away = False
    reconcile(office, depot)
    assert arrivals(office) == ["Mpanda", "Laela"]


def test_a_source_that_moves_while_it_is_read_is_read_again(office, monkeypatch):
    depot, _ = lost_and_gone_on(office)
    plain = Reconciliation._fetch

    def restored_meanwhile(self, upto):
        plain(self, upto)
        office.sql("UPDATE stream_history SET body = replace(body, 'Mpanda', 'Moshi') WHERE position = 1")

    monkeypatch.setattr(Reconciliation, "_fetch", restored_meanwhile)
    with pytest.raises(Unavailable, match="history_moved"):
        reconcile(office, depot)
    assert arrivals(office) == ["Mpanda", "Laela", "Matai", "Kasanga"]


def test_facts_of_a_log_that_the_source_does_not_know_itself_are_not_taken_in(office):
    """Restored twice to the same backup: of the log in between the second restore brings nothing back."""
    depot, parcel = Depot(), str(uuid4())
    office.intake("registry").take(depot.arrive(parcel, "Mpanda"))
    depot.restore(to=1)
    between = depot.arrive(parcel, "Laela", "Matai")
    depot.restore(to=1)
    del depot.ends[1:]
    after = depot.arrive(parcel, "Kasanga")
    follower = Follower(office.runtime, SERVICE.streams[0], depot)
    assert follower._still_true([*between, *after]) == after


def test_two_processes_do_not_reconcile_side_by_side(office):
    depot, _ = lost_and_gone_on(office)
    with (
        Reconciliation(office.runtime, SERVICE.streams[0], depot)._alone(),
        pytest.raises(Unavailable, match="busy"),
    ):
        reconcile(office, depot)


def test_only_a_forked_stream_is_reconciled_and_it_is_known_who_asked(office):
    with pytest.raises(NotFound):
        office.call("reconcile_stream", source="registry")
    depot, _ = lost_and_gone_on(office)
    office.call("reconcile_stream", caller="ops.asha", source="registry")
    assert office.intake("registry").place().forked["wanted_by"] == "ops.asha"
    reconcile(office, depot)
    with pytest.raises(Refused, match="not_forked"):
        office.call("reconcile_stream", source="registry")


def test_a_service_cannot_write_who_was_before_it(office):
    for statement in (
        "INSERT INTO log_renewal (log, upto, chain) VALUES (gen_random_uuid(), 0, sha256(''))",
        "DELETE FROM log_renewal",
        "UPDATE reconciliation SET wanted_by = 'nobody'",
        "DELETE FROM reconciliation",
    ):
        with (
            psycopg.connect(office.settings.database_dsn) as runtime,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            runtime.execute(statement)


# -- With running services


def arrive(caller, parcel, *places: str) -> list[str]:
    return caller.call("registry", "arrive", {"parcel": parcel, "places": list(places)}, timeout=20)["events"]


def taken_in(caller, events) -> None:
    def ask() -> bool:
        return caller.call("loans", "applied", {"source": "registry", "events": events, "wait": 2})["applied"]

    eventually(ask, 40, "applied")


def cut(world, to: int) -> None:
    """As a restore leaves it: the log ends earlier and goes on under a new id."""
    with psycopg.connect(world.database.dsn("registry", owner=True)) as owner:
        owner.execute("DELETE FROM event WHERE position > %s", (to,))
        owner.execute(
            """
            WITH ended AS (
                INSERT INTO log_renewal (log, upto, chain)
                SELECT log, %(to)s, (SELECT chain FROM event WHERE position = %(to)s) FROM log_head RETURNING chain
            )
            UPDATE log_head SET log = gen_random_uuid(), position = %(to)s, published = %(to)s, chain = ended.chain
            FROM ended
            """,
            {"to": to},
        )


def test_a_restored_source_is_seen_at_once_and_its_stream_comes_back_when_asked(start, caller, world):
    depot, office = start("parcels.depot"), start()
    parcel = caller.call("loans", "post_parcel", {"weight": 100})["parcel"]
    taken_in(caller, arrive(caller, parcel, "Mpanda", "Laela", "Matai"))
    there = caller.call("registry", "log_head")["position"]
    depot.stop()
    cut(world, there - 2)
    start("parcels.depot")
    eventually(lambda: office.metric('ustawi_stream_forked{source="registry"}') == 1, 40, "the fork is seen")
    [stream] = caller.call("loans", "streams")["streams"]
    assert stream["forked"] == {"at": there - 2, "why": "the source was restored to an earlier moment"}
    events = arrive(caller, parcel, "Kasanga")
    caller.call("loans", "reconcile_stream", {"source": "registry"})
    taken_in(caller, events)
    assert caller.call("loans", "parcel", {"parcel": parcel})["arrivals"] == ["Mpanda", "Kasanga"]
    eventually(lambda: office.metric('ustawi_stream_forked{source="registry"}') == 0, what="no longer forked")


def test_facts_of_an_ended_log_that_wait_in_the_queue_are_not_taken_in(start, caller, world):
    """Source and follower were restored together; the broker still holds what both have lost."""
    depot, office = start("parcels.depot"), start()
    parcel = caller.call("loans", "post_parcel", {"weight": 100})["parcel"]
    taken_in(caller, arrive(caller, parcel, "Mpanda"))
    office.stop()
    arrive(caller, parcel, "Laela", "Matai")
    eventually(
        lambda: (
            f"loans.from.registry {2}"
            in world.broker.control(
                "list_queues", "-q", "-p", world.broker.vhost, "name", "messages"
            ).replace("\t", " ")
        ),
        what="both wait in the queue",
    )
    there = caller.call("registry", "log_head")["position"]
    depot.stop()
    cut(world, there - 2)
    with psycopg.connect(world.database.dsn("loans", owner=True)) as owner:
        owner.execute("UPDATE stream_position SET unsure = true")
    office = start(wait=False)  # first, with nobody to ask
    start("parcels.depot")
    office.until_ready()
    taken_in(caller, arrive(caller, parcel, "Kasanga"))
    assert caller.call("loans", "parcel", {"parcel": parcel})["arrivals"] == ["Mpanda", "Kasanga"]
    assert office.metric('ustawi_stream_forked{source="registry"}') == 0
    assert office.metric('ustawi_stream_events_total{source="registry",status="abandoned"}') == 2
