"""The registry was restored: areas and days are taken in anew, and promises that were kept stay kept."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from cases.service import SERVICE
from chassis.envelope import CHAIN_START, Event
from chassis.reconcile import Reconciliation
from chassis.stream import Forked
from chassis.testing import ServiceUnderTest
from integration.cases.conftest import MONDAY

HOLIDAYS = [{"on": "2026-03-04", "name": "Siku ya Mfano"}, {"on": "2026-03-05", "name": "Siku ya Pili"}]


class Registry:
    """A source that answers with the events that it has, up to where it was restored."""

    def __init__(self, events: list[Event], lost: int) -> None:
        self._all, self._events = events, events[: len(events) - lost]

    def query(self, service: str, method: str, body: Mapping[str, Any] | None = None, **_: Any) -> Any:
        if method == "log_head":
            last = self._events[-1].chain if self._events else CHAIN_START
            ended = {"log": str(self._all[0].log), "upto": len(self._events)}
            return {
                "log": str(uuid4()),
                "position": len(self._events),
                "chain": last.hex(),
                "earlier": [ended],
            }
        assert body is not None
        page = self._events[body["position"] : body["position"] + body["limit"]]
        return {"events": [event.raw for event in page]}


@pytest.fixture
def told(service_under_test: Any) -> tuple[ServiceUnderTest, list[Event]]:
    """A ward where a complaint was received, in a week with two holidays of which the second was proclaimed late."""
    svc = service_under_test(SERVICE)
    svc.at(MONDAY)
    country, ward = str(uuid4()), str(uuid4())
    zone = {"name": "Tanzania", "time_zone": "Africa/Dar_es_Salaam", "currency": "TZS", "languages": ["sw"]}
    terms = {"fiscal_year_start_month": 7, "level_names": {}}

    def area(area: str, level: str, parent: str | None, path: list[str]) -> Event:
        told = {"area": area, "country": "TZ", "level": level, "code": level, "name": level, "parent": parent}
        return svc.deliver(
            "registry", "area_created", subject=area, valid_from="2016-01-01", path=path, **told
        )

    events = [
        svc.deliver("registry", "country_defined", subject="TZ", country="TZ", **zone, **terms),
        area(country, "country", None, [country]),
        area(ward, "ward", country, [country, ward]),
        svc.deliver(
            "registry", "holidays_published", subject="TZ", country="TZ", year=2026, holidays=HOLIDAYS[:1]
        ),
    ]
    svc.call(
        "receive_complaint",
        roles=["council_officer"],
        kind="malalamiko",
        category="service",
        channel="phone",
        area=ward,
        words="The water point is locked.",
    )
    events.append(
        svc.deliver(
            "registry", "holidays_published", subject="TZ", country="TZ", year=2026, holidays=HOLIDAYS
        )
    )
    return svc, events


def clocks(svc: ServiceUnderTest) -> dict[str, Any]:
    rows = svc.sql("SELECT kind, warn_at, due_at, warned_at, breached_at FROM clock ORDER BY kind")
    return {row.pop("kind"): row for row in rows}


def reconcile(svc: ServiceUnderTest, events: list[Event], lost: int) -> None:
    svc.intake("registry").mark_fork(
        Forked(len(events) - lost, "the source was restored to an earlier moment")
    )
    Reconciliation(svc.runtime, SERVICE.streams[0], Registry(events, lost)).run("ops.asha")


def test_the_same_days_again_move_no_clock_and_tell_nothing(told: Any) -> None:
    svc, events = told
    svc.at(
        clocks(svc)["acknowledge"]["warn_at"]
    )  # by a calendar that is half filled it would be broken by now
    before, said = clocks(svc), len(svc.events())
    areas = svc.sql("SELECT * FROM scope_area ORDER BY area")
    reconcile(svc, events, lost=0)
    assert svc.sql("SELECT * FROM scope_area ORDER BY area") == areas
    assert len(svc.sql("SELECT FROM scope_holiday")) == 2
    for kind, clock in clocks(svc).items():
        assert (clock["due_at"], clock["breached_at"]) == (before[kind]["due_at"], None)
    assert {event["type"] for event in svc.events()[said:]} <= {"deadline_warned"}


def test_a_holiday_that_was_lost_moves_the_clocks_once_and_its_return_moves_them_back(told: Any) -> None:
    svc, events = told
    with_both = clocks(svc)
    reconcile(svc, events, lost=1)
    with_one = clocks(svc)
    assert with_one["acknowledge"]["due_at"] < with_both["acknowledge"]["due_at"]
    assert len(svc.sql("SELECT FROM scope_holiday")) == 1
    svc.intake("registry").take(events[-1:])
    assert clocks(svc) == with_both
