"""A council with its loans service on a real database, and the words that the tests tell their stories in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from chassis.testing import ServiceUnderTest
from loans.service import SERVICE

APPLIED_ON = date(2025, 8, 4)
APPROVED_ON = date(2025, 8, 18)
DISBURSED_ON = date(2025, 9, 1)
QUARTERS = (
    (date(2025, 7, 1), date(2025, 9, 30)),
    (date(2025, 10, 1), date(2025, 12, 31)),
    (date(2026, 1, 1), date(2026, 3, 31)),
    (date(2026, 4, 1), date(2026, 6, 30)),
)


def member(**facts: Any) -> dict[str, Any]:
    """What the registry states of a member who meets every criterion, but for what the test says."""
    return {
        "member": str(uuid4()),
        "age": 30,
        "adult": True,
        "citizen": True,
        "formally_employed": False,
        "disability": False,
        "other_groups": 0,
        **facts,
    }


@dataclass
class Office:
    """One council and one ward, its officers, and the registry behind it."""

    svc: ServiceUnderTest
    council: str
    ward: str
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    applied_on: ClassVar[date] = APPLIED_ON
    approved_on: ClassVar[date] = APPROVED_ON
    disbursed_on: ClassVar[date] = DISBURSED_ON
    member: ClassVar[Callable[..., dict[str, Any]]] = staticmethod(member)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def number(self, prefix: str = "N") -> str:
        return f"{prefix} {next(self.numbers)}/{self.council[-6:]}"

    # -- The registry

    def group(self, kind: str = "youth", members: list[dict[str, Any]] | None = None, **facts: Any) -> str:
        """A group that the registry has verified, known to the loans service by the registry's event."""
        group = str(uuid4())
        people = members if members is not None else [member(disability=kind == "pwd") for _ in range(5)]
        self.groups[group] = {
            "group": group,
            "kind": kind,
            "status": "verified",
            "council": self.council,
            "ward": self.ward,
            "has_enterprise": True,
            "has_bank_account": True,
            "members": people,
            **facts,
        }
        if self.groups[group]["status"] == "verified":
            self.svc.deliver(
                "registry",
                "group_verified",
                subject=group,
                group=group,
                kind=kind,
                council=self.groups[group]["council"],
                ward=self.groups[group]["ward"],
                verified_on="2025-07-01",
                member_ids=[m["member"] for m in people],
            )
        return group

    def member_facts(self, question: dict[str, Any]) -> dict[str, Any]:
        return {**self.groups[question["group"]], "on": question["on"]}

    # -- The council's officers

    def set_aside(
        self, amount: int = 550_500_000, on: date = date(2025, 7, 14), **body: Any
    ) -> dict[str, Any]:
        given = {
            "council": self.council,
            "fiscal_year": "2025/26",
            "quarter": 1,
            "on": on,
            "amount": amount,
            "instrument": self.number("TT"),
            **body,
        }
        return self.svc.call("set_aside", roles=["finance_officer"], caller="finance", **given)

    def open_books(self, on: date = date(2025, 7, 1), **body: Any) -> dict[str, Any]:
        given = {
            "council": self.council,
            "on": on,
            "pots": {"women": 3_000_000, "youth": 2_000_000, "pwd": 0},
            "instrument": self.number("BS"),
            **body,
        }
        return self.svc.call("record_opening_balance", given, roles=["finance_officer"], caller="finance")

    def open_window(self, opens_on: date, closes_on: date, **body: Any) -> dict[str, Any]:
        given = {
            "council": self.council,
            "published_on": opens_on,
            "opens_on": opens_on,
            "closes_on": closes_on,
            "instrument": self.number("TGZ"),
            **body,
        }
        return self.svc.call("open_window", given, roles=["council_officer"], caller="planner")

    def take_in(
        self, group: str, amount: int = 9_000_000, on: date = APPLIED_ON, **body: Any
    ) -> dict[str, Any]:
        given = {
            "group": group,
            "amount": amount,
            "on": on,
            "minutes": self.number("MIN"),
            "letter": self.number("WEO"),
            **body,
        }
        return self.svc.call("submit_application", roles=["ward_officer"], caller="ward", **given)

    def submit(
        self, group: str, amount: int = 9_000_000, on: date = APPLIED_ON, **body: Any
    ) -> dict[str, Any]:
        """An application that both committees have passed on the same day, as far as its rules ask them."""
        told = self.take_in(group, amount, on, **body)
        if "recommended" in told["way"]:
            self.recommend(told["application"], on=on)
        if "assessed" in told["way"]:
            self.assess(told["application"], on=on)
        return told

    def recommend(self, application: str, on: date = APPLIED_ON, **body: Any) -> dict[str, Any]:
        given = {
            "application": application,
            "decision": "recommend",
            "on": on,
            "minutes": self.number("KMK"),
            **body,
        }
        return self.svc.call(
            "recommend_application", **{"roles": ["ward_officer"], "caller": "ward-committee", **given}
        )

    def assess(
        self,
        application: str,
        on: date = APPLIED_ON,
        visit: dict[str, Any] | None = None,
        **body: Any,
    ) -> dict[str, Any]:
        found = {
            "visited_on": on,
            "members_met": 1,
            "enterprise": "running",
            "premises": "rented",
            "records": "partial",
            "market": "fair",
            "risks": ["price_fall"],
            **(visit or {}),
        }
        given = {"application": application, "decision": "pass", "on": on, "visit": found, **body}
        return self.svc.call(
            "assess_application", **{"roles": ["council_officer"], "caller": "technical", **given}
        )

    def sign(self, application: str, on: date = APPROVED_ON, **body: Any) -> dict[str, Any]:
        given = {"application": application, "on": on, "number": self.number("MKT"), **body}
        return self.svc.call("sign_contract", **{"roles": ["council_officer"], "caller": "lawyer", **given})

    def decide(
        self, application: str, decision: str = "approve", on: date = APPROVED_ON, **body: Any
    ) -> dict[str, Any]:
        given = {"application": application, "decision": decision, "on": on, **body}
        return self.svc.call(
            "decide_application", **{"roles": ["council_director"], "caller": "director", **given}
        )

    def approved(self, group: str, amount: int = 9_000_000, **days: date) -> str:
        """An application that was approved and whose contract was signed that day; returns its id."""
        application: str = self.submit(group, amount, days.get("applied_on", APPLIED_ON))["application"]
        approved_on = days.get("approved_on", APPROVED_ON)
        self.decide(application, on=approved_on)
        self.sign(application, on=approved_on)
        return application

    def disburse(
        self, application: str, on: date = DISBURSED_ON, caller: str = "finance", **body: Any
    ) -> dict[str, Any]:
        given = {
            "application": application,
            "on": on,
            "method": "bank",
            "bank_reference": self.number("PAY"),
            **body,
        }
        return self.svc.call("disburse", given, roles=["finance_officer"], caller=caller)

    def lent(self, amount: int = 9_000_000, group: str | None = None) -> str:
        """A loan that was paid out; returns its id."""
        loan: str = self.disburse(self.approved(group or self.group(), amount))["loan"]
        return loan

    def repay(self, loan: str, amount: int, on: date = date(2026, 1, 5), **body: Any) -> dict[str, Any]:
        given = {
            "loan": loan,
            "amount": amount,
            "on": on,
            "receipt_number": self.number("ERV"),
            "bank_reference": self.number("NMB"),
            **body,
        }
        return self.svc.call("record_repayment", roles=["finance_officer"], caller="finance", **given)

    # -- What they correct

    def reverse(
        self, repayment: str, on: date = date(2026, 6, 29), reason_code: str = "payment_returned", **body: Any
    ) -> dict[str, Any]:
        given = {"repayment": repayment, "on": on, "reason_code": reason_code, **body}
        return self.svc.call("reverse_repayment", given, roles=["council_director"], caller="director")

    def refund(self, loan: str, on: date = date(2026, 6, 29), **body: Any) -> dict[str, Any]:
        given = {"loan": loan, "on": on, "bank_reference": self.number("REF"), **body}
        return self.svc.call("refund_credit", given, roles=["council_director"], caller="director")

    def void(
        self, loan: str, on: date = date(2025, 9, 4), reason_code: str = "account_closed", **body: Any
    ) -> dict[str, Any]:
        given = {"loan": loan, "on": on, "reason_code": reason_code, **body}
        return self.svc.call("void_disbursement", given, roles=["council_director"], caller="director")

    def withdraw(
        self,
        application: str,
        on: date = date(2025, 8, 25),
        reason_code: str = "group_withdrew",
        **body: Any,
    ) -> dict[str, Any]:
        given = {"application": application, "on": on, "reason_code": reason_code, **body}
        return self.svc.call("withdraw_application", given, roles=["ward_officer"], caller="ward")

    def release(self, on: date = date(2026, 6, 29), **body: Any) -> dict[str, Any]:
        given = {"council": self.council, "on": on, **body}
        return self.svc.call("release_expired", given, roles=["finance_officer"], caller="finance")

    def ask_to_give_up(self, loan: str) -> None:
        """An officer's request, past the rule that a loan be late for a year."""
        self.svc.sql(
            """INSERT INTO write_off (loan, requested_on, requested_by, reason_code, instrument, recorded_at)
               VALUES (%(loan)s, '2025-07-14', 'officer', 'group_ceased', 'COL 1', now())
               ON CONFLICT DO NOTHING""",
            loan=loan,
        )

    def ask_to_put_off(self, loan: str, on: date, **body: Any) -> dict[str, Any]:
        given = {
            "loan": loan,
            "on": on,
            "first_due_on": date(2026, 5, 4),
            "instalments": 4,
            "reason_code": "disaster",
            "instrument": "ADD 1",
            **body,
        }
        return self.svc.call(
            "request_reschedule", **{"roles": ["council_officer"], "caller": "officer", **given}
        )

    def put_off(self, loan: str, on: date, **body: Any) -> dict[str, Any]:
        given = {"loan": loan, "on": on, **body}
        return self.svc.call("reschedule_loan", given, roles=["council_director"], caller="director")

    def give_up(self, loan: str, on: date, **body: Any) -> dict[str, Any]:
        given = {"loan": loan, "on": on, **body}
        return self.svc.call("approve_write_off", given, roles=["council_director"], caller="director")

    def recover(self, loan: str, amount: int, on: date, **body: Any) -> dict[str, Any]:
        given = {
            "loan": loan,
            "amount": amount,
            "on": on,
            "receipt_number": self.number("ERV"),
            "bank_reference": self.number("NMB"),
            **body,
        }
        return self.svc.call("record_recovery", given, roles=["finance_officer"], caller="finance")

    def close_quarter(self, quarter: int = 1, fiscal_year: str = "2025/26", **body: Any) -> dict[str, Any]:
        given = {"council": self.council, "fiscal_year": fiscal_year, "quarter": quarter, **body}
        return self.svc.call("close_quarter", given, roles=["council_director"], caller="director")

    # -- What they see

    def told(self, subject: str, type: str) -> list[dict[str, Any]]:
        """What the events of one type say of one subject."""
        return [e["data"] for e in self.svc.events(type) if e["subject"] == subject]

    def ask(self, method: str, **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["auditor"], caller="auditor", **body)

    def pots(self, as_of: date | None = None) -> dict[str, dict[str, Any]]:
        """The fund's position, by pot."""
        position = self.ask("fund_position", council=self.council, as_of=as_of)
        return {pot["pot"]: pot for pot in position["pots"]}

    def faults(self) -> list[dict[str, Any]]:
        """Where the council's ledger breaks a law: nowhere, ever."""
        with self.svc.tx() as tx:
            return tx.all("SELECT * FROM ledger_fault WHERE council = %(council)s", council=self.council)


@pytest.fixture(scope="session")
def loans_service(new_database: Callable[[], Any]) -> Iterator[ServiceUnderTest]:
    svc = ServiceUnderTest(SERVICE, new_database().settings("loans"))
    svc.at(datetime(2026, 6, 30, 9, tzinfo=UTC))
    svc.given_country("TZ")
    yield svc
    svc.close()


@pytest.fixture
def new_office(loans_service: ServiceUnderTest) -> Callable[[], Office]:
    """Opens a council of its own each time it is called: tests share the database and never a pot."""

    def make() -> Office:
        region = loans_service.given_area("region")
        council = loans_service.given_area("council", region)
        office = Office(loans_service, council, loans_service.given_area("ward", council))
        loans_service.answers("registry", "member_facts", office.member_facts)
        loans_service.at(datetime(2026, 6, 30, 9, tzinfo=UTC))
        for opens_on, closes_on in QUARTERS:
            office.open_window(opens_on, closes_on)
        return office

    return make


@pytest.fixture
def office(new_office: Callable[[], Office]) -> Iterator[Office]:
    """A council, and at the end of the test books without a fault."""
    office = new_office()
    yield office
    assert office.faults() == []
