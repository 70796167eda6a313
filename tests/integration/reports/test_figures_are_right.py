"""Whatever happens: figures are what a patient clerk would count by hand from the same events."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.reports.histories import FIRST_DAY, Told, arrivals, histories
from integration.reports.office import Office

History = dict[str, list[Told]]


class Clerk:
    """Counts by hand, one subject after the other."""

    def __init__(self, history: History) -> None:
        self._told = [told for events in history.values() for told in events]
        [zone] = [data["time_zone"] for _, type, _, data in self._told if type == "country_defined"]
        self._zone = ZoneInfo(zone)

    def count(self, day: date) -> dict[str, int]:
        return {
            "loans_outstanding": self._outstanding(day),
            "groups_verified": sum(
                first <= day for first in self._first("group_verified", "verified_on").values()
            ),
            "cases_open": self._open("case_opened", "case_closed", "on", "on", day),
            "complaints_open": self._open(
                "complaint_received", "complaint_answered", "received_on", "on", day
            ),
            "complaints_overdue": self._overdue(day),
            "loans_running": self._open("loan_disbursed", "loan_repaid", "on", "on", day),
            "collaborators": self._serving(day),
            "organisations": self._organisations(day),
            "fund_set_aside": sum(
                sum(data["pots"].values()) for data in self._of("fund_set_aside") if _day(data["on"]) <= day
            ),
        }

    def _of(self, type: str) -> Iterable[dict[str, Any]]:
        return (data for _, its, _, data in self._told if its == type)

    def _first(self, type: str, field: str) -> dict[str, date]:
        """Subject -> the day that its first event of a type names."""
        found: dict[str, date] = {}
        for _, its, subject, data in self._told:
            if its == type:
                found.setdefault(subject, _day(data[field]))
        return found

    def _open(self, begins: str, ends: str, began: str, ended: str, day: date) -> int:
        end = self._first(ends, ended)
        return sum(
            (first <= day) - (subject in end and end[subject] <= day)
            for subject, first in self._first(begins, began).items()
        )

    def _outstanding(self, day: date) -> int:
        out = sum(data["principal"] for data in self._of("loan_disbursed") if _day(data["on"]) <= day)
        back = sum(data["principal"] for data in self._of("repayment_recorded") if _day(data["on"]) <= day)
        return out - back

    def _overdue(self, day: date) -> int:
        answered = self._first("complaint_answered", "on")
        broken: dict[str, date] = {}
        for data in self._of("deadline_breached"):
            local = datetime.fromisoformat(data["due_at"]).astimezone(self._zone).date()
            broken.setdefault(data["subject"], local)
        return sum(
            due <= day and (complaint not in answered or answered[complaint] > day)
            for complaint, due in broken.items()
        )

    def _serving(self, day: date) -> int:
        serving: dict[str, bool] = {}
        for _, type, subject, data in self._told:
            if type == "collaborator_appointed" and _day(data["effective_on"]) <= day:
                serving[subject] = True
            if type == "collaborator_exited" and _day(data["on"]) <= day:
                serving[subject] = False
        return sum(serving.values())

    def _organisations(self, day: date) -> int:
        known = {
            subject
            for _, type, subject, data in self._told
            if type.startswith("organisation_")
            and _day(data.get("submitted_on") or data.get("registered_on") or data["on"]) <= day
        }
        return len(known)


def _day(text: str) -> date:
    return date.fromisoformat(text)


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(histories(), st.data())
def test_figures_as_of_any_day_are_what_a_clerk_counts(office: Office, history: History, data: Any) -> None:
    office.forget()
    batches = data.draw(arrivals({source: len(told) for source, told in history.items()}))
    waiting = {
        source: iter([office.event(source, type, of, told) for _, type, of, told in events])
        for source, events in history.items()
    }
    for source, count in batches:
        office.take([next(waiting[source]) for _ in range(count)])
    assert office.parked() == []
    clerk = Clerk(history)
    for offset in data.draw(st.lists(st.integers(-10, 700), min_size=1, max_size=3)):
        day = FIRST_DAY + timedelta(days=offset)
        for name, expected in clerk.count(day).items():
            assert office.ask(name, as_of=day.isoformat())["total"] == expected, (name, day)
