"""Whatever officers, citizens, holidays and standstills do in whatever order, promises are told truthfully."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.service import SERVICE
from chassis.errors import Refused
from chassis.testing import ServiceUnderTest

STEPS = st.sampled_from(
    ["look", "wait", "resume", "acknowledge", "answer", "appeal", "decide", "holiday", "working"]
)
LIVES = st.lists(st.tuples(st.integers(0, 24 * 12), STEPS), min_size=3, max_size=14)


@pytest.fixture(scope="module")
def office(new_database: Callable[[], Any], make_office: Callable[..., Any]) -> Iterator[Any]:
    svc = ServiceUnderTest(SERVICE, new_database().settings("cases"))
    svc.given_country("TZ")
    yield make_office(svc)
    svc.close()


def live(office: Any, complaint: str, hours: int, step: str) -> None:
    """One step of somebody, `hours` after the one before; what the rules refuse is left."""
    now = office.svc.clock.now() + timedelta(hours=hours)
    office.svc.at(now)
    steps: dict[str, Callable[[], Any]] = {
        "look": office.fire,
        "wait": lambda: office.wait(complaint),
        "resume": lambda: office.resume(complaint),
        "acknowledge": lambda: office.acknowledge(complaint),
        "answer": lambda: office.answer(complaint),
        "appeal": lambda: office.as_officer("appeal_complaint", complaint=complaint, channel="letter"),
        "decide": lambda: office.as_officer(
            "decide_appeal",
            caller="another",
            complaint=complaint,
            decision="dismissed",
            answer_channel="letter",
        ),
        "holiday": lambda: holiday(office, now + timedelta(days=hours % 9 - 4), True),
        "working": lambda: holiday(office, now + timedelta(days=hours % 9 - 4), False),
    }
    with contextlib.suppress(Refused):
        steps[step]()


def holiday(office: Any, on: Any, is_one: bool) -> None:
    office.svc.deliver(
        "registry",
        "holiday_overridden",
        subject="TZ",
        country="TZ",
        on=on.date().isoformat(),
        holiday=is_one,
        name="Day",
    )


@given(LIVES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_promise_is_told_once_and_truthfully(office: Any, life: list[tuple[int, str]]) -> None:
    office.now("2026-03-02T09:00")
    complaint = office.receive()["complaint"]
    for hours, step in life:
        live(office, complaint, hours, step)
    office.svc.at(office.svc.clock.now() + timedelta(days=400))
    office.fire()

    told = Counter(office.deadlines_told(complaint))
    assert set(told.values()) <= {1}
    breached = {kind for what, kind in told if what == "breached"}
    assert breached <= {kind for what, kind in told if what == "warned"}

    kept = {
        "complaint_acknowledged": "acknowledge",
        "complaint_answered": "decide",
        "appeal_decided": "appeal_decide",
    }
    facts = dict(office.told(complaint))
    for type, kind in kept.items():
        if type in facts:
            # Entered as they happened: late exactly when the breach was told, by whoever was first.
            assert facts[type]["in_time"] == (kind not in breached)
    seen = office.as_officer("complaint", complaint=complaint)
    if seen["state"] == "appealed":
        assert "appeal_decide" in breached
    if seen["state"] in ("received", "acknowledged") and not seen["waiting"]:
        assert "decide" in breached
