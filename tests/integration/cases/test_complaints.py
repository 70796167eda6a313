"""Complaints from receipt to answer, as callers see them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused


def test_a_complaint_is_received_with_its_promises_and_a_receipt(office: Any) -> None:
    office.now("2026-03-02T09:00")
    received = office.receive()
    assert received["reference"].startswith("M-")
    assert received["acknowledge_by"] == "2026-03-09T21:00:00+00:00"  # the end of Monday the 9th in Tanzania
    assert received["decide_by"] == "2026-03-20T21:00:00+00:00"
    assert (received["acknowledge_last_day"], received["decide_last_day"]) == ("2026-03-09", "2026-03-20")
    assert len(received["receipt"]) == 19
    [(type, data)] = office.told(received["complaint"])
    assert type == "complaint_received"
    assert data == {
        "complaint": received["complaint"],
        "reference": received["reference"],
        "kind": "malalamiko",
        "category": "service",
        "channel": "phone",
        "country": "TZ",
        "area": office.ward,
        "received_on": "2026-03-02",
        "anonymous": False,
        "acknowledge_by": received["acknowledge_by"],
        "decide_by": received["decide_by"],
    }


def test_a_complex_complaint_has_thirty_working_days(office: Any) -> None:
    assert office.receive(complex=True)["decide_by"] == "2026-04-13T21:00:00+00:00"


def test_a_complaint_goes_from_receipt_to_answer(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-04T10:00")
    assert office.acknowledge(complaint)["in_time"] is True
    office.now("2026-03-12T15:00")
    answered = office.answer(complaint, words="It was opened again.")
    assert answered["in_time"] is True
    assert answered["appeal_by"] == "2026-04-13T21:00:00+00:00"  # day 30 is a Saturday: the Monday after it
    assert answered["appeal_last_day"] == "2026-04-13"
    assert [body["body"] for body in answered["outside_bodies"]] == [
        "anti_corruption_bureau",
        "ethics_commission",
        "good_governance_unit",
        "human_rights_commission",
        "leaders_ethics_commission",
    ]
    assert office.told(complaint)[1:] == [
        (
            "complaint_acknowledged",
            {
                "complaint": complaint,
                "country": "TZ",
                "area": office.ward,
                "kind": "malalamiko",
                "category": "service",
                "on": "2026-03-04",
                "in_time": True,
            },
        ),
        (
            "complaint_answered",
            {
                "complaint": complaint,
                "country": "TZ",
                "area": office.ward,
                "kind": "malalamiko",
                "category": "service",
                "on": "2026-03-12",
                "decision": "upheld",
                "answer_channel": "letter",
                "in_time": True,
            },
        ),
    ]
    seen = office.as_officer("complaint", complaint=complaint)
    assert seen["state"] == "answered"
    assert seen["words"] == "The water point is locked."
    assert seen["complainant"]["names"] == "Juma Mwita"
    assert seen["answer"]["words"] == "It was opened again."
    assert seen["version"] == 3


def test_an_answer_to_what_was_never_acknowledged_acknowledges_it(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.now("2026-03-03T10:00")
    office.answer(complaint)
    types = [type for type, _ in office.told(complaint)]
    assert types == ["complaint_received", "complaint_acknowledged", "complaint_answered"]


def test_a_complaint_has_one_answer(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.answer(complaint)
    with pytest.raises(Refused) as refusal:
        office.answer(complaint)
    assert refusal.value.code == "already_answered"


def test_of_officers_who_answer_at_once_exactly_one_answers(
    office: Any, race: Callable[..., list[Any]]
) -> None:
    complaint = office.receive()["complaint"]
    replies = race(*[lambda n=n: office.answer(complaint, caller=f"officer.{n}") for n in range(6)])
    assert len([reply for reply in replies if isinstance(reply, dict)]) == 1
    assert {reply.code for reply in replies if isinstance(reply, Exception)} == {"already_answered"}
    assert len(office.told(complaint, "complaint_answered")) == 1


def test_what_happened_before_is_entered_with_its_own_moment(office: Any) -> None:
    office.now("2026-04-01T09:00")
    complaint = office.receive(received_at="2026-03-02T09:00:00+03:00")["complaint"]
    assert office.acknowledge(complaint, acknowledged_at="2026-03-04T09:00:00+03:00")["in_time"] is True
    assert office.answer(complaint, answered_at="2026-03-12T09:00:00+03:00")["in_time"] is True
    assert office.told(complaint, "complaint_answered")[0][1]["on"] == "2026-03-12"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("in_future", {"received_at": "2026-03-02T09:00:01+03:00"}),
        ("unknown_kind", {"kind": "complaint"}),
        ("unknown_category", {"category": "weather"}),
        ("unknown_channel", {"channel": "pigeon"}),
        ("anonymous_or_named", {"anonymous": True}),
        ("no_rule_in_force", {"received_at": "1999-01-01T09:00:00+03:00"}),
    ],
)
def test_what_cannot_be_taken_in_is_refused(office: Any, code: str, body: dict[str, Any]) -> None:
    office.now("2026-03-02T09:00")
    with pytest.raises(Refused) as refusal:
        office.receive(**body)
    assert refusal.value.code == code


def test_a_body_with_a_stranger_in_it_is_invalid(office: Any) -> None:
    with pytest.raises(Invalid):
        office.receive(colour="red")
    with pytest.raises(Invalid):
        office.receive(complainant={"names": "Juma", "shoe_size": 44})


def test_private_matters_are_never_answered_in_the_media(office: Any) -> None:
    for body in ({"category": "corruption_receiving"}, {"private": True}):
        complaint = office.receive(**body)["complaint"]
        with pytest.raises(Refused) as refusal:
            office.answer(complaint, answer_channel="media")
        assert refusal.value.code == "media_refused"
    office.answer(office.receive()["complaint"], answer_channel="media")


def test_an_anonymous_complaint_is_answered_where_its_receipt_is_shown(office: Any) -> None:
    received = office.receive(complainant=None)
    assert received["anonymous"] is True
    with pytest.raises(Refused) as refusal:
        office.answer(received["complaint"])
    assert refusal.value.code == "nobody_to_reach"
    office.answer(received["complaint"], answer_channel="receipt")


def test_opinions_have_decisions_of_their_own(office: Any) -> None:
    complaint = office.receive(kind="maoni")["complaint"]
    with pytest.raises(Refused):
        office.answer(complaint, decision="upheld")
    office.answer(complaint, decision="noted")


def test_the_officer_complained_about_neither_sees_nor_answers_it(office: Any) -> None:
    complaint = office.receive(category="staff_ethics", about_officer="Officer.7")["complaint"]
    for method in ("complaint", "acknowledge_complaint"):
        with pytest.raises(NotFound):
            office.as_officer(method, caller="officer.7", complaint=complaint)
    with pytest.raises(NotFound):
        office.answer(complaint, caller="officer.7")
    listed = office.as_officer("complaints", caller="officer.7", area=office.ward)["complaints"]
    counted = office.as_officer("complaint_counts", caller="officer.7", area=office.ward)
    assert (listed, counted["total"]) == ([], 0)
    office.answer(complaint, caller="officer.8")


def test_another_councils_complaints_do_not_exist(office: Any) -> None:
    complaint = office.receive()["complaint"]
    elsewhere = [office.svc.given_area("council")]
    for method in ("complaint", "acknowledge_complaint"):
        with pytest.raises(NotFound):
            office.as_officer(method, areas=elsewhere, complaint=complaint)
    with pytest.raises(NotFound):
        office.receive(areas=elsewhere)
    assert office.as_officer("complaints", areas=elsewhere)["complaints"] == []
    assert office.as_officer("complaint_counts", areas=elsewhere)["total"] == 0
    assert office.as_officer("complaints", areas=[office.council])["complaints"][0]["complaint"] == complaint


def test_who_may_receive_may_not_answer(office: Any) -> None:
    complaint = office.receive()["complaint"]
    with pytest.raises(Forbidden):
        office.svc.call(
            "answer_complaint",
            roles=["ward_officer"],
            complaint=complaint,
            decision="upheld",
            answer_channel="letter",
        )


def test_a_repeated_command_gives_the_same_reference_and_receipt(office: Any, command_id: str) -> None:
    first, again = office.receive(command_id=command_id), office.receive(command_id=command_id)
    assert first == again
    assert len(office.told(first["complaint"])) == 1
    with pytest.raises(Conflict):
        office.receive(command_id=command_id, words="Something else.")


def test_a_version_that_moved_is_a_conflict(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.acknowledge(complaint, expected_version=1)
    with pytest.raises(Conflict):
        office.answer(complaint, expected_version=1)
    office.answer(complaint, expected_version=2)


# What the holder of a receipt sees


def by_receipt(office: Any, receipt: str) -> dict[str, Any]:
    return office.svc.call("complaint_by_receipt", roles=[], areas=[], caller="public", receipt=receipt)


def test_the_receipt_tells_where_things_stand(office: Any) -> None:
    received = office.receive()
    seen = by_receipt(office, received["receipt"].lower().replace("-", " "))
    assert (seen["state"], seen["next_step"], seen["past_due"]) == ("received", "office_acknowledges", False)
    assert seen["decide_by"] == received["decide_by"]
    assert seen["decide_last_day"] == received["decide_last_day"]
    office.wait(received["complaint"])
    assert by_receipt(office, received["receipt"])["next_step"] == "you_are_asked_for_more"
    office.now("2026-03-05T09:00")
    office.answer(received["complaint"])
    seen = by_receipt(office, received["receipt"])
    assert (seen["state"], seen["next_step"], seen["decision"]) == ("answered", "you_may_appeal", "upheld")
    assert seen["answered_on"] == "2026-03-05"
    assert len(seen["outside_bodies"]) == 5


def test_the_receipt_tells_no_personal_word(office: Any) -> None:
    received = office.receive(
        words="Zuberi took my goat", complainant={"names": "Zuberi", "phone": "0700 123 321"}
    )
    office.answer(received["complaint"], words="Zuberi gives it back")
    text = json.dumps(by_receipt(office, received["receipt"]))
    assert "Zuberi" not in text
    assert "goat" not in text


def test_a_wrong_receipt_is_not_found(office: Any) -> None:
    office.receive()
    for receipt in ("AAAA-AAAA-AAAA-AAAA", "%", "' OR true --"):
        with pytest.raises(NotFound):
            by_receipt(office, receipt)


def test_the_receipt_itself_is_kept_nowhere(office: Any) -> None:
    receipt = office.receive()["receipt"]
    kept = office.svc.sql("SELECT reply::text AS reply FROM command")
    assert not any(receipt in row["reply"] for row in kept)


# Lists


def test_pages_of_complaints_follow_one_another(office: Any) -> None:
    entered = [office.receive()["complaint"] for _ in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = office.as_officer("complaints", area=office.ward, limit=2, after=after)
        seen += [line["complaint"] for line in page["complaints"]]
        after = page["next"]
        if after is None:
            break
    assert seen == entered


def test_unanswered_and_late_complaints_are_listed_and_counted(office: Any) -> None:
    late, waiting, answered = (office.receive()["complaint"] for _ in range(3))
    office.now("2026-03-10T09:00")
    office.wait(waiting)
    office.answer(answered)
    office.now("2026-03-21T09:00")
    page = office.as_officer("complaints", area=office.ward, unanswered_past_due=True)
    assert [line["complaint"] for line in page["complaints"]] == [late]
    assert page["complaints"][0]["past_due"] is True
    counts = office.as_officer("complaint_counts", area=office.ward)
    assert (counts["total"], counts["past_due"]) == (3, 1)


def test_lists_and_counts_can_be_narrowed(office: Any) -> None:
    office.receive(kind="maoni")
    nuisance = office.receive(kind="kero", category="human_rights")["complaint"]
    for narrowed in ({"kind": "kero"}, {"category": "human_rights"}):
        page = office.as_officer("complaints", area=office.council, **narrowed)
        assert [line["complaint"] for line in page["complaints"]] == [nuisance]
    assert office.as_officer("complaints", area=office.council, state="answered")["complaints"] == []


def test_a_complaint_from_a_village_counts_in_its_ward(office: Any) -> None:
    village = office.svc.given_area("village", office.ward)
    complaint = office.receive(area=village)["complaint"]
    assert office.told(complaint)[0][1]["area"] == office.ward
    seen = office.as_officer("complaint", complaint=complaint)
    assert (seen["area"], seen["place"]) == (office.ward, village)
    assert office.svc.sql("SELECT 1 FROM complaint WHERE area = %(village)s", village=village) == []


def test_an_unknown_area_is_not_found(office: Any) -> None:
    with pytest.raises(NotFound):
        office.receive(area=str(uuid4()))


def test_the_lists_are_public(office: Any) -> None:
    lists = office.svc.call("complaint_lists", roles=[], areas=[], caller="public", country="TZ")
    assert lists["kinds"]["kero"]["names"] == {"en": "Nuisance", "sw": "Kero"}
    assert lists["clocks"]["acknowledge"]["length"] == 5


# Appeals


def test_an_appeal_is_decided_by_another_officer(office: Any) -> None:
    complaint = office.receive()["complaint"]
    office.answer(complaint, caller="officer.1")
    office.now("2026-03-20T09:00")
    appealed = office.as_officer(
        "appeal_complaint", complaint=complaint, channel="letter", grounds="Locked again."
    )
    assert appealed["decide_by"] == "2026-04-17T21:00:00+00:00"
    assert len(appealed["outside_bodies"]) == 5
    decision = {"complaint": complaint, "decision": "upheld", "answer_channel": "letter"}
    with pytest.raises(Refused) as refusal:
        office.as_officer("decide_appeal", caller="officer.1", **decision)
    assert refusal.value.code == "same_officer"
    decided = office.as_officer("decide_appeal", caller="officer.2", **decision)
    assert decided["in_time"] is True
    types = [type for type, _ in office.told(complaint)]
    assert types[-2:] == ["complaint_appealed", "appeal_decided"]
    seen = office.as_officer("complaint", complaint=complaint)
    assert (seen["state"], seen["appeal"]["grounds"]) == ("decided", "Locked again.")
    with pytest.raises(Refused):
        office.as_officer("decide_appeal", caller="officer.3", **decision)


def test_the_holder_of_the_receipt_may_appeal(office: Any) -> None:
    received = office.receive()
    office.answer(received["complaint"])
    office.svc.call(
        "appeal_complaint", roles=["portal"], areas=[], receipt=received["receipt"], channel="web"
    )
    seen = by_receipt(office, received["receipt"])
    assert (seen["state"], seen["next_step"]) == ("appealed", "office_decides_appeal")
    assert seen["appeal_decide_by"] is not None


def test_an_appeal_comes_in_time_or_not_at_all(office: Any) -> None:
    complaint = office.receive()["complaint"]
    with pytest.raises(Refused) as refusal:
        office.as_officer("appeal_complaint", complaint=complaint, channel="letter")
    assert refusal.value.code == "not_answered"
    office.answer(complaint)
    office.svc.at(office.now("2026-03-02T09:00") + timedelta(days=31))  # the last day is Wednesday 1 April
    with pytest.raises(Refused) as refusal:
        office.as_officer("appeal_complaint", complaint=complaint, channel="letter")
    assert refusal.value.code == "appeal_too_late"
