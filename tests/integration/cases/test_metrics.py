"""What Prometheus reads of the office's promises."""

from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from cases import metrics


def test_promises_are_counted_by_country(lone_office: Any) -> None:
    office = lone_office
    case = office.open_case()["case"]
    office.as_worker("record_assessment", case=case, risk="danger")
    office.as_worker("close_case", case=office.open_case()["case"], outcome="needs_met", reason="Done.")
    office.receive()
    office.wait(office.receive()["complaint"])
    office.answer(office.receive()["complaint"])
    office.now("2026-04-01T09:00")
    registry = CollectorRegistry()
    metrics.register(office.svc.runtime, registry)
    told = generate_latest(registry).decode()
    for line in (
        'ustawi_cases_open{country="TZ"} 1.0',
        'ustawi_cases_danger_unanswered{country="TZ"} 1.0',
        'ustawi_complaints_unanswered{country="TZ"} 2.0',
        'ustawi_complaints_past_due{country="TZ"} 1.0',
        'ustawi_complaints_waiting{country="TZ"} 1.0',
    ):
        assert line in told


def test_a_service_without_its_database_still_answers_prometheus(lone_office: Any) -> None:
    lone_office.svc.runtime.close()
    registry = CollectorRegistry()
    metrics.register(lone_office.svc.runtime, registry)
    assert "ustawi_cases_open{" not in generate_latest(registry).decode()
