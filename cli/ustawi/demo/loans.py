"""Chapter: the groups apply, the councils decide, money and goods go out, and most of it comes back."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis.errors import ChassisError
from ustawi.demo import steps
from ustawi.demo.groups import GROUPS, StoryGroup
from ustawi.demo.officers import Officer, council_director, finance_officer, ward_officer
from ustawi.demo.stage import KALAMBO, YEAR_ENDS, ExpectedLoan, Stage
from ustawi.demo.telling import day, money

_GROUPS = {group.name: group for group in GROUPS}


@dataclass(frozen=True)
class Application:
    """What a group asks for and what becomes of it."""

    group: str
    amount: int
    on: str
    decided_on: str
    disbursed_on: str = ""
    granted: int | None = None
    rejected_as: str | None = None
    finding: str | None = None
    asset: tuple[str, str] | None = None  # goods instead of money: what, and its number
    paid: tuple[tuple[int, int], ...] = ()  # (instalment, days after its due date)
    rest_on: str = ""  # the day on which everything that is left is paid
    too_much: int = 0  # on top of the rest, by mistake


APPLICATIONS = (
    Application(
        "Tupendane Namanyere",
        12_000_000,
        "2025-07-21",
        "2025-08-12",
        "2025-09-01",
        paid=((1, 0), (2, -1), (3, 0)),
        rest_on="2026-05-20",
    ),
    Application(
        "Vijana Kazi Kirando",
        18_000_000,
        "2025-07-22",
        "2025-08-12",
        "2025-09-03",
        asset=("Outboard engine, 25 hp", "MFANO 25 HP 001"),
        paid=tuple((number, 0) for number in range(1, 7)),
    ),
    Application("Tunaweza Chala", 4_500_000, "2025-07-24", "2025-08-12", "2025-09-04", paid=((1, 10),)),
    Application("Amani Kate", 10_000_000, "2025-07-25", "2025-08-13", rejected_as="plan_not_viable"),
    Application(
        "Neema Majengo",
        9_000_000,
        "2025-07-22",
        "2025-08-15",
        "2025-09-02",
        paid=((1, 3), (2, 12), (3, 0), (4, 7), (5, 0), (6, 0)),
    ),
    Application(
        "Upekee Kizwite",
        1_500_000,
        "2025-07-28",
        "2025-08-15",
        "2025-09-05",
        finding="KAM 3/2025",
        paid=((1, 0), (2, 0), (3, 0), (4, 0)),
        rest_on="2026-06-15",
        too_much=50_000,
    ),
    Application(
        "Chapakazi Laela",
        25_000_000,
        "2025-07-23",
        "2025-08-18",
        "2025-09-08",
        granted=20_000_000,
        paid=((1, 0), (2, 0), (3, 0), (4, 0), (5, 20), (6, 18)),
    ),
)


def judge_eligibility(stage: Stage) -> None:
    """A group that may not borrow: the service tells every criterion, and refuses its application."""
    group = _GROUPS["Mshikamano Izia"]
    officer = ward_officer(group.ward_code)
    asked: dict[str, Any] = {
        "group": stage.groups[group.name].group,
        "on": "2025-07-29",
        "amount": 6_000_000,
        "minutes": "MUH 4/2025",
    }
    told = stage.office.ask(officer, "loans", "eligibility", **asked)
    rows = [
        (one["criterion"].replace("_", " "), "met" if one["met"] else "not met", one["advice"] or "")
        for one in told["criteria"]
    ]
    stage.tell.table(
        f"May {group.label} borrow? Judged by the rules of {told['rule_version']}",
        ("criterion", "", "advice"),
        rows,
    )
    with stage.refusal(f"the application of {group.label}", "not_eligible", explain=_unmet):
        stage.office.command(officer, "loans", "submit_application", f"loan/{group.name}/apply", **asked)


def lend(stage: Stage) -> None:
    """Take every application from the ward's committee to the treasurer; book its repayments in the year."""
    _nobody_decides_elsewhere(stage, APPLICATIONS[0])
    for asked in APPLICATIONS:
        group = _GROUPS[asked.group]
        application = apply(stage, asked, group)
        who = f"{application['reference']}  {group.label}, {group.kind}, {money(asked.amount)}"
        days = days_of(asked)
        pass_committees(stage, asked, group, application["application"], days)
        decided = decide(stage, asked, group, application["application"])
        if asked.rejected_as:
            stage.tell.say(f"{who}: rejected {day(asked.decided_on)}, because: {asked.rejected_as}")
            continue
        steps.sign(
            stage,
            f"loan/{asked.group}",
            application["application"],
            group.council,
            f"MFANO MKT {group.first:05d}",
            days,
        )
        loan = disburse(stage, asked, group, application["application"])
        expected = ExpectedLoan(loan["reference"], loan["principal"])
        stage.loans[loan["loan"]] = expected
        payments = 0
        for on, amount in repayments(asked, loan["instalments"]):
            payments += 1
            repay(stage, asked, group, loan["loan"], payments, on, amount)
            expected.paid += amount
        less = f" (granted {money(decided['amount'])})" if asked.granted else ""
        stood = stage.office.ask(
            finance_officer(group.council), "loans", "loan", loan=loan["loan"], as_of=YEAR_ENDS
        )
        stage.tell.say(
            f"{who}{less}, paid out {day(asked.disbursed_on)}; {_payments(payments)}; {_standing(stood)}"
        )


def apply(stage: Stage, asked: Application, group: StoryGroup) -> dict[str, Any]:
    number = group.first
    return stage.office.command(
        ward_officer(group.ward_code),
        "loans",
        "submit_application",
        f"loan/{asked.group}/apply",
        group=stage.groups[asked.group].group,
        on=asked.on,
        amount=asked.amount,
        minutes=f"MUH {number}/2025",
        letter=f"WEO {number}/2025",
        finding=asked.finding,
    )


def days_of(asked: Application) -> steps.Days:
    disbursed_on = date.fromisoformat(asked.disbursed_on) if asked.disbursed_on else None
    return steps.Days.between(
        date.fromisoformat(asked.on), date.fromisoformat(asked.decided_on), disbursed_on
    )


def pass_committees(
    stage: Stage, asked: Application, group: StoryGroup, application: str, days: steps.Days
) -> None:
    steps.pass_committees(
        stage,
        f"loan/{asked.group}",
        application,
        (group.council, group.ward_code),
        days,
        minutes=f"KMK {group.first}/2025",
        members=len(stage.groups[asked.group].members),
    )


def decide(stage: Stage, asked: Application, group: StoryGroup, application: str) -> dict[str, Any]:
    return stage.office.command(
        council_director(group.council),
        "loans",
        "decide_application",
        f"loan/{asked.group}/decide",
        application=application,
        decision="reject" if asked.rejected_as else "approve",
        on=asked.decided_on,
        amount=asked.granted,
        reason_code=asked.rejected_as,
    )


def disburse(stage: Stage, asked: Application, group: StoryGroup, application: str) -> dict[str, Any]:
    description, identifier = asked.asset or ("", "")
    return stage.office.command(
        finance_officer(group.council),
        "loans",
        "disburse",
        f"loan/{asked.group}/disburse",
        application=application,
        on=asked.disbursed_on,
        method="in_kind" if asked.asset else "bank",
        bank_reference=None if asked.asset else f"MFANO OUT {group.first:05d}",
        asset={"description": description, "identifier": identifier} if asked.asset else None,
    )


def repayments(asked: Application, instalments: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """The days and amounts of a group's payments, by the schedule that it was given."""
    due = {each["number"]: each for each in instalments}
    told = []
    for number, late in asked.paid:
        on = date.fromisoformat(due[number]["due_on"]) + timedelta(days=late)
        told.append((on.isoformat(), due[number]["amount"]))
    if asked.rest_on:
        rest = sum(each["amount"] for each in instalments) - sum(amount for _, amount in told)
        told.append((asked.rest_on, rest + asked.too_much))
    return told


def repay(
    stage: Stage, asked: Application, group: StoryGroup, loan: str, number: int, on: str, amount: int
) -> dict[str, Any]:
    paper = f"{group.first:05d} {number}"
    return stage.office.command(
        finance_officer(group.council),
        "loans",
        "record_repayment",
        f"loan/{asked.group}/repay/{number}",
        loan=loan,
        on=on,
        amount=amount,
        receipt_number=f"MFANO {paper}",
        bank_reference=f"MFANO IN {paper}",
    )


def _nobody_decides_elsewhere(stage: Stage, asked: Application) -> None:
    """The director of another council does not even learn that the application is there."""
    group = _GROUPS[asked.group]
    application = apply(stage, asked, group)
    stranger: Officer = council_director(KALAMBO)
    with stage.refusal(f"Kalambo's director asks for {application['reference']} of Nkasi", "not_found"):
        stage.office.ask(stranger, "loans", "application", application=application["application"])


def _unmet(error: ChassisError) -> str:
    return f"not met are {', '.join(name.replace('_', ' ') for name in error.fields)}."


def _payments(count: int) -> str:
    return "one payment" if count == 1 else f"{count} payments"


def _standing(loan: dict[str, Any]) -> str:
    """How a loan stood at the end of the year."""
    if loan["state"] == "repaid":
        credit = f", {money(loan['credit'])} too much and held as credit" if loan["credit"] else ""
        return f"fully repaid{credit}"
    overdue = (
        f", of which overdue {money(loan['overdue'])}, {loan['days_late']} days" if loan["overdue"] else ""
    )
    return f"owes {money(loan['outstanding'])}{overdue}"
