"""Foreign events take effect once, in order; what fails stands aside with all behind it."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from chassis.envelope import parse, place
from chassis.errors import Unavailable
from chassis.stream import Forked, Gap, Stopped
from chassis.testing import ServiceUnderTest
from parcels.service import SERVICE


@pytest.fixture
def office(new_database) -> Iterator[ServiceUnderTest]:
    office = ServiceUnderTest(SERVICE, new_database().settings("loans"))
    yield office
    office.close()


def arrived(office: ServiceUnderTest, parcel, place: str):
    return office.make_event("registry", "parcel_arrived", subject=parcel, place=place)


def arrivals(office: ServiceUnderTest, parcel) -> list[str]:
    rows = office.sql("SELECT place FROM arrival WHERE parcel = %(p)s ORDER BY position", p=parcel)
    return [row["place"] for row in rows]


def parked(office: ServiceUnderTest) -> list[tuple[str, bool]]:
    rows = office.sql("SELECT subject, error IS NOT NULL AS failed FROM parked_event ORDER BY position")
    return [(row["subject"], row["failed"]) for row in rows]


def test_a_batch_that_comes_again_has_no_second_effect(office):
    parcel = str(uuid4())
    batch = [arrived(office, parcel, place) for place in ("Mpanda", "Laela", "Matai")]
    intake = office.intake("registry")
    assert intake.take(batch) == 3
    assert intake.take(batch) == 3
    assert intake.take(batch[1:]) == 3
    assert arrivals(office, parcel) == ["Mpanda", "Laela", "Matai"]


def test_what_has_no_handler_moves_the_position_alone(office):
    office.deliver("registry", "weather_changed", subject="sky")
    assert office.intake("registry").place().position == 1


def test_a_hole_is_seen_before_anything_is_applied(office):
    parcel = str(uuid4())
    events = [arrived(office, parcel, place) for place in ("Mpanda", "Laela", "Matai")]
    intake = office.intake("registry")
    intake.take(events[:1])
    with pytest.raises(Gap) as gap:
        intake.take(events[2:])
    assert (gap.value.after, gap.value.upto) == (1, 2)
    assert arrivals(office, parcel) == ["Mpanda"]


def test_a_poison_event_is_parked_with_those_behind_it_while_others_flow(office):
    sick, well = str(uuid4()), str(uuid4())
    events = [
        arrived(office, sick, "Mpanda"),
        arrived(office, sick, "nowhere"),
        arrived(office, well, "Laela"),
        arrived(office, sick, "Matai"),
    ]
    intake = office.intake("registry")
    assert intake.take(events) == 4
    assert arrivals(office, sick) == ["Mpanda"]
    assert arrivals(office, well) == ["Laela"]
    intake.take([arrived(office, sick, "Kasanga"), arrived(office, well, "Namanyere")])
    assert arrivals(office, well) == ["Laela", "Namanyere"]
    assert parked(office) == [(sick, True), (sick, False), (sick, False)]


def test_a_redrive_brings_a_subject_in_again_in_order(office):
    sick = str(uuid4())
    intake = office.intake("registry")
    intake.take([arrived(office, sick, place) for place in ("Mpanda", "nowhere", "Matai")])
    office.call("redrive", roles=["operations"], source="registry", subject=sick)
    assert intake.redrive() == 0  # the cause still stands
    assert len(parked(office)) == 2
    office.sql("CREATE TABLE nowhere_exists ()")
    reply = office.call("redrive", roles=["operations"], source="registry", subject=sick)
    assert reply["events_wanted"] == 2
    assert intake.redrive() == 2
    assert arrivals(office, sick) == ["Mpanda", "nowhere", "Matai"]
    intake.take([arrived(office, sick, "Kasanga")])
    assert arrivals(office, sick)[-1] == "Kasanga"


def test_a_dropped_subject_is_given_up_by_a_named_person(office):
    sick = str(uuid4())
    intake = office.intake("registry")
    intake.take([arrived(office, sick, "nowhere")])
    office.call("drop", roles=["operations"], caller="asha", source="registry", subject=sick)
    assert office.sql("SELECT wanted_by FROM parked_event") == [{"wanted_by": "asha"}]
    assert intake.redrive() == 1
    assert parked(office) == []


def test_a_log_that_was_rewritten_stops_its_stream(office):
    parcel = str(uuid4())
    first, second = arrived(office, parcel, "Mpanda"), arrived(office, parcel, "Laela")
    intake = office.intake("registry")
    intake.take([first])
    head = second.raw.rpartition(',"log":')[0] + "}"
    rewritten = parse(place(head, second.log, second.position, b"\1" * 32))
    with pytest.raises(Forked, match="the chain does not fit"):
        intake.take([rewritten])
    foreign = parse(place(head, uuid4(), second.position, b"\1" * 32))
    with pytest.raises(Forked, match="another log"):
        intake.take([foreign])
    assert arrivals(office, parcel) == ["Mpanda"]
    assert intake.take([second]) == 2


def test_a_log_that_goes_on_under_a_new_id_is_followed(office):
    parcel = str(uuid4())
    first, second = arrived(office, parcel, "Mpanda"), arrived(office, parcel, "Laela")
    intake = office.intake("registry")
    intake.take([first])
    renewed = parse(place(second.raw.rpartition(',"log":')[0] + "}", uuid4(), second.position, first.chain))
    assert intake.take([renewed]) == 2
    assert intake.place().log == renewed.log
    assert arrivals(office, parcel) == ["Mpanda", "Laela"]


def test_a_flood_of_failures_stops_the_stream_instead_of_parking_everything(office):
    events = [arrived(office, str(uuid4()), "nowhere") for _ in range(101)]
    intake = office.intake("registry")
    with pytest.raises(Stopped) as why:
        intake.take(events)
    assert parked(office) == []
    intake.stop(str(why.value))  # as the follower does
    with pytest.raises(Stopped, match="subjects failed"):
        intake.take(events)
    office.call("resume_stream", roles=["operations"], source="registry")
    with pytest.raises(Stopped, match="within a minute"):
        intake.take(events)


def test_an_event_that_kills_the_process_is_parked_untried_in_the_end(office):
    deadly = arrived(office, str(uuid4()), "the end")
    for _ in range(5):  # five processes that died of it
        office.sql(
            "INSERT INTO stream_try AS t VALUES ('registry', %(log)s, %(at)s) "
            "ON CONFLICT (source, log, position) DO UPDATE SET tries = t.tries + 1",
            log=deadly.log,
            at=deadly.position,
        )
    intake = office.intake("registry")
    assert intake.take_with_care(deadly) == deadly.position
    assert parked(office) == [(deadly.subject, True)]
    well = str(uuid4())
    intake.take_with_care(arrived(office, well, "Laela"))
    assert arrivals(office, well) == ["Laela"]


def test_a_run_knows_whether_the_last_one_ended_cleanly(office):
    intake = office.intake("registry")
    assert intake.began()
    assert not intake.began()
    intake.ended()
    assert intake.began()


def test_what_fails_because_something_is_away_is_never_parked_however_often(office, monkeypatch):
    parcel = str(uuid4())
    event = arrived(office, parcel, "Laela")
    intake = office.intake("registry")

    def away(tx, event):
        raise Unavailable("database_away", "Not now.")

    plain = intake._stream
    monkeypatch.setattr(intake, "_stream", replace(plain, handlers={"parcel_arrived": away}))
    for _ in range(8):
        with pytest.raises(Unavailable):
            intake.take_with_care(event)
    monkeypatch.setattr(intake, "_stream", plain)
    intake.take_with_care(event)
    assert parked(office) == []
    assert arrivals(office, parcel) == ["Laela"]
