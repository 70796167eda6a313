"""Whatever happens, in whatever batches it arrives: live figures and rebuilt figures are the same to the byte."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.reports.histories import Told, arrivals, histories
from integration.reports.office import Office

slow = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def arrive(office: Office, history: dict[str, list[Told]], batches: list[tuple[str, int]]) -> None:
    waiting = {
        source: iter([office.event(source, type, subject, data) for _, type, subject, data in told])
        for source, told in history.items()
    }
    for source, count in batches:
        office.take([next(waiting[source]) for _ in range(count)])


def one_by_one(history: dict[str, list[Told]]) -> list[tuple[str, int]]:
    return [(source, 1) for source, told in history.items() for _ in told]


@slow
@given(histories(), st.data())
def test_any_split_into_batches_and_any_order_of_sources_give_the_figures_of_a_rebuild(
    office: Office, history: dict[str, list[Told]], data: Any
) -> None:
    office.forget()
    sizes = {source: len(told) for source, told in history.items()}
    arrive(office, history, data.draw(arrivals(sizes)))
    live = office.figures()
    assert office.parked() == []
    office.rebuild(chunk=data.draw(st.integers(1, 50)))
    assert office.figures() == live

    office.forget()
    arrive(office, history, one_by_one(history))
    assert office.figures() == live


@slow
@given(histories(most=6), st.data())
def test_a_rebuild_amid_arrivals_gives_the_same_figures(
    office: Office, history: dict[str, list[Told]], data: Any
) -> None:
    office.forget()
    sizes = {source: len(told) for source, told in history.items()}
    batches = data.draw(arrivals(sizes))
    arrive(office, history, batches)
    expected = office.figures()

    office.forget()
    middle = data.draw(st.integers(0, len(batches)))
    waiting = {
        source: iter([office.event(source, type, subject, data) for _, type, subject, data in told])
        for source, told in history.items()
    }
    for nth, (source, count) in enumerate([*batches, ("", 0)]):
        if nth == middle:
            office.rebuild(chunk=7)
        if count:
            office.take([next(waiting[source]) for _ in range(count)])
    assert office.figures() == expected


@pytest.mark.parametrize(("first", "then"), [("Matai", "Chala"), ("Chala", "Matai")])
def test_a_late_loan_whose_ward_went_to_another_council_is_rebuilt_where_it_was(
    office: Office, first: str, then: str
) -> None:
    office.rukwa()
    loan = "0190a000-0000-7000-8000-00000000000a"
    councils = {"Matai": "Kalambo", "Chala": "Nkasi"}
    before, after = (
        {"loan": loan, "council": office.areas[councils[ward]], "ward": office.areas[ward], "pot": "women"}
        for ward in (first, then)
    )
    office.tell("loans", "loan_disbursed", loan, **before, principal=1_000, on="2025-07-10")
    office.tell("loans", "arrears_changed", loan, **after, bucket=31, overdue=300, on="2025-09-20")
    live = office.figures()
    office.rebuild()
    assert office.figures() == live


def test_the_same_batch_again_changes_nothing(office: Office) -> None:
    office.rukwa()
    ward = office.areas["Matai"]
    events = [
        office.event(
            "cases", "case_opened", case, {"case": case, "category": "poor", "area": ward, "on": "2025-10-01"}
        )
        for case in ("0190a000-0000-7000-8000-000000000001", "0190a000-0000-7000-8000-000000000002")
    ]
    office.take(events)
    assert office.parked() == []
    assert office.figures()
    figures, facts = office.figures(), office.svc.sql("SELECT * FROM fact ORDER BY source, position")
    office.take(events)
    office.take(events[1:])
    assert office.figures() == figures
    assert office.svc.sql("SELECT * FROM fact ORDER BY source, position") == facts


def test_a_fact_is_kept_as_the_very_text_that_was_published(office: Office) -> None:
    event = office.event("registry", "something_new", "x", {"note": "Ünïcode “…” \\ / é"})
    office.take([event])
    [row] = office.svc.sql("SELECT body, event::text, type, subject FROM fact")
    assert row == {"body": event.raw, "event": event.id, "type": "something_new", "subject": "x"}
