"""Callers who never stop: commands to all four services, some asked once, some repeated until they are answered."""

import io
import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from chassis.client import Client
from chassis.errors import ChassisError, Unavailable
from e2e import small_world
from reliability.history import Attempt, History
from reliability.house import House
from ustawi.demo import steps
from ustawi.demo.files import DataFiles
from ustawi.demo.office import LOGS, Office
from ustawi.demo.officers import (
    OPERATIONS,
    REGISTRAR,
    Officer,
    case_worker,
    complaints_officer,
    council_director,
    council_officer,
    finance_officer,
    ward_officer,
)
from ustawi.demo.people import person
from ustawi.demo.plans import LoanPlan, plan
from ustawi.demo.stage import QUARTER_BEGINS, Stage
from ustawi.demo.telling import Teller
from ustawi.demo.windows import window_of
from ustawi.token import office_token

COUNCIL, WARD = small_world.COUNCIL, small_world.WARD
LOANS = 6
CALLERS = 2  # of each service
PAUSE = 0.1  # seconds between two commands of one caller: the machine is to be busy, not full
TIMEOUT = 3.0  # seconds that a caller waits for an answer
PATIENCE = 90.0  # seconds after which one who repeats gives up
IMPATIENT = 0.3  # of the commands are asked once and never again
_SECOND_REGISTRAR = Officer("demo.registrar.second", ("registrar",))  # who submits does not decide
_FIRST_PERSON = 500_000
_FISCAL_YEAR = "2025/26"


@dataclass
class World:
    """What the stories are about, put on record before any fault."""

    areas: dict[str, str]
    loans: list[str]
    paid_from: date


class Desk:
    """One caller's way to the services, and who they are."""

    def __init__(self, house: House, history: History, areas: dict[str, str], seed: str) -> None:
        self.dice = Random(seed)
        self._house, self._history = house, history
        self._areas = areas
        self._token: str | None = None
        self._client = Client(house.addresses.amqp_uri, lambda: self._token, name="faults")  # type: ignore[arg-type,return-value]
        self._tokens: dict[Officer, str] = {}
        self.over = threading.Event()

    def command(
        self,
        officer: Officer,
        service: str,
        method: str,
        /,
        *,
        patient: bool | None = None,
        again: Callable[[], bool] = lambda: True,
        **body: Any,
    ) -> Attempt:
        """Ask for a command as somebody, once or until it is answered; what became of it is in the history."""
        patient = self.dice.random() >= IMPATIENT if patient is None else patient
        attempt = self._history.begin(
            str(uuid.UUID(int=self.dice.getrandbits(128), version=4)), service, method
        )
        self._token = self.token_of(officer)
        given = {name: value for name, value in body.items() if value is not None}
        for waited in itertools.count():
            self._history.tries(attempt)
            try:
                reply = self._client.call(
                    service, method, {**given, "command_id": attempt.command}, timeout=TIMEOUT
                )
            except Unavailable as error:
                self._history.failed(attempt, error.code)
            except ChassisError as error:
                self._history.refused(attempt, f"{error.code} {error.fields or ''}".strip())
                return attempt
            else:
                self._history.committed(attempt, reply)
                return attempt
            if not patient or waited * 0.3 > PATIENCE or self.over.wait(0.3):
                return attempt
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._client.close()

    def token_of(self, officer: Officer) -> str:
        if officer not in self._tokens:
            areas = [self._areas.get(code, code) for code in officer.areas]
            key = self._house.addresses.office_key
            self._tokens[officer] = office_token(key, officer.subject, officer.roles, areas, 10)
        return self._tokens[officer]


class Caller(threading.Thread):
    """Tells the stories of one service, one after the other, until told to stop."""

    def __init__(self, desk: Desk, world: World, service: str, number: int) -> None:
        super().__init__(daemon=True, name=f"{service} {number}")
        self.desk, self._world = desk, world
        self._stories = STORIES[service]
        self._serial = (f"{number}-{count}" for count in itertools.count(1))

    def run(self) -> None:
        while not self.desk.over.wait(PAUSE):
            story = self.desk.dice.choice(self._stories)
            story(self.desk, self._world, f"{self.name} {next(self._serial)}")
        self.desk.close()


class Load:
    """All callers."""

    def __init__(self, house: House, history: History, world: World, seed: str) -> None:
        self._callers = [
            Caller(Desk(house, history, world.areas, f"{seed} {service} {number}"), world, service, number)
            for service in STORIES
            for number in range(1, CALLERS + 1)
        ]

    def start(self) -> None:
        for caller in self._callers:
            caller.start()

    def stop(self) -> None:
        """No new command is asked; those that are under way are waited for."""
        for caller in self._callers:
            caller.desk.over.set()
        for caller in self._callers:
            caller.join(60)
            assert not caller.is_alive(), caller.name


# -- Before any fault


def set_up(house: House, history: History, *, loans: int = LOANS) -> World:
    """Areas, money, groups and running loans: what the stories need."""
    office = Office(house.addresses, say=lambda line: None)
    stage = Stage(office, Teller(io.StringIO()), DataFiles())
    small_world.define(office)
    areas = dict(office.areas)
    office.until_all_applied()
    _open_windows(office)
    plans = [plan(number, [(COUNCIL, WARD)]) for number in range(loans)]
    groups = [
        office.command(
            ward_officer(WARD), "registry", "register_group", f"faults/{told.number}", **_group(areas, told)
        )["group"]
        for told in plans
    ]
    for told, group in zip(plans, groups, strict=True):
        verdict = _verdict(told, group)
        office.command(
            council_officer(COUNCIL), "registry", "verify_group", f"faults/{told.number}/verify", **verdict
        )
    office.until_all_applied()
    made = [_lend(stage, told, group) for told, group in zip(plans, groups, strict=True)]
    office.close()
    for source in LOGS:
        _take_into_history(house, history, source)
    return World(areas, made, max(told.disbursed_on for told in plans))


def _open_windows(office: Office) -> None:
    """Money for the pots, and every quarter's weeks for applications."""
    office.command(
        finance_officer(COUNCIL),
        "loans",
        "set_aside",
        "faults/money",
        council=office.areas[COUNCIL],
        fiscal_year=_FISCAL_YEAR,
        quarter=1,
        on="2025-07-14",
        amount=900_000_000,
        instrument="FAULTS 1",
    )
    for quarter, begins in enumerate(QUARTER_BEGINS, start=1):
        opens_on, closes_on = window_of(quarter)
        office.command(
            council_officer(COUNCIL),
            "loans",
            "open_window",
            f"faults/window/{quarter}",
            council=office.areas[COUNCIL],
            published_on=begins,
            opens_on=opens_on.isoformat(),
            closes_on=closes_on.isoformat(),
            instrument=f"FAULTS {quarter}",
        )


def _lend(stage: Stage, told: LoanPlan, group: str) -> str:
    """A loan from its application to its money; returns its id."""
    office, step = stage.office, f"faults/{told.number}"
    application = office.command(
        ward_officer(WARD),
        "loans",
        "submit_application",
        f"{step}/apply",
        group=group,
        on=told.applied_on.isoformat(),
        amount=told.amount,
        minutes=f"M {told.number}",
        letter=f"L {told.number}",
    )["application"]
    days = steps.Days.between(told.applied_on, told.decided_on, told.disbursed_on)
    minutes, met = f"K {told.number}", told.size - 1
    steps.pass_committees(stage, step, application, (COUNCIL, WARD), days, minutes=minutes, members=met)
    office.command(
        council_director(COUNCIL),
        "loans",
        "decide_application",
        f"{step}/decide",
        application=application,
        decision="approve",
        on=told.decided_on.isoformat(),
    )
    steps.sign(stage, step, application, COUNCIL, f"C {told.number}", days)
    loan: str = office.command(
        finance_officer(COUNCIL),
        "loans",
        "disburse",
        f"{step}/disburse",
        application=application,
        on=told.disbursed_on.isoformat(),
        method="bank",
        bank_reference=f"OUT {told.number}",
    )["loan"]
    return loan


def _take_into_history(house: House, history: History, source: str) -> None:
    """What was done to set the world up is no less attempted than the rest."""
    with house.as_superuser() as connection:
        rows = connection.execute(f"SELECT command::text, method, reply FROM {source}.command").fetchall()
    for row in rows:
        attempt = history.begin(row["command"], source, row["method"])
        history.tries(attempt)
        history.committed(attempt, row["reply"])


# -- The stories


def _group(areas: dict[str, str], told: LoanPlan) -> dict[str, Any]:
    return dict(
        country="TZ",
        kind=told.kind,
        name=told.name,
        council=areas[COUNCIL],
        ward=areas[WARD],
        enterprise=told.enterprise,
        bank={"bank": "Benki", "account_name": told.name, "account_number": f"FAULTS-{told.number:07d}"},
        registered_on=told.registered_on.isoformat(),
        members=told.members(),
    )


def _verdict(told: LoanPlan, group: str) -> dict[str, Any]:
    return dict(
        group=group,
        decision="verify",
        findings="Mfano.",
        on=(told.verified_on + timedelta(days=1)).isoformat(),
    )


def _organisation(desk: Desk, world: World, serial: str) -> None:
    """An organisation is submitted, and most are decided on."""
    submitted = desk.command(
        REGISTRAR,
        "registry",
        "register_organisation",
        country="TZ",
        name=f"Jumuiya {serial}",
        kind="community_based_organisation",
        level="district",
        area=world.areas[COUNCIL],
        submitted_on="2026-01-12",
    )
    if submitted.outcome == "committed" and desk.dice.random() < 0.7:
        desk.command(
            _SECOND_REGISTRAR,
            "registry",
            "decide_organisation",
            organisation=submitted.reply["organisation"],
            decision="register",
            instrument=f"CHETI {serial}",
            registration_number=f"F-{uuid.UUID(int=desk.dice.getrandbits(128))}",
            on="2026-02-02",
        )


def _new_group(desk: Desk, world: World, serial: str) -> None:
    """A group is registered and verified; loans keeps a copy of it."""
    number = desk.dice.randrange(10**6)
    told = plan(number, [(COUNCIL, WARD)])
    sex = "female" if told.kind == "women" else None
    first = _FIRST_PERSON + number * 8
    members = [
        person(first + place, told.registered_on, sex, (20, 34)).member(
            position="chair" if place == 0 else "member", disability=told.kind == "pwd"
        )
        for place in range(5)
    ]
    body = _group(world.areas, replace(told, name=f"Kikundi {serial}")) | {"members": members}
    registered = desk.command(ward_officer(WARD), "registry", "register_group", **body)
    if registered.outcome == "committed":
        verdict = _verdict(told, registered.reply["group"])
        desk.command(council_officer(COUNCIL), "registry", "verify_group", **verdict)


def _repayment(desk: Desk, world: World, serial: str) -> None:
    """A small payment comes in for one of a few loans, so that callers meet at the same rows; some bounce."""
    paid = desk.command(
        finance_officer(COUNCIL),
        "loans",
        "record_repayment",
        loan=desk.dice.choice(world.loans),
        on=(world.paid_from + timedelta(days=desk.dice.randrange(60))).isoformat(),
        amount=desk.dice.randint(1, 900),
        receipt_number=f"R {serial}",
        bank_reference=f"B {serial}",
    )
    if paid.outcome == "committed" and desk.dice.random() < 0.1:
        desk.command(
            council_director(COUNCIL),
            "loans",
            "reverse_repayment",
            repayment=paid.reply["repayment"],
            on="2026-11-02",
            reason_code="payment_returned",
        )


def _eligibility(desk: Desk, world: World, serial: str) -> None:
    """An application that is refused, after its group's members were asked for at the registry."""
    desk.command(
        ward_officer(WARD),
        "loans",
        "submit_application",
        group=str(uuid.UUID(int=desk.dice.getrandbits(128), version=4)),
        on="2026-05-04",
        amount=1_000_000,
        minutes=serial,
        letter=serial,
    )


def _complaint(desk: Desk, world: World, serial: str) -> None:
    """A complaint of long ago comes in, so that its clocks run out at once; some are acknowledged."""
    officer = complaints_officer(COUNCIL)
    received = desk.command(
        officer,
        "cases",
        "receive_complaint",
        kind="kero",
        category="service",
        channel="phone",
        area=world.areas[WARD],
        received_at="2026-06-16T09:00:00+03:00",
        words=f"Taa haiwaki: {serial}. (Mfano.)",
    )
    if received.outcome == "committed" and desk.dice.random() < 0.5:
        desk.command(
            officer,
            "cases",
            "acknowledge_complaint",
            complaint=received.reply["complaint"],
            acknowledged_at="2026-06-17T09:00:00+03:00",
        )


def _case(desk: Desk, world: World, serial: str) -> None:
    """A case is opened and assessed a few times: one subject, several versions."""
    worker = case_worker(COUNCIL)
    opened = desk.command(
        worker,
        "cases",
        "open_case",
        category="neglected_elderly",
        person={"names": f"Mfano {serial}", "sex": "female", "born_on": "1947-05-12"},
        story="Mfano.",
        area=world.areas[WARD],
        received_on="2026-09-08",
        channel="leader",
    )
    if opened.outcome != "committed":
        return
    for day in range(desk.dice.randint(0, 3)):
        desk.command(
            worker,
            "cases",
            "record_assessment",
            case=opened.reply["case"],
            risk="low",
            needs=["food"],
            notes="Mfano.",
            assessed_at=f"2026-09-{10 + day}T10:30:00+03:00",
        )


def _danger(desk: Desk, world: World, serial: str) -> None:
    """A danger that was seen a day ago, less a few seconds: its deadline runs out under our eyes."""
    worker = case_worker(COUNCIL)
    seen = datetime.now(UTC) - timedelta(hours=24) + timedelta(seconds=3)
    opened = desk.command(
        worker,
        "cases",
        "open_case",
        category="neglected_elderly",
        person={"names": f"Mfano {serial}", "sex": "female", "born_on": "1947-05-12"},
        story="Mfano.",
        area=world.areas[WARD],
        received_on=(seen - timedelta(days=2)).date().isoformat(),
        channel="leader",
    )
    if opened.outcome == "committed":
        desk.command(
            worker,
            "cases",
            "record_assessment",
            case=opened.reply["case"],
            risk="danger",
            needs=["safety"],
            notes="Mfano.",
            assessed_at=seen.isoformat(),
        )


def _resume(desk: Desk, world: World, serial: str) -> None:
    """Operations' own command of reports, which has none for officers; audited like every other."""
    desk.command(
        OPERATIONS, "reports", "resume_stream", source=desk.dice.choice(["registry", "loans", "cases"])
    )


def closing_day(number: int) -> date:
    """A day of the past, each later than the one before."""
    return date(2026, 5, 1) + timedelta(days=number)


def close_day(desk: Desk, world: World, day: date) -> None:
    """A day is closed that was not yet; the desk has no other use."""
    desk.command(
        finance_officer(COUNCIL),
        "loans",
        "close_day",
        patient=False,
        council=world.areas[COUNCIL],
        on=str(day),
    )
    desk.close()


STORIES: dict[str, list[Callable[[Desk, World, str], None]]] = {
    "registry": [_organisation, _organisation, _new_group],
    "loans": [_repayment, _repayment, _repayment, _eligibility],
    "cases": [_complaint, _complaint, _case, _danger],
    "reports": [_resume],
}
