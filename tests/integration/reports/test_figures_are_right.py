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
        self._told = list(_booked(told for events in history.values() for told in events))
        [zone] = [data["time_zone"] for _, type, _, data in self._told if type == "country_defined"]
        self._zone = ZoneInfo(zone)

    def count(self, day: date) -> dict[str, int]:
        return {
            "loans_outstanding": sum(self._owed(loan, day) for loan in self._loans()),
            "groups_verified": sum(
                first <= day for first in self._first("group_verified", "verified_on").values()
            ),
            "cases_open": self._open("case_opened", "case_closed", "on", "on", day),
            "complaints_open": self._open(
                "complaint_received", "complaint_answered", "received_on", "on", day
            ),
            "complaints_overdue": self._overdue(day),
            "loans_running": self._running(day),
            **self._fund(day),
            **self._late(day),
            **self._said(day),
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

    # -- Loans: each as its payments and their days leave it

    def _loans(self) -> list[str]:
        return [data["loan"] for data in self._of("loan_disbursed")]

    def _events(self, loan: str, *types: str) -> list[tuple[str, dict[str, Any]]]:
        return [(type, data) for _, type, of, data in self._told if of == loan and type in types]

    def _until(self, loan: str, day: date, *types: str) -> list[dict[str, Any]]:
        return [data for _, data in self._events(loan, *types) if _day(data["on"]) <= day]

    def _lent(self, loan: str, day: date) -> int:
        lent = sum(data["principal"] for data in self._until(loan, day, "loan_disbursed"))
        return lent - sum(data["principal"] for data in self._until(loan, day, "disbursement_voided"))

    def _paid(self, loan: str, day: date) -> int:
        return sum(data["amount"] for data in self._until(loan, day, "repayment_recorded")) - sum(
            data["amount"] for data in self._until(loan, day, "repayment_reversed")
        )

    def _over(self, loan: str, day: date) -> int:
        [(_, lent)] = self._events(loan, "loan_disbursed")
        return max(0, self._paid(loan, day) - lent["principal"])

    def _owed(self, loan: str, day: date) -> int:
        if self._until(loan, day, "loan_written_off"):
            return 0
        return self._lent(loan, day) - self._paid(loan, day) + self._over(loan, day)

    def _running(self, day: date) -> int:
        running = 0
        for loan in self._loans():
            given_up = False
            for type, data in self._events(
                loan,
                "loan_disbursed",
                "disbursement_voided",
                "loan_repaid",
                "loan_reopened",
                "loan_written_off",
            ):
                given_up = given_up or type == "loan_written_off"
                if _day(data["on"]) <= day and not (given_up and type == "loan_reopened"):
                    running += 1 if type in ("loan_disbursed", "loan_reopened") else -1
        return running

    def _late(self, day: date) -> dict[str, int]:
        late, at_risk, owed_late, owed_at_risk, overdue = 0, 0, 0, 0, 0
        for loan in self._loans():
            changes = sorted(self._until(loan, day, "arrears_changed"), key=lambda data: _day(data["on"]))
            bucket = changes[-1]["bucket"] if changes else 0
            put_off = bool(self._until(loan, day, "loan_rescheduled"))
            owed = self._owed(loan, day)
            late += owed > 0 and (bucket > 0 or put_off)
            at_risk += owed > 0 and (bucket > 30 or put_off)
            owed_late += owed if bucket > 0 or put_off else 0
            owed_at_risk += owed if bucket > 30 or put_off else 0
            overdue += min(owed, changes[-1]["overdue"]) if bucket > 0 else 0
        return {
            "loans_late": late,
            "loans_late_amount": owed_late,
            "loans_overdue_amount": overdue,
            "loans_at_risk": at_risk,
            "loans_at_risk_amount": owed_at_risk,
        }

    # -- The fund: what came in, and where it is

    def _sum(self, day: date, field: str, *types: str) -> int:
        return sum(
            data[field] for _, type, _, data in self._told if type in types and _day(data["on"]) <= day
        )

    def _fund(self, day: date) -> dict[str, int]:
        opening = sum(
            sum(data["pots"].values())
            for data in self._of("opening_balance_recorded")
            if _day(data["on"]) <= day
        )
        set_aside = sum(
            sum(data["pots"].values()) for data in self._of("fund_set_aside") if _day(data["on"]) <= day
        )
        repaid = sum(self._paid(loan, day) for loan in self._loans())
        recovered = self._sum(day, "amount", "recovery_recorded") - self._sum(
            day, "amount", "recovery_reversed"
        )
        released = self._sum(day, "released", "application_withdrawn", "application_lapsed")
        voided = [data for data in self._of("disbursement_voided") if _day(data["on"]) <= day]
        again = sum(data["principal"] for data in voided if data["goes_to"] == "reserved")
        approved = self._sum(day, "amount", "application_approved")
        reserved = approved - released - self._sum(day, "principal", "loan_disbursed") + again
        disbursed = sum(self._lent(loan, day) for loan in self._loans())
        refunded = self._sum(day, "amount", "credit_refunded")
        credits = sum(self._over(loan, day) for loan in self._loans()) - refunded
        came_in = opening + set_aside + repaid + recovered
        return {
            "fund_opening": opening,
            "fund_repaid": repaid,
            "fund_recovered": recovered,
            "fund_disbursed": disbursed,
            "fund_refunded": refunded,
            "fund_taken_over": self._moved(day),
            "fund_handed_over": self._moved(day),
            "loans_repaid_amount": repaid,
            "loans_recovered_amount": recovered,
            "fund_reserved": reserved,
            "fund_credits": credits,
            "loans_disbursed_amount": disbursed,
            "loans_refunded_amount": refunded,
            "fund_available": came_in - reserved - credits - disbursed - refunded,
        }

    def _moved(self, day: date) -> int:
        """What went from council to council, all together."""
        moved = 0
        for _, type, _, data in self._told:
            if (
                "handed_over_by" in data
                and data["handed_over_by"] != data["council"]
                and _day(data["on"]) <= day
            ):
                if type == "fund_transferred":
                    moved += sum(data["pots"].values()) + sum(data["shortfalls"].values())
                else:
                    moved += data["credit"] if type == "loan_transferred" else data["reserved"]
        return moved

    def _said(self, day: date) -> dict[str, int]:
        """The last word of each council, of the day that it is about."""

        def last(field: str, about: str, key: str, *types: str) -> int:
            found: dict[tuple[str, str], tuple[date, int]] = {}
            for _, type, of, data in self._told:
                on = _day(data[about]) if type in types else None
                if on and on <= day:
                    thing = (of, str(data.get(key, "")))
                    if thing not in found or found[thing][0] <= on:
                        found[thing] = (
                            on,
                            int(data[field]) if field in data else int(type == "scheme_suspended"),
                        )
            return sum(value for _, value in found.values())

        return {
            "account_balance": last("balance", "on", "", "account_balance_recorded"),
            "account_difference": last("difference", "on", "", "account_balance_recorded"),
            "fund_expected": last("expected", "on", "quarter", "revenue_reported"),
            "scheme_suspended": last("", "on", "", "scheme_suspended", "scheme_resumed"),
        }

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


def _booked(told: Iterable[Told]) -> Iterable[Told]:
    """Events with the day on which they are booked: never before the council that tells them took the loan over."""
    since: dict[tuple[str, str], str] = {}
    for source, type, of, data in told:
        if "handed_over_by" in data and type != "fund_transferred":
            if data["handed_over_by"] != data["council"]:
                at = (of, data["council"])
                since[at] = max(since.get(at, ""), data["on"])
        elif source == "loans" and "pot" in data and type != "arrears_changed":
            lent = [data["application"]] if type == "loan_disbursed" else []
            on = max([data["on"], *(since.get((subject, data["council"]), "") for subject in (of, *lent))])
            data = {**data, "on": on}
        yield source, type, of, data


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
