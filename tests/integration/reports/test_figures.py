"""Figures as officers ask for them: places, periods, stocks as of a date, and the events behind."""

from uuid import uuid4

import pytest

from chassis.errors import Forbidden, Invalid, NotFound, Refused
from integration.reports.office import Office


def value(reply: dict, **codes: str) -> int | None:
    [cell] = [c for c in reply["cells"] if codes.items() <= c.items()]
    return cell["value"]


def disburse(office: Office, ward: str, pot: str, principal: int, on: str, council: str = "Kalambo") -> str:
    loan = str(uuid4())
    office.tell(
        "loans",
        "loan_disbursed",
        loan,
        loan=loan,
        council=office.areas[council],
        ward=office.areas[ward],
        pot=pot,
        principal=principal,
        on=on,
    )
    return loan


def repay(
    office: Office, loan: str, ward: str, pot: str, amount: int, on: str, council: str = "Kalambo"
) -> None:
    place = {"council": office.areas[council], "ward": office.areas[ward], "pot": pot}
    office.tell(
        "loans", "repayment_recorded", loan, loan=loan, **place, amount=amount, principal=amount, on=on
    )


def test_loans_are_told_by_pot_and_area_in_a_fiscal_quarter(office: Office) -> None:
    office.rukwa()
    loan = disburse(office, "Matai", "women", 12_000_000, "2025-09-30")
    disburse(office, "Chala", "youth", 5_000_000, "2025-07-01", "Nkasi")
    disburse(office, "Chala", "youth", 7_000_000, "2025-10-01", "Nkasi")
    repay(office, loan, "Matai", "women", 2_000_000, "2025-10-15")

    q1 = office.ask(
        "loans_disbursed_amount", fiscal_year="2025/26", quarter=1, by=["area", "pot"], level="council"
    )
    assert q1["total"] == 17_000_000
    assert value(q1, area=office.areas["Kalambo"], pot="women") == 12_000_000
    assert value(q1, area=office.areas["Nkasi"], pot="youth") == 5_000_000
    assert (q1["unit"], q1["currency"], q1["first_on"], q1["last_on"]) == (
        "money",
        "TZS",
        "2025-07-01",
        "2025-09-30",
    )

    year = office.ask(
        "loans_disbursed_amount", fiscal_year="2025/26", by=["quarter"], area=office.areas["Nkasi"]
    )
    assert {cell["quarter"]: cell["value"] for cell in year["cells"]} == {
        "2025/26 Q1": 5_000_000,
        "2025/26 Q2": 7_000_000,
    }

    owed = office.ask("loans_outstanding", fiscal_year="2025/26", by=["quarter"])
    assert [cell["value"] for cell in owed["cells"]] == [17_000_000, 22_000_000, 22_000_000, 22_000_000]
    assert owed["total"] == 22_000_000
    assert office.ask("loans_outstanding", as_of="2025-10-14")["total"] == 24_000_000
    assert (
        office.ask("loans_outstanding", as_of="2025-10-15", area=office.areas["Matai"])["total"] == 10_000_000
    )
    assert office.ask("loans_outstanding", as_of="2025-06-30")["total"] == 0


def test_set_asides_are_told_by_pot_and_by_the_quarter_that_they_are_for(office: Office) -> None:
    office.rukwa()
    office.tell(
        "loans",
        "fund_set_aside",
        office.areas["Nkasi"],
        council=office.areas["Nkasi"],
        fiscal_year="2025/26",
        quarter=1,
        on="2025-10-03",
        pots={"women": 40, "youth": 40, "pwd": 20},
    )
    told = office.ask("fund_set_aside", fiscal_year="2025/26", by=["pot", "for_quarter"])
    assert value(told, pot="pwd", for_quarter="2025/26 Q1") == 20
    assert told["total"] == 100


def test_the_roster_of_collaborators_at_any_date(office: Office) -> None:
    """44 were appointed, 16 left, 12 came: 28 on 7 April 2020, 40 on the day after."""
    office.country("VN")
    office.area("VN", "country", country="VN")
    office.area("Ninh Thuan", "province", "VN", country="VN")
    commune = office.area("Phuoc Dai", "commune", "Ninh Thuan", country="VN")
    people = [str(uuid4()) for _ in range(56)]

    def appoint(some: list[str], on: str) -> None:
        for one in some:
            office.tell(
                "registry", "collaborator_appointed", one, collaborator=one, area=commune, effective_on=on
            )

    appoint(people[:20], "2015-09-07")
    appoint(people[20:35], "2017-05-12")
    appoint(people[35:44], "2017-09-20")
    for one in people[:16]:
        office.tell(
            "registry",
            "collaborator_exited",
            one,
            collaborator=one,
            area=commune,
            on="2019-11-16",
            reason_code="retired",
        )
    appoint(people[44:], "2020-04-08")

    def serving(day: str) -> int:
        return office.ask("collaborators", area=office.areas["Ninh Thuan"], as_of=day)["total"]

    assert [serving(day) for day in ("2015-09-06", "2017-09-20", "2020-04-07", "2020-04-08")] == [
        0,
        44,
        28,
        40,
    ]
    assert office.ask("collaborators_exited", fiscal_year="2019", quarter=4, by=["reason"])["cells"] == [
        {"reason": "retired", "value": 16}
    ]


def test_an_area_may_become_known_after_what_happened_there(office: Office) -> None:
    office.country()
    office.area("TZ", "country")
    ward = office.areas["Matai"] = str(uuid4())
    office.areas["Kalambo"] = str(uuid4())
    disburse(office, "Matai", "women", 9_000_000, "2025-09-30")
    assert office.ask("loans_disbursed_amount", fiscal_year="2025/26")["total"] == 0
    assert (
        office.svc.call("freshness", roles=[])["areas_unknown"] == 2
    )  # the ward, and the council whose fund paid
    office.area("Rukwa", "region", "TZ")
    office.area("Kalambo", "council", "Rukwa")
    office.area("Matai", "ward", "Kalambo")
    told = office.ask(
        "loans_disbursed_amount", fiscal_year="2025/26", area=office.areas["Rukwa"], by=["area"], level="ward"
    )
    assert value(told, area=ward) == 9_000_000
    assert office.svc.call("freshness", roles=[])["areas_unknown"] == 0


def test_an_organisation_moves_from_state_to_state(office: Office) -> None:
    office.rukwa()
    one = {"organisation": str(uuid4()), "area": office.areas["Nkasi"]}
    sort = {"kind": "network", "level": "district"}
    office.tell(
        "registry", "organisation_submitted", one["organisation"], **one, **sort, submitted_on="2025-08-04"
    )
    office.tell(
        "registry", "organisation_refused", one["organisation"], **one, on="2025-08-18", reason_code="x"
    )
    office.tell(
        "registry", "organisation_submitted", one["organisation"], **one, **sort, submitted_on="2025-09-01"
    )
    office.tell(
        "registry", "organisation_registered", one["organisation"], **one, **sort, registered_on="2025-09-20"
    )

    def states(day: str) -> dict[str, int]:
        told = office.ask("organisations", as_of=day, by=["state", "organisation_level"])
        return {cell["state"]: cell["value"] for cell in told["cells"]}

    assert states("2025-08-04") == {"submitted": 1}
    assert states("2025-08-20") == {"refused": 1}
    assert states("2025-09-10") == {"submitted": 1}
    assert states("2025-12-31") == {"registered": 1}


def complain(office: Office, ward: str, received_on: str, **codes: str) -> str:
    complaint = str(uuid4())
    sort = {"kind": "malalamiko", "category": "service", "channel": "phone", "country": "TZ", **codes}
    office.tell(
        "cases",
        "complaint_received",
        complaint,
        complaint=complaint,
        area=office.areas[ward],
        received_on=received_on,
        **sort,
    )
    return complaint


def test_a_complaint_is_past_its_time_from_the_local_day_of_its_breach_until_its_answer(
    office: Office,
) -> None:
    office.areas["Matai"] = str(uuid4())
    complaint = complain(office, "Matai", "2025-08-01")
    office.tell(
        "cases",
        "deadline_breached",
        complaint,
        subject_kind="complaint",
        subject=complaint,
        kind="decide",
        due_at="2025-08-21T21:00:00+00:00",
    )
    # The country, and with it the local day, becomes known only now.
    office.rukwa()

    def overdue(day: str) -> int:
        return office.ask("complaints_overdue", as_of=day)["total"]

    assert [overdue(day) for day in ("2025-08-21", "2025-08-22", "2025-09-30")] == [0, 1, 1]
    office.tell("cases", "complaint_answered", complaint, complaint=complaint, on="2025-09-02", in_time=False)
    assert [overdue(day) for day in ("2025-08-21", "2025-08-22", "2025-09-01", "2025-09-02")] == [0, 1, 1, 0]
    told = office.ask("complaints_answered", fiscal_year="2025/26", quarter=1, by=["timeliness"])
    assert told["cells"] == [{"timeliness": "late", "value": 1}]


def test_a_breach_of_another_promise_or_of_a_case_leaves_the_answer_in_time(office: Office) -> None:
    office.rukwa()
    complaint = complain(office, "Matai", "2025-08-01")
    case = str(uuid4())
    office.tell(
        "cases", "case_opened", case, case=case, category="poor", area=office.areas["Matai"], on="2025-08-01"
    )
    for subject, subject_kind, kind in ((complaint, "complaint", "acknowledge"), (case, "case", "danger")):
        office.tell(
            "cases",
            "deadline_breached",
            subject,
            subject_kind=subject_kind,
            subject=subject,
            kind=kind,
            due_at="2025-08-08T21:00:00+00:00",
        )
    assert office.parked() == []
    assert office.ask("complaints_overdue", as_of="2025-11-01")["total"] == 0


def test_a_figure_can_be_opened_to_the_events_behind_it(office: Office) -> None:
    office.rukwa()
    ids = {}
    for case, ward, closed in (("a", "Matai", None), ("b", "Matai", "2025-09-01"), ("c", "Chala", None)):
        one = {"case": str(uuid4()), "category": "poor", "area": office.areas[ward]}
        ids[case] = office.tell("cases", "case_opened", one["case"], **one, on="2025-08-01")
        if closed:
            ids[f"{case} closed"] = office.tell(
                "cases", "case_closed", one["case"], **one, on=closed, outcome="needs_met"
            )

    def behind(name: str, **asked: object) -> list[str]:
        told = office.svc.call("evidence", name=name, roles=["auditor"], **asked)
        return [event["event"] for event in told["events"]]

    kalambo = office.areas["Kalambo"]
    assert behind("cases_open", area=kalambo, as_of="2025-09-30") == [ids["a"]]
    assert set(behind("cases_open", area=kalambo, as_of="2025-08-31")) == {ids["a"], ids["b"]}
    assert behind("cases_closed", area=kalambo, fiscal_year="2025/26", cell={"outcome": "needs_met"}) == [
        ids["b closed"]
    ]
    assert behind("cases_closed", area=kalambo, fiscal_year="2025/26", cell={"outcome": "moved"}) == []
    assert behind("cases_open", area=office.areas["Rukwa"], as_of="2025-09-30", limit=1) == [ids["a"]]
    page = office.svc.call(
        "evidence",
        name="cases_open",
        roles=["auditor"],
        area=office.areas["Rukwa"],
        as_of="2025-09-30",
        limit=1,
    )
    rest = behind("cases_open", area=office.areas["Rukwa"], as_of="2025-09-30", after=page["next"])
    assert rest == [ids["c"]]
    body = office.svc.call("fact", event=ids["c"], roles=["auditor"])["body"]
    assert body == office.svc.sql("SELECT body FROM fact WHERE event = %(e)s", e=ids["c"])[0]["body"]


def test_evidence_is_for_officers_of_the_area(office: Office) -> None:
    office.rukwa()
    loan = disburse(office, "Matai", "women", 12_000_000, "2025-09-30")
    del loan
    asked = {"name": "loans_disbursed", "fiscal_year": "2025/26", "area": office.areas["Matai"]}
    with pytest.raises(Forbidden):
        office.svc.call("evidence", roles=["ward_officer"], **asked)
    with pytest.raises(NotFound):
        office.svc.call("evidence", roles=["council_officer"], areas=[office.areas["Nkasi"]], **asked)
    [event] = office.svc.call(
        "evidence", roles=["council_officer"], areas=[office.areas["Kalambo"]], **asked
    )["events"]
    with pytest.raises(NotFound):
        office.svc.call(
            "fact", event=event["event"], roles=["council_officer"], areas=[office.areas["Nkasi"]]
        )


def test_a_question_that_cannot_be_answered_is_told_what_to_give_instead(office: Office) -> None:
    with pytest.raises(Invalid, match="country"):
        office.ask("loans_disbursed", fiscal_year="2025/26")
    office.rukwa()
    with pytest.raises(NotFound, match="indicators"):
        office.ask("happiness")
    with pytest.raises(Invalid, match="pot"):
        office.ask("loans_disbursed", by=["sex"])
    with pytest.raises(Refused, match="2025/26"):
        office.ask("loans_disbursed", fiscal_year="2025")
    with pytest.raises(Invalid, match="one of them"):
        office.ask("loans_disbursed", fiscal_year="2025/26", as_of="2025-08-01")
    with pytest.raises(NotFound):
        office.ask("loans_disbursed", area=str(uuid4()))


def test_every_reply_says_how_current_it_is(office: Office) -> None:
    office.rukwa()
    disburse(office, "Matai", "women", 12_000_000, "2025-09-30")
    told = office.public("loans_disbursed", fiscal_year="2025/26")
    assert [(source["source"], source["position"]) for source in told["data_as_of"]] == [
        ("loans", 1),
        ("registry", 9),
    ]
    assert told["definition"].keys() == {"sw", "en", "id", "vi"}
    fresh = office.svc.call("freshness", roles=[])
    assert fresh["sources"][0]["source"] == "loans"
    assert fresh["figures_current"] is True


def test_an_incomplete_event_is_kept_as_a_fact_and_parked_and_counted_once_it_can_be(office: Office) -> None:
    office.rukwa()
    case = str(uuid4())
    office.tell("cases", "case_opened", case, case=case, category="poor", on="2025-08-01")  # says no area
    office.tell(
        "cases",
        "case_closed",
        case,
        case=case,
        category="poor",
        area=office.areas["Matai"],
        on="2025-09-01",
        outcome="x",
    )
    other = str(uuid4())
    office.tell(
        "cases",
        "case_opened",
        other,
        case=other,
        category="poor",
        area=office.areas["Matai"],
        on="2025-08-01",
    )
    assert [row["type"] for row in office.parked()] == ["case_opened", "case_closed"]
    assert len(office.svc.sql("SELECT position FROM fact WHERE source = 'cases'")) == 3
    assert office.ask("cases_opened", fiscal_year="2025/26")["total"] == 1
    live = office.figures()
    assert office.rebuild().left_out == 2
    assert office.figures() == live


def test_a_payment_too_many_is_a_credit_from_the_day_on_which_nothing_was_left(office: Office) -> None:
    office.rukwa()
    loan = disburse(office, "Matai", "women", 1_000, "2025-07-01")
    repay(office, loan, "Matai", "women", 1_000, "2025-10-10")
    # Known only now: it paid in September, so that October's payment was partly too many.
    place = {"council": office.areas["Kalambo"], "ward": office.areas["Matai"], "pot": "women"}
    office.tell(
        "loans",
        "repayment_recorded",
        loan,
        loan=loan,
        **place,
        amount=400,
        principal=0,
        credit=400,
        on="2025-09-05",
    )
    assert office.ask("loans_outstanding", as_of="2025-09-30")["total"] == 600
    assert office.ask("fund_credits", as_of="2025-09-30")["total"] == 0
    assert office.ask("loans_outstanding", as_of="2025-10-10")["total"] == 0
    assert office.ask("fund_credits", as_of="2025-10-10")["total"] == 400
    behind = office.svc.call(
        "evidence",
        roles=["region_officer"],
        name="fund_credits",
        area=office.areas["Rukwa"],
        as_of="2025-10-10",
        limit=10,
    )
    assert {event["type"] for event in behind["events"]} == {"repayment_recorded"}


def test_figures_of_late_loans_are_for_officers(office: Office) -> None:
    office.rukwa()
    loan = disburse(office, "Matai", "women", 1_000, "2025-07-01")
    place = {"council": office.areas["Kalambo"], "ward": office.areas["Matai"], "pot": "women"}
    office.tell(
        "loans",
        "arrears_changed",
        loan,
        loan=loan,
        **place,
        bucket=31,
        days_late=31,
        overdue=300,
        outstanding=1_000,
        on="2025-10-03",
    )
    repay(office, loan, "Matai", "women", 400, "2025-10-20")
    late = office.ask("loans_late_amount", as_of="2025-10-31", by=["bucket"])
    assert late["cells"] == [{"bucket": "31", "value": 600}]
    assert office.ask("loans_at_risk_amount", as_of="2025-10-02")["total"] == 0
    with pytest.raises(Refused) as refused:
        office.public("loans_late_amount", as_of="2025-10-31")
    assert refused.value.code == "officers_only"
