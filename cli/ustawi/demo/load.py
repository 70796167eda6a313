"""`--load N`: many constructed loans with their whole lives, by several officers at once.

A step that was done before answers as then, and one that meets a service that is away waits for it, so
that this goes on where it stopped, whatever was killed in between.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ustawi.demo import fund, steps
from ustawi.demo.officers import council_director, council_officer, finance_officer, ward_officer
from ustawi.demo.people import MARK
from ustawi.demo.plans import LoanPlan, blocks, plan, transfers
from ustawi.demo.stage import RUKWA, ExpectedLoan, Stage
from ustawi.demo.telling import Advance, money

CONNECTIONS = 8
# Of each loan, for the progress: register, verify, apply, committees, decide, sign, pay out, take repayments.
_STEPS = 8
T = TypeVar("T")


def lend(stage: Stage, count: int) -> None:
    """Build `count` loans, block by block: first all its groups, then, once they are known, all its loans."""
    wards = stage.files.wards(RUKWA)
    began, done_before = time.monotonic(), len(stage.office.done)
    habits: dict[str, int] = {}
    with (
        ThreadPoolExecutor(max_workers=CONNECTIONS, thread_name_prefix="officer") as officers,
        stage.tell.progress(f"{count:,} loans, steps", count * _STEPS) as advance,
    ):
        for block, numbers in enumerate(blocks(count)):
            plans = [plan(number, wards) for number in numbers]
            _together(officers, lambda t: _set_aside(stage, t), transfers(block, wards))
            groups = _together(officers, lambda p: _group(stage, p, advance), plans)
            stage.office.until_applied("loans")
            pairs = list(zip(plans, groups, strict=True))
            for loan, expected in _together(
                officers, lambda pair: _loan(stage, pair[0], pair[1], advance), pairs
            ):
                stage.loans[loan] = expected
            for each in plans:
                habits[each.habit] = habits.get(each.habit, 0) + 1
    commands, seconds = len(stage.office.done) - done_before, time.monotonic() - began
    lent = sum(loan.principal for loan in stage.loans.values())
    stage.tell.say(
        f"{count:,} loans over {len(set(wards))} wards of {len({council for council, _ in wards})} councils: "
        + ", ".join(f"{number} {habit}" for habit, number in sorted(habits.items()))
    )
    stage.tell.say(
        f"{commands:,} commands in {seconds:,.1f} s ({commands / seconds:,.0f}/s), {CONNECTIONS} at once; "
        f"with the story's, {money(lent)} were lent"
    )


def _together(officers: ThreadPoolExecutor, work: Callable[[Any], T], things: Iterable[Any]) -> list[T]:
    """Do all of it at once; the first failure stops what has not begun yet."""
    futures = [officers.submit(work, thing) for thing in things]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _set_aside(stage: Stage, transfer: fund.Transfer) -> None:
    fund.record(stage, transfer, f"load/{transfer.instrument}")


def _group(stage: Stage, told: LoanPlan, advance: Advance) -> str:
    areas = stage.office.areas
    registered = stage.office.command(
        ward_officer(told.ward),
        "registry",
        "register_group",
        f"load/{told.number}",
        country="TZ",
        kind=told.kind,
        name=told.name,
        council=areas[told.council],
        ward=areas[told.ward],
        enterprise=told.enterprise,
        bank={
            "bank": f"Benki ya Wananchi {MARK}",
            "account_name": told.name,
            "account_number": f"MFANO-L-{told.number:07d}",
        },
        registered_on=told.registered_on.isoformat(),
        members=told.members(),
    )
    advance()
    stage.office.command(
        council_officer(told.council),
        "registry",
        "verify_group",
        f"load/{told.number}/verify",
        group=registered["group"],
        decision="verify",
        findings="Mfano wa maonyesho.",
        on=told.verified_on.isoformat(),
    )
    advance()
    group: str = registered["group"]
    return group


def _loan(stage: Stage, told: LoanPlan, group: str, advance: Advance) -> tuple[str, ExpectedLoan]:
    step, treasurer = f"load/{told.number}", finance_officer(told.council)
    application = stage.office.command(
        ward_officer(told.ward),
        "loans",
        "submit_application",
        f"{step}/apply",
        group=group,
        on=told.applied_on.isoformat(),
        amount=told.amount,
        minutes=f"MUH L{told.number}",
        letter=f"WEO L{told.number}",
    )["application"]
    advance()
    days = steps.Days.between(told.applied_on, told.decided_on, told.disbursed_on)
    steps.pass_committees(
        stage,
        step,
        application,
        (told.council, told.ward),
        days,
        minutes=f"KMK L{told.number}",
        members=told.size - 1,
    )
    advance()
    stage.office.command(
        council_director(told.council),
        "loans",
        "decide_application",
        f"{step}/decide",
        application=application,
        decision="approve",
        on=told.decided_on.isoformat(),
    )
    advance()
    steps.sign(stage, step, application, told.council, f"MKT L{told.number}", days)
    advance()
    loan = stage.office.command(
        treasurer,
        "loans",
        "disburse",
        f"{step}/disburse",
        application=application,
        on=told.disbursed_on.isoformat(),
        method="bank",
        bank_reference=f"MFANO OUT L{told.number}",
    )
    advance()
    expected = ExpectedLoan(loan["reference"], loan["principal"])
    for number, (on, amount) in enumerate(told.payments(loan["instalments"]), start=1):
        stage.office.command(
            treasurer,
            "loans",
            "record_repayment",
            f"{step}/repay/{number}",
            loan=loan["loan"],
            on=on,
            amount=amount,
            receipt_number=f"MFANO L{told.number} {number}",
            bank_reference=f"MFANO IN L{told.number} {number}",
        )
        expected.paid += amount
    advance()
    return loan["loan"], expected
