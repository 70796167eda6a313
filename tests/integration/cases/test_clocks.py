"""One warning and one breach for each promise, whatever happens around it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cases.service import SERVICE
from chassis.deadlines import handle_due
from chassis.errors import Refused
from chassis.runtime import Runtime


def due(office: Any, complaint: str) -> dict[str, Any]:
    return office.as_officer("complaint", complaint=complaint)


def test_each_promise_is_warned_of_once_and_breached_once(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.fire()
    assert office.deadlines_told(complaint) == []
    office.now("2026-03-06T18:00")
    office.fire()
    office.fire()
    assert office.deadlines_told(complaint) == [("warned", "acknowledge")]
    office.now("2026-03-10T00:00")
    office.fire()
    office.now("2026-06-01T00:00")
    office.fire()
    office.fire()
    assert office.deadlines_told(complaint) == [
        ("warned", "acknowledge"),
        ("breached", "acknowledge"),
        ("warned", "decide"),
        ("breached", "decide"),
    ]
    _, data = office.told(complaint, "deadline_breached")[0]
    assert data == {
        "subject_kind": "complaint",
        "subject": complaint,
        "kind": "acknowledge",
        "country": "TZ",
        "area": office.ward,
        "due_at": "2026-03-09T21:00:00+00:00",
    }


def test_replicas_that_look_at_the_same_moment_tell_it_once(
    office: Any, race: Callable[..., list[Any]]
) -> None:
    complaints = [office.receive()["complaint"] for _ in range(3)]
    office.now("2026-06-01T00:00")
    replicas = [Runtime(SERVICE, office.svc.settings, clock=office.svc.clock) for _ in range(4)]
    for replica in replicas:
        replica.open()
    race(*[lambda replica=replica: handle_due(replica) for replica in replicas])
    for replica in replicas:
        replica.close()
    office.fire()
    for complaint in complaints:
        told = office.deadlines_told(complaint)
        assert sorted(told) == sorted(
            {(what, kind) for what in ("warned", "breached") for kind in ("acknowledge", "decide")}
        )


def test_an_officer_and_the_deadline_at_once_tell_a_breach_once(
    office: Any, race: Callable[..., list[Any]]
) -> None:
    complaints = [office.receive()["complaint"] for _ in range(4)]
    office.now("2026-06-01T00:00")
    answers = [lambda c=complaint: office.answer(c) for complaint in complaints]
    race(*answers, office.svc.fire_deadlines, office.svc.fire_deadlines)
    office.fire()
    for complaint in complaints:
        told = office.deadlines_told(complaint)
        assert len(told) == len(set(told)) == 4
        assert office.told(complaint, "complaint_answered")[0][1]["in_time"] is False


def test_what_is_done_in_time_is_never_told(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-04T09:00")
    office.acknowledge(complaint)
    office.answer(complaint)
    office.now("2027-01-01T00:00")
    office.fire()
    assert office.deadlines_told(complaint) == []


def test_a_standstill_hides_no_breach(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-11T09:00")  # nothing ran meanwhile; the officer is quicker than the deadline
    assert office.acknowledge(complaint)["in_time"] is False
    assert office.deadlines_told(complaint) == [("warned", "acknowledge"), ("breached", "acknowledge")]
    office.fire()
    assert office.deadlines_told(complaint) == [("warned", "acknowledge"), ("breached", "acknowledge")]


def test_the_clock_starts_at_receipt_and_not_at_data_entry(office: Any) -> None:
    office.now("2026-04-01T09:00")
    received = office.receive(received_at="2026-03-02T09:00:00+03:00")
    assert received["acknowledge_by"] == "2026-03-09T21:00:00+00:00"
    assert next(type for type, _ in office.told(received["complaint"])) == "complaint_received"
    assert office.deadlines_told(received["complaint"]) == [
        ("warned", "acknowledge"),
        ("breached", "acknowledge"),
        ("warned", "decide"),
        ("breached", "decide"),
    ]
    office.fire()
    assert len(office.deadlines_told(received["complaint"])) == 4


def test_waiting_for_the_complainant_stops_the_clock(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-03T10:00")
    office.wait(complaint)
    assert due(office, complaint)["acknowledge_by"] is None
    office.now("2026-03-20T10:00")
    office.fire()
    assert office.deadlines_told(complaint) == []
    resumed = office.resume(complaint)
    # Thirteen working days and no hour were waited: 03 to 20 March, 10:00 both.
    assert resumed["acknowledge_by"] == "2026-03-26T21:00:00+00:00"
    office.now("2026-03-27T00:00")
    office.fire()
    assert office.deadlines_told(complaint) == [("warned", "acknowledge"), ("breached", "acknowledge")]


def test_a_pause_after_the_breach_heals_nothing(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-11T09:00")  # acknowledge is over, decide is not; nothing has looked yet
    office.wait(complaint, waiting_from="2026-03-05T09:00:00+03:00")
    assert office.deadlines_told(complaint) == [("warned", "acknowledge"), ("breached", "acknowledge")]
    seen = due(office, complaint)
    assert (seen["acknowledge_by"], seen["decide_by"]) == ("2026-03-09T21:00:00+00:00", None)
    office.now("2026-03-12T09:00")
    resumed = office.resume(complaint)
    assert resumed["acknowledge_by"] == "2026-03-09T21:00:00+00:00"
    assert resumed["decide_by"] == "2026-03-27T21:00:00+00:00"  # five working days later
    office.now("2026-03-13T09:00")
    assert office.acknowledge(complaint)["in_time"] is False


def test_what_is_answered_while_waiting_is_answered_in_time(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-03T10:00")
    office.wait(complaint)
    office.now("2026-05-04T10:00")
    answered = office.answer(complaint)
    assert answered["in_time"] is True
    assert office.deadlines_told(complaint) == []
    assert due(office, complaint)["waiting"] is False


def test_pauses_follow_one_another(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-03T10:00")
    office.wait(complaint)
    with pytest.raises(Refused):
        office.wait(complaint)
    office.now("2026-03-04T10:00")
    office.resume(complaint)
    with pytest.raises(Refused):
        office.resume(complaint)
    with pytest.raises(Refused):
        office.wait(complaint, waiting_from="2026-03-03T12:00:00+03:00")
    office.wait(complaint)
    office.now("2026-03-06T10:00")
    assert office.resume(complaint)["acknowledge_by"] == "2026-03-12T21:00:00+00:00"
    assert len(due(office, complaint)["pauses"]) == 2


def override(office: Any, on: str, holiday: bool = True) -> None:
    office.svc.deliver(
        "registry",
        "holiday_overridden",
        subject="TZ",
        country="TZ",
        on=on,
        holiday=holiday,
        name="Day of mourning",
    )


def test_a_late_holiday_moves_open_promises_and_never_closed_ones(lone_office: Any) -> None:
    office = lone_office
    opened, met, breached = (office.receive()["complaint"] for _ in range(3))
    office.now("2026-03-03T09:00")
    office.acknowledge(met)
    office.acknowledge(opened)
    office.now("2026-03-10T09:00")  # the acknowledgement of the third is over; nothing has looked yet
    override(office, "2026-03-05")  # proclaimed for a day that has passed
    assert due(office, met)["acknowledge_by"] == "2026-03-09T21:00:00+00:00"
    assert due(office, breached)["acknowledge_by"] == "2026-03-09T21:00:00+00:00"
    assert office.deadlines_told(breached) == [("warned", "acknowledge"), ("breached", "acknowledge")]
    assert {due(office, each)["decide_by"] for each in (opened, met, breached)} == {
        "2026-03-23T21:00:00+00:00"
    }
    office.now("2026-03-21T00:00")  # when decisions were due before
    office.fire()
    assert ("breached", "decide") not in office.deadlines_told(opened)
    office.now("2026-03-24T00:00")
    office.fire()
    assert ("breached", "decide") in office.deadlines_told(opened)


def test_a_holiday_called_off_brings_open_promises_nearer(lone_office: Any) -> None:
    office = lone_office
    office.svc.deliver(
        "registry",
        "holidays_published",
        subject="TZ",
        country="TZ",
        year=2026,
        holidays=[{"on": "2026-03-20", "name": "Eid el-Fitr"}],
    )
    complaint = office.receive()["complaint"]
    assert due(office, complaint)["decide_by"] == "2026-03-23T21:00:00+00:00"
    override(office, "2026-03-20", holiday=False)
    assert due(office, complaint)["decide_by"] == "2026-03-20T21:00:00+00:00"


def test_holidays_published_late_move_open_promises(lone_office: Any) -> None:
    office = lone_office
    complaint = office.receive()["complaint"]
    office.svc.deliver(
        "registry",
        "holidays_published",
        subject="TZ",
        country="TZ",
        year=2026,
        holidays=[{"on": "2026-03-06", "name": "One"}, {"on": "2026-03-16", "name": "Two"}],
    )
    seen = due(office, complaint)
    assert seen["acknowledge_by"] == "2026-03-10T21:00:00+00:00"
    assert seen["decide_by"] == "2026-03-24T21:00:00+00:00"


def test_a_holiday_while_waiting_counts_once_the_clock_runs_again(lone_office: Any) -> None:
    office = lone_office
    complaint = office.receive()["complaint"]
    office.now("2026-03-03T00:00")
    office.wait(complaint)
    override(office, "2026-03-10")
    office.now("2026-03-09T00:00")
    assert office.resume(complaint)["acknowledge_by"] == "2026-03-16T21:00:00+00:00"


def test_the_rule_is_frozen_at_receipt(lone_office: Any) -> None:
    office = lone_office
    before = office.receive()["complaint"]
    office.svc.sql(
        """
        INSERT INTO rule (name, country, version, in_force_from, source, document, checksum)
        SELECT name, country, '2026', '2026-03-03', 'a stricter charter',
               jsonb_set(document, '{clocks,decide,length}', '2'), sha256('x')
        FROM rule WHERE name = 'clocks' AND country = 'TZ'
        """
    )
    office.now("2026-03-04T09:00")
    with office.svc.tx() as tx:  # a connection that has not kept the old versions
        assert tx.rule_version("clocks", tx.today("TZ"))[0] in ("2010", "2026")
    other = Runtime(SERVICE, office.svc.settings, clock=office.svc.clock)
    other.open()
    with other.work() as tx:
        assert tx.rule_version("clocks", tx.today("TZ"))[0] == "2026"
    other.close()
    override(office, "2026-03-05")
    assert (
        due(office, before)["decide_by"] == "2026-03-23T21:00:00+00:00"
    )  # fourteen days still, and the holiday


def test_dangers_run_by_the_clock(office: Any) -> None:
    office.now("2026-03-06T17:20")  # a Friday evening
    case = office.open_case(category="abused_child", person={"sex": "male", "estimated_age": 9})["case"]
    assessed = office.as_worker("record_assessment", case=case, risk="danger")
    assert assessed["danger_by"] == "2026-03-07T14:20:00+00:00"
    office.now("2026-03-07T11:20")
    office.fire()
    assert office.deadlines_told(case) == [("warned", "danger")]
    office.now("2026-03-07T17:20")
    office.fire()
    office.fire()
    assert office.deadlines_told(case) == [("warned", "danger"), ("breached", "danger")]
    assert office.told(case, "deadline_breached")[0][1]["subject_kind"] == "case"
    answered = office.as_worker("answer_danger", case=case, action="moved_to_safety")
    assert answered["in_time"] is False
    office.svc.at(office.svc.clock.now() + timedelta(days=30))
    office.fire()
    assert len(office.deadlines_told(case)) == 2


def test_a_danger_entered_late_is_breached_from_the_moment_it_was_found(office: Any) -> None:
    office.now("2026-03-06T17:20")
    case = office.open_case(received_on="2026-03-02")["case"]
    office.as_worker("record_assessment", case=case, risk="danger", assessed_at="2026-03-04T09:00:00+03:00")
    assert office.deadlines_told(case) == [("warned", "danger"), ("breached", "danger")]
    answered = office.as_worker(
        "answer_danger", case=case, action="health_facility", answered_at="2026-03-04T12:00:00+03:00"
    )
    assert answered["in_time"] is True  # by its own moment; that it was told late is told too
