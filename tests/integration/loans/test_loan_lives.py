"""Any life of a council's fund, command by command, against a second opinion worked out from the facts alone.

Hypothesis plays the officers: they set aside, apply, decide, pay out and take payments on any days and in any
order, and repeat commands. After each command the books hold the law, and every position, on every day that
matters, is what the facts say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.errors import ChassisError

FIRST, TODAY = date(2025, 7, 14), date(2026, 6, 30)
POTS = ("women", "youth", "pwd")
days = st.integers(min_value=0, max_value=(TODAY - FIRST).days).map(lambda n: FIRST + timedelta(n))
early = st.integers(min_value=0, max_value=120).map(lambda n: FIRST + timedelta(n))
picks = st.integers(min_value=0, max_value=30)
amounts = st.integers(min_value=500_000, max_value=3_000_000)


@dataclass
class Life:
    """What a group did, as far as the commands said yes."""

    group: str
    pot: str
    members: frozenset[str]
    application: str | None = None
    applied_on: date | None = None
    amount: int = 0
    status: str = "none"
    approved_on: date | None = None
    loan: str | None = None
    disbursed_on: date | None = None
    payments: list[tuple[date, int]] = field(default_factory=list)

    @property
    def reserve(self) -> list[tuple[date, int]]:
        """What the approval took out of the pot, and when."""
        return [(self.approved_on, self.amount)] if self.approved_on else []

    def splits(self) -> list[tuple[date, int, int]]:
        """Each payment's principal and credit, by value date."""
        left, splits = self.amount, []
        for on, paid in sorted(self.payments, key=lambda payment: payment[0]):
            principal = min(left, paid)
            left -= principal
            splits.append((on, principal, paid - principal))
        return splits

    @property
    def outstanding(self) -> int:
        return self.amount - sum(principal for _, principal, _ in self.splits()) if self.loan else 0

    @property
    def binds(self) -> bool:
        """Whether its members are bound: approved, or paid out and not repaid."""
        return self.status == "approved" or (self.status == "disbursed" and self.outstanding > 0)

    @property
    def live(self) -> bool:
        return self.status == "submitted" or self.binds


class Officers(RuleBasedStateMachine):
    """The officers of one council, and the facts that they know."""

    def __init__(self, new_office: Callable[[], Any]) -> None:
        super().__init__()
        self.office = new_office()
        self.set_asides: list[tuple[date, int]] = []
        self.lives: list[Life] = []  # each application; a group that applies again begins a new life
        self.last: tuple[str, dict[str, Any], dict[str, Any]] | None = None

    # -- The second opinion

    def available_moves(self, pot: str) -> list[tuple[date, int]]:
        share = {"women": 0, "youth": 1, "pwd": 2}[pot]
        moves = [(on, self.split(amount)[share]) for on, amount in self.set_asides]
        for life in self.of(pot):
            moves += [(on, -amount) for on, amount in life.reserve]
            moves += [(on, principal) for on, principal, _ in life.splits()]
        return moves

    def lowest(self, pot: str, since: date) -> int:
        moves = self.available_moves(pot)
        turns = {since, *(on for on, _ in moves if on > since)}
        return min(sum(amount for on, amount in moves if on <= day) for day in turns)

    @staticmethod
    def split(amount: int) -> tuple[int, int, int]:
        """40/40/20 by largest remainder, said another way than in the service."""
        whole, rest = divmod(amount, 5)
        return (2 * whole + (rest >= 1) + (rest >= 4), 2 * whole + (rest >= 2), whole + (rest >= 3))

    def waiting(self, status: str) -> list[Life]:
        return [life for life in self.lives if life.status == status]

    def of(self, pot: str) -> list[Life]:
        return [life for life in self.lives if life.pot == pot]

    def expected(self, pot: str, as_of: date) -> dict[str, int]:
        share = {"women": 0, "youth": 1, "pwd": 2}[pot]

        def until(moves: list[tuple[date, int]]) -> int:
            return sum(amount for on, amount in moves if on <= as_of)

        lives = self.of(pot)
        paid_out = [(life.disbursed_on, life.amount) for life in lives if life.disbursed_on]
        splits = [s for life in lives for s in life.splits()]
        return {
            "opening": 0,
            "set_asides": until([(on, self.split(amount)[share]) for on, amount in self.set_asides]),
            "repayments": until([(on, principal + over) for on, principal, over in splits]),
            "recoveries": 0,
            "shortfall": 0,
            "available": until(self.available_moves(pot)),
            "reserved": until([move for life in lives for move in life.reserve]) - until(paid_out),
            "credits_held": until([(on, over) for on, _, over in splits]),
            "disbursed": until(paid_out),
            "refunded": 0,
            "outstanding": until(paid_out) - until([(on, principal) for on, principal, _ in splits]),
        }

    def do(self, name: str, refusal: str | None, **body: Any) -> dict[str, Any] | None:
        """Call a command of the office; it must go through, or be refused with the code `refusal`."""
        body["command_id"] = str(uuid4())
        event(f"{name}: {refusal or 'done'}")
        if refusal:
            with pytest.raises(ChassisError, match=f"^{refusal}:"):
                getattr(self.office, name)(**body)
            return None
        reply: dict[str, Any] = getattr(self.office, name)(**body)
        self.last = (name, body, reply)
        return reply

    # -- What officers do

    @initialize(amount=st.integers(min_value=10_000_000, max_value=40_000_000))
    def begin_the_year(self, amount: int) -> None:
        self.set_aside(amount, FIRST)

    @rule(amount=st.integers(min_value=1, max_value=20_000_000), on=days)
    def set_aside(self, amount: int, on: date) -> None:
        self.do("set_aside", None, amount=amount, on=on, instrument=self.office.number("TT"))
        self.set_asides.append((on, amount))

    @rule(pot=st.sampled_from(POTS), amount=amounts, on=early, shared=st.booleans(), pick=picks)
    def apply_as_a_new_group(self, pot: str, amount: int, on: date, shared: bool, pick: int) -> None:
        people = [self.office.member(disability=True) for _ in range(5)]
        if shared and self.lives:
            people[0]["member"] = min(self.lives[pick % len(self.lives)].members)
        group = self.office.group(pot, people)
        self.apply(Life(group, pot, frozenset(m["member"] for m in people)), amount, on)

    @precondition(lambda self: self.lives)
    @rule(pick=picks, amount=amounts, on=early)
    def apply_again(self, pick: int, amount: int, on: date) -> None:
        known = self.lives[pick % len(self.lives)]
        self.apply(Life(known.group, known.pot, known.members), amount, on)

    def apply(self, life: Life, amount: int, on: date) -> None:
        bound = any(other.binds and other.members & life.members for other in self.lives)
        live = any(other.live and other.group == life.group for other in self.lives)
        told = self.do(
            "submit",
            "not_eligible" if bound or live else None,
            group=life.group,
            amount=amount,
            on=on,
            minutes=self.office.number(),
            letter=self.office.number(),
        )
        if told:
            life.application, life.applied_on, life.amount, life.status = (
                told["application"],
                on,
                amount,
                "submitted",
            )
            self.lives.append(life)

    @precondition(lambda self: any(life.status == "submitted" for life in self.lives))
    @rule(
        pick=picks, later=st.integers(min_value=0, max_value=60), approve=st.sampled_from([True, True, False])
    )
    def decide(self, pick: int, later: int, approve: bool) -> None:
        waiting = self.waiting("submitted")
        life = waiting[pick % len(waiting)]
        assert life.applied_on
        body = {"application": life.application, "on": life.applied_on + timedelta(later)}
        if not approve:
            self.do("decide", None, decision="reject", reason_code="other_priority", **body)
            life.status = "rejected"
            return
        refusal = None
        if any(other.binds and other.members & life.members for other in self.lives if other is not life):
            refusal = "members_owe"
        elif life.amount > self.lowest(life.pot, body["on"]):
            refusal = "pot_exhausted"
        if self.do("decide", refusal, **body):
            life.status, life.approved_on = "approved", body["on"]

    @precondition(lambda self: any(life.status == "approved" for life in self.lives))
    @rule(pick=picks, later=st.integers(min_value=0, max_value=70))
    def disburse(self, pick: int, later: int) -> None:
        waiting = self.waiting("approved")
        life = waiting[pick % len(waiting)]
        assert life.approved_on
        on = life.approved_on + timedelta(later)
        refusal = "in_future" if on > TODAY else None
        if refusal is None and later > 62:
            refusal = "approval_lapsed"
        elif refusal is None and later > 58:
            return  # the two months end in these days, by the month: the unit tests know where
        told = self.do(
            "disburse", refusal, application=life.application, on=on, bank_reference=self.office.number("PAY")
        )
        if told:
            life.status, life.loan, life.disbursed_on = "disbursed", told["loan"], on

    @rule(pot=st.sampled_from(POTS), amount=amounts, on=early)
    def lend_to_a_new_group(self, pot: str, amount: int, on: date) -> None:
        self.apply_as_a_new_group(pot, amount, on, shared=False, pick=0)
        self.decide(self.waiting("submitted").index(self.lives[-1]), 14, approve=True)
        if self.lives[-1].status == "approved":
            self.disburse(self.waiting("approved").index(self.lives[-1]), 14)

    @precondition(lambda self: any(life.loan for life in self.lives))
    @rule(pick=picks, payments=st.lists(st.tuples(days, st.integers(1, 1_500_000)), min_size=1, max_size=4))
    def repay(self, pick: int, payments: list[tuple[date, int]]) -> None:
        lent = [life for life in self.lives if life.loan]
        for on, amount in payments:
            self.pay(lent[pick % len(lent)], on, amount)

    def pay(self, life: Life, on: date, amount: int) -> None:
        assert life.disbursed_on
        told = self.do(
            "repay",
            "before_disbursement" if on < life.disbursed_on else None,
            loan=life.loan,
            amount=amount,
            on=on,
            receipt_number=self.office.number("ERV"),
            bank_reference=self.office.number("NMB"),
        )
        if told:
            before = life.outstanding
            life.payments.append((on, amount))
            assert told["outstanding"] == life.outstanding
            assert told["principal"] == before - life.outstanding
            assert told["credit"] == amount - told["principal"]
            assert told["state"] == ("active" if life.outstanding else "repaid")

    @precondition(lambda self: self.last)
    @rule()
    def repeat_the_last_command(self) -> None:
        assert self.last
        name, body, reply = self.last
        assert getattr(self.office, name)(**body) == reply

    # -- What always holds

    @invariant()
    def the_books_hold_the_law(self) -> None:
        assert self.office.faults() == []

    @invariant()
    def every_pot_is_what_the_facts_say_on_every_day(self) -> None:
        turns = {on for life in self.lives for on, _ in (*life.payments, *life.reserve)}
        for as_of in {TODAY, *sorted(turns)[:3]}:
            position = self.office.pots(as_of)
            for pot in POTS:
                seen = {name: value for name, value in position[pot].items() if name != "pot"}
                assert seen == self.expected(pot, as_of), f"{pot} as of {as_of}"
                assert min(seen.values()) >= 0

    @invariant()
    def the_last_loan_stands_as_its_payments_say(self) -> None:
        loans = [life for life in self.lives if life.loan]
        if loans:
            seen = self.office.ask("loan", loan=loans[-1].loan)
            assert seen["outstanding"] == loans[-1].outstanding
            assert seen["credit"] == sum(over for _, _, over in loans[-1].splits())


def test_whatever_officers_do_the_books_agree_with_the_facts(new_office):
    run_state_machine_as_test(
        lambda: Officers(new_office),
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
