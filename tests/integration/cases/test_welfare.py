"""Welfare cases from opening to closing, and who may know of them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Refused

CHILD = {"names": "Zuberi", "sex": "male", "born_on": "2014-07-01"}


def test_a_case_is_opened_and_told_without_a_personal_word(office: Any) -> None:
    opened = office.open_case(person={"names": "Neema", "sex": "female", "born_on": "1949-06-01"})
    assert opened["reference"].startswith("W-")
    assert opened["worker"] == "worker"
    [(type, data)] = office.told(opened["case"])
    assert type == "case_opened"
    assert data == {
        "case": opened["case"],
        "reference": opened["reference"],
        "category": "poor",
        "restricted": False,
        "country": "TZ",
        "area": office.ward,
        "on": "2026-03-02",
        "sex": "female",
        "age_band": "60+",
    }


def test_a_case_goes_from_opening_to_closing(office: Any) -> None:
    case = office.open_case()["case"]
    office.now("2026-03-04T09:00")
    assessed = office.as_worker(
        "record_assessment",
        case=case,
        risk="high",
        needs=["shelter", "food", "food"],
        notes="Eats once a day.",
    )
    assert (assessed["danger_by"], assessed["version"]) == (None, 2)
    office.now("2026-05-20T09:00")
    closed = office.as_worker("close_case", case=case, outcome="needs_met", reason="The daughter moved in.")
    assert closed == closed | {"state": "closed", "closed_on": "2026-05-20", "version": 3}
    assert office.told(case)[1:] == [
        (
            "assessment_recorded",
            {
                "case": case,
                "assessment": assessed["assessment"],
                "category": "poor",
                "country": "TZ",
                "area": office.ward,
                "on": "2026-03-04",
                "risk": "high",
                "needs": ["food", "shelter"],
            },
        ),
        (
            "case_closed",
            {
                "case": case,
                "category": "poor",
                "country": "TZ",
                "area": office.ward,
                "on": "2026-05-20",
                "outcome": "needs_met",
            },
        ),
    ]
    seen = office.as_worker("case", case=case)
    assert seen["story"] == "Lost the harvest."
    assert seen["person"]["names"] == "Neema Kasongo"
    assert seen["person"]["born_on"] == "1980-05-01"
    assert seen["assessments"][0]["notes"] == "Eats once a day."
    assert seen["closure"]["reason"] == "The daughter moved in."


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("unknown_category", {"category": "rich"}),
        ("unknown_channel", {"channel": "pigeon"}),
        ("in_future", {"received_on": "2026-03-03"}),
        ("age_outside_category", {"category": "neglected_under_five"}),
        ("age_twice", {"person": {"sex": "male", "born_on": "2000-01-01", "estimated_age": 26}}),
        ("whose_case", {"person": None}),
        ("whose_case", {"known_person": str(uuid4())}),
    ],
)
def test_what_does_not_fit_is_refused(office: Any, code: str, body: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        office.open_case(**body)
    assert refusal.value.code == code


def test_a_danger_must_be_answered_before_the_case_is_closed(office: Any) -> None:
    case = office.open_case(person=CHILD, category="abused_child")["case"]
    first = office.as_worker("record_assessment", case=case, risk="danger", needs=["safety"])
    again = office.as_worker("record_assessment", case=case, risk="danger")
    assert first["danger_by"] == again["danger_by"]  # the same danger, the same clock
    closing = {"case": case, "outcome": "declined", "reason": "Nobody there."}
    with pytest.raises(Refused) as refusal:
        office.as_worker("close_case", **closing)
    assert refusal.value.code == "danger_unanswered"
    answered = office.as_worker("answer_danger", case=case, action="family_care", notes="With the aunt.")
    assert answered["in_time"] is True
    with pytest.raises(Refused) as refusal:
        office.as_worker("answer_danger", case=case, action="family_care")
    assert refusal.value.code == "no_danger_open"
    assert office.told(case, "danger_answered")[0][1]["action"] == "family_care"
    office.as_worker("close_case", **closing)


def test_a_closed_case_takes_nothing_more(office: Any) -> None:
    case = office.open_case()["case"]
    office.as_worker("close_case", case=case, outcome="needs_met", reason="Done.")
    for method, body in (
        ("record_assessment", {"risk": "low"}),
        ("close_case", {"outcome": "needs_met", "reason": "Done."}),
    ):
        with pytest.raises(Refused) as refusal:
            office.as_worker(method, case=case, **body)
        assert refusal.value.code == "case_closed"
    with pytest.raises(Conflict):
        office.as_supervisor("assign_case", case=case, worker="worker.2")


def test_of_officers_who_close_at_once_exactly_one_closes(
    office: Any, race: Callable[..., list[Any]]
) -> None:
    case = office.open_case()["case"]

    def close() -> Any:
        return office.as_worker("close_case", case=case, outcome="needs_met", reason="Done.")

    def assess() -> Any:
        return office.as_worker("record_assessment", case=case, risk="low")

    replies = race(close, assess, close, assess, close)
    assert len([reply for reply in replies if isinstance(reply, dict) and "closed_on" in reply]) == 1
    types = [type for type, _ in office.told(case)]
    assert types.count("case_closed") == 1
    assert types[-1] == "case_closed"


# Need to know


def restricted_case(office: Any, caller: str = "worker") -> str:
    case: str = office.open_case(caller=caller, person=CHILD, category="abused_child")["case"]
    return case


def seen_by(office: Any, role: str, caller: str, case: str, **scope: Any) -> set[str]:
    """Where somebody comes across a case."""
    ways = set()
    ask = {"roles": [role], "caller": caller, **scope}
    try:
        office.svc.call("case", case=case, **ask)
        ways.add("look")
    except NotFound:
        pass
    if any(line["case"] == case for line in office.svc.call("cases", area=office.ward, **ask)["cases"]):
        ways.add("list")
    if office.svc.call("case_counts", area=office.ward, **ask)["total"]:
        ways.add("count")
    return ways


EVERYWHERE = {"look", "list", "count"}


def test_a_restricted_case_is_for_those_who_need_to_know(office: Any) -> None:
    case = restricted_case(office)
    assert seen_by(office, "case_worker", "worker", case) == EVERYWHERE  # it is assigned to them
    assert seen_by(office, "supervisor", "any", case) == EVERYWHERE
    for role in ("case_worker", "ward_officer", "council_officer", "auditor", "region_officer"):
        assert seen_by(office, role, "another", case) == set()


def test_need_to_know_ends_with_the_assignment(office: Any) -> None:
    case = restricted_case(office)
    office.as_supervisor("assign_case", case=case, worker="worker.2")
    assert seen_by(office, "case_worker", "worker", case) == set()
    assert seen_by(office, "case_worker", "worker.2", case) == EVERYWHERE
    with pytest.raises(NotFound):
        office.as_worker("record_assessment", caller="worker", case=case, risk="low")
    office.as_worker("record_assessment", caller="worker.2", case=case, risk="low")


def test_need_to_know_does_not_reach_beyond_the_area(office: Any) -> None:
    case = restricted_case(office)
    elsewhere = [office.svc.given_area("council")]
    assert seen_by(office, "supervisor", "any", case, areas=elsewhere) == set()
    assert seen_by(office, "case_worker", "worker", case, areas=elsewhere) == set()
    assert seen_by(office, "case_worker", "worker", case, areas=[office.council]) == EVERYWHERE


def test_an_open_case_is_seen_in_its_area_alone(office: Any) -> None:
    case = office.open_case()["case"]
    assert seen_by(office, "ward_officer", "any", case, areas=[office.ward]) == EVERYWHERE
    assert seen_by(office, "ward_officer", "any", case, areas=[office.svc.given_area("ward")]) == set()
    for method, body in (
        ("record_assessment", {"risk": "low"}),
        ("close_case", {"outcome": "needs_met", "reason": "x"}),
        ("answer_danger", {"action": "family_care"}),
    ):
        with pytest.raises(NotFound):
            office.as_worker(method, areas=[office.svc.given_area("ward")], case=case, **body)


def test_who_reports_a_restricted_case_does_not_see_it_after(office: Any) -> None:
    opened = office.open_case(role="ward_officer", caller="reporter", person=CHILD, category="abused_child")
    assert opened["worker"] is None
    assert seen_by(office, "ward_officer", "reporter", opened["case"]) == set()


def test_roles_do_what_they_may(office: Any) -> None:
    case = office.open_case()["case"]
    for method, role, body in (
        ("record_assessment", "ward_officer", {"risk": "low"}),
        ("assign_case", "case_worker", {"worker": "worker.2"}),
        ("close_case", "council_officer", {"outcome": "needs_met", "reason": "x"}),
        ("case", "portal", {}),
    ):
        with pytest.raises(Forbidden):
            office.svc.call(method, roles=[role], case=case, **body)


# Assignment, lists, search


def test_a_case_goes_to_the_worker_with_the_fewest_open_cases(office: Any) -> None:
    names = [f"{name}.{office.ward[-6:]}" for name in ("a", "b", "c")]
    for worker in (names[0], names[0], names[1]):
        office.open_case(caller=worker)
    case = office.open_case(role="ward_officer")["case"]
    assert office.as_supervisor("assign_case", case=case, among=names[:2])["worker"] == names[1]
    assert office.as_supervisor("assign_case", case=case, among=names)["worker"] == names[2]
    with pytest.raises(Refused):
        office.as_supervisor("assign_case", case=case)
    history = office.svc.sql(
        'SELECT worker FROM case_assignment WHERE "case" = %(case)s ORDER BY version', case=case
    )
    assert [row["worker"] for row in history] == [names[1], names[2]]


def test_pages_of_cases_follow_one_another(office: Any) -> None:
    entered = [office.open_case()["case"] for _ in range(5)]
    restricted_case(office, caller="worker.9")
    seen: list[str] = []
    after = None
    while True:
        page = office.as_worker("cases", area=office.council, limit=2, after=after)
        seen += [line["case"] for line in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert seen == entered  # a page is not cut short by what the caller may not know of


def test_cases_can_be_narrowed(office: Any) -> None:
    elder = office.open_case(category="neglected_elderly", person={"sex": "male", "estimated_age": 80})[
        "case"
    ]
    poor = office.open_case()["case"]
    office.as_worker("close_case", case=poor, outcome="died", reason="In peace.")
    for narrowed, expected in (
        ({"category": "neglected_elderly"}, [elder]),
        ({"group": "elderly", "country": "TZ"}, [elder]),
        ({"group": "child", "country": "TZ"}, []),
        ({"state": "closed"}, [poor]),
        ({"worker": "worker"}, [elder, poor]),
        ({"worker": "nobody"}, []),
    ):
        page = office.as_worker("cases", area=office.ward, **narrowed)
        assert [line["case"] for line in page["cases"]] == expected
    assert office.as_worker("case_counts", area=office.ward)["counts"] == [
        {"category": "neglected_elderly", "state": "open", "count": 1},
        {"category": "poor", "state": "closed", "count": 1},
    ]


def test_a_group_is_one_of_a_country(office: Any) -> None:
    with pytest.raises(Refused) as refusal:
        office.as_worker("cases", group="elderly")
    assert refusal.value.code == "country_needed"
    with pytest.raises(Refused) as refusal:
        office.as_worker("cases", group="giants", country="TZ")
    assert refusal.value.code == "unknown_group"


def test_a_person_is_found_again_by_telephone_or_id(office: Any) -> None:
    number = office.ward[-9:].replace("-", "")
    person = {
        "sex": "female",
        "phone": "0784 123 456",
        "national_id": f"19800501-{number}",
        "born_on": "1980-05-01",
    }
    opened = office.open_case(person=person)
    found = office.as_worker("find_cases", country="TZ", national_id=f"19800501 {number.upper()}")["cases"]
    assert [line["case"] for line in found] == [opened["case"]]
    assert opened["case"] in [
        line["case"] for line in office.as_worker("find_cases", country="TZ", phone="+255784123456")["cases"]
    ]
    again = office.open_case(person=None, known_person=found[0]["person"], category="person_with_disability")
    assert again["person"] == opened["person"]
    assert again["age_band"] == "36-45"
    with pytest.raises(Refused):
        office.as_worker("find_cases", country="TZ")


def test_a_person_of_a_restricted_case_is_not_found_by_others(office: Any) -> None:
    number = office.ward[-9:]
    opened = office.open_case(person={**CHILD, "national_id": number}, category="abused_child")
    assert office.as_worker("find_cases", caller="another", country="TZ", national_id=number)["cases"] == []
    with pytest.raises(NotFound):
        office.open_case(caller="another", person=None, known_person=opened["person"])


def test_a_case_from_a_hamlet_counts_in_its_ward(office: Any) -> None:
    village = office.svc.given_area("village", office.ward)
    hamlet = office.svc.given_area("hamlet", village)
    case = office.open_case(area=hamlet)["case"]
    assert office.told(case)[0][1]["area"] == office.ward
    seen = office.as_worker("case", case=case)
    assert (seen["area"], seen["place"]) == (office.ward, hamlet)


def test_a_body_that_cannot_be_read_is_invalid(office: Any) -> None:
    for body in (
        {"person": {"names": "A"}},
        {"person": {"sex": "x"}},
        {"area": "here"},
        {"received_on": "2026-2-3"},
    ):
        with pytest.raises(Invalid):
            office.open_case(**body)


def test_the_lists_name_every_code(office: Any) -> None:
    lists = office.as_worker("case_lists", country="TZ")
    assert len(lists["categories"]) == 26
    assert lists["groups"]["elderly"]["names"]["sw"] == "Wazee"
    assert lists["outcomes"]["died"]
    assert lists["risks"] == ["none", "low", "high", "danger"]


def test_a_repeated_command_opens_one_case(
    office: Any, command_id: str, race: Callable[..., list[Any]]
) -> None:
    replies = race(*[lambda: office.open_case(command_id=command_id) for _ in range(5)])
    assert len({reply["case"] for reply in replies}) == 1
    assert len(office.as_worker("cases", area=office.ward)["cases"]) == 1
