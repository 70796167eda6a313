"""What the public is told about people, and what officers see."""

from typing import Any
from uuid import uuid4

import pytest

from chassis.errors import Refused
from integration.reports.office import Office


def open_cases(
    office: Office, ward: str, count: int, category: str = "poor", on: str = "2025-08-01", sex: str = "female"
) -> None:
    events = []
    for _ in range(count):
        case = str(uuid4())
        data = {
            "case": case,
            "category": category,
            "area": office.areas[ward],
            "on": on,
            "sex": sex,
            "age_band": "25-35",
        }
        events.append(office.event("cases", "case_opened", case, data))
    office.take(events)


def by_area(reply: dict[str, Any], office: Office) -> dict[str, int | None]:
    names = {area: name for name, area in office.areas.items()}
    return {names[cell["area"]]: cell["value"] for cell in reply["cells"]}


@pytest.fixture
def q1(office: Office) -> Office:
    """Cases of the quarter that is over: 3 in Kalambo, 40 in Nkasi, 12 in Sumbawanga, 9 in Momba."""
    office.rukwa()
    for council in ("Sumbawanga", "Momba"):
        office.area(council, "council", "Rukwa")
        office.area(f"{council} ward", "ward", council)
    open_cases(office, "Matai", 3)
    open_cases(office, "Chala", 40)
    open_cases(office, "Sumbawanga ward", 12)
    open_cases(office, "Momba ward", 9, sex="male")
    return office


ASKED: dict[str, Any] = {"fiscal_year": "2025/26", "quarter": 1}


def test_a_small_figure_is_not_told_and_not_given_away_by_the_total(q1: Office) -> None:
    told = q1.public("cases_opened", **ASKED, by=["area"], level="council")
    figures = by_area(told, q1)
    assert told["total"] == 64
    assert told["suppressed"] is True
    assert figures["Kalambo"] is None
    hidden = [name for name, value in figures.items() if value is None]
    assert len(hidden) == 2  # one more, or the total would give it away
    rest = 64 - sum(value for value in figures.values() if value is not None)
    assert rest - 1 >= 5  # what is left for both may be 5 or more of Kalambo's


def test_an_officer_sees_it_in_the_areas_that_are_theirs_and_nowhere_else(q1: Office) -> None:
    asked = {"name": "cases_opened", **ASKED}

    def told(area: str, roles: list[str], areas: list[str]) -> Any:
        return q1.svc.call(
            "indicator", **asked, area=q1.areas[area], roles=roles, areas=[q1.areas[each] for each in areas]
        )["total"]

    assert told("Kalambo", ["council_officer"], ["Kalambo"]) == 3
    assert told("Kalambo", ["region_officer"], ["Rukwa"]) == 3
    assert told("Kalambo", ["council_officer"], ["Nkasi"]) is None
    assert told("Kalambo", ["portal"], ["Rukwa"]) is None
    assert told("Kalambo", ["operations"], ["Rukwa"]) is None


def test_one_council_alone_is_told_as_it_is_beside_the_others(q1: Office) -> None:
    together = by_area(q1.public("cases_opened", **ASKED, by=["area"], level="council"), q1)
    for name, value in together.items():
        assert q1.public("cases_opened", **ASKED, area=q1.areas[name])["total"] == value
    assert q1.public("cases_opened", **ASKED, area=q1.areas["Rukwa"])["total"] == 64


def test_below_the_council_nothing_about_people_is_published(q1: Office) -> None:
    for asked in ({"area": q1.areas["Matai"]}, {"area": q1.areas["Kalambo"], "by": ["area"]}):
        with pytest.raises(Refused, match="council"):
            q1.public("cases_opened", **ASKED, **asked)


def test_the_running_quarter_and_single_days_are_not_published(q1: Office) -> None:
    for asked in (
        {"fiscal_year": "2025/26", "quarter": 2},
        {"fiscal_year": "2025/26"},
        {"as_of": "2025-11-01"},
        {},
    ):
        with pytest.raises(Refused):
            q1.public("cases_opened", **asked)
    with pytest.raises(Refused, match="whole quarters"):
        q1.public("cases_opened", from_on="2025-08-01", to_on="2025-08-01")


def test_a_fiscal_year_is_told_where_each_of_its_quarters_is(q1: Office) -> None:
    for on in ("2024-08-01", "2024-11-01", "2025-02-01", "2025-05-01"):
        open_cases(q1, "Chala", 20, on=on)
        open_cases(q1, "Sumbawanga ward", 20, on=on)
    open_cases(q1, "Matai", 3, on="2025-05-01")
    told = by_area(q1.public("cases_opened", fiscal_year="2024/25", by=["area"], level="council"), q1)
    assert told["Kalambo"] is None  # 3 in the whole year
    assert None in {told["Nkasi"], told["Sumbawanga"]}
    quarters = q1.public("cases_opened", fiscal_year="2024/25", by=["quarter"], area=q1.areas["Nkasi"])
    assert [cell["value"] for cell in quarters["cells"]][:3] == [20, 20, 20]


def test_problems_are_published_for_the_whole_country_and_hide_each_other(q1: Office) -> None:
    open_cases(q1, "Chala", 2, category="homeless")
    open_cases(q1, "Kate", 30, category="neglected_child")
    told = q1.public("cases_opened", **ASKED, by=["category"])
    figures = {cell["category"]: cell["value"] for cell in told["cells"]}
    assert figures == {"poor": 64, "homeless": None, "neglected_child": None}
    with pytest.raises(Refused, match="officers see more"):
        q1.public("cases_opened", **ASKED, by=["category", "area"])
    with pytest.raises(Refused):
        q1.public("cases_opened", **ASKED, by=["category"], area=q1.areas["Nkasi"])


def test_a_stock_is_told_for_the_country_only_and_only_with_its_flows(q1: Office) -> None:
    assert q1.public("cases_open", **ASKED)["total"] == 64
    with pytest.raises(Refused):
        q1.public("cases_open", **ASKED, area=q1.areas["Nkasi"])
    case = str(uuid4())
    one = {"case": case, "category": "poor", "area": q1.areas["Chala"]}
    q1.tell("cases", "case_opened", case, **one, on="2025-07-02")
    q1.tell("cases", "case_closed", case, **one, on="2025-08-02", outcome="moved")
    # One case was closed: 65 opened less 64 open would say so.
    assert q1.public("cases_open", **ASKED)["total"] is None
    assert q1.public("cases_closed", **ASKED)["total"] is None


def test_late_answers_are_not_given_away_by_those_in_time(office: Office) -> None:
    office.rukwa()
    for ward, timely, late in (("Matai", 30, 2), ("Chala", 40, 15)):
        events = []
        for nth in range(timely + late):
            one = {"complaint": str(uuid4()), "area": office.areas[ward]}
            sort = {"kind": "kero", "category": "service", "channel": "web", "country": "TZ"}
            events.append(
                office.event(
                    "cases",
                    "complaint_received",
                    one["complaint"],
                    {**one, **sort, "received_on": "2025-08-01"},
                )
            )
            answer = {**one, **sort, "on": "2025-08-09", "in_time": nth < timely}
            events.append(office.event("cases", "complaint_answered", one["complaint"], answer))
        office.take(events)
    told = office.public("complaints_answered", **ASKED, by=["area", "timeliness"], level="council")
    figures = {(cell["area"], cell["timeliness"]): cell["value"] for cell in told["cells"]}
    kalambo, nkasi = office.areas["Kalambo"], office.areas["Nkasi"]
    assert figures[kalambo, "late"] is None
    assert figures[kalambo, "in_time"] is None
    assert figures[nkasi, "late"] is None
    assert figures[nkasi, "in_time"] is None
    assert told["total"] == 87
    assert office.ask("complaints_answered", **ASKED, by=["area", "timeliness"], area=kalambo)["total"] == 32


def test_figures_about_money_and_groups_are_open_to_all(office: Office) -> None:
    office.rukwa()
    group = str(uuid4())
    place = {"council": office.areas["Nkasi"], "ward": office.areas["Chala"]}
    office.tell(
        "registry", "group_registered", group, group=group, kind="pwd", **place, registered_on="2025-11-20"
    )
    told = office.public(
        "groups_registered", as_of="2025-11-21", area=office.areas["Chala"], by=["group_kind"]
    )
    assert told["cells"] == [{"group_kind": "pwd", "value": 1}]
    assert told["suppressed"] is False
