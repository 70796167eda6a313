"""What `--load` builds: constructed loans, each the same every time, by its number alone.

So 300 after 100 adds the last 200, and 300 again adds nothing. For the same reason the money that a block of
loans needs is set aside for the whole block, in each council and quarter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from ustawi.demo.fund import Transfer
from ustawi.demo.people import MARK, person
from ustawi.demo.stage import POTS, QUARTER_BEGINS

BLOCK = 100  # loans that share their set-asides
LAST_DAY = date(2026, 10, 31)  # no payment is later, however late its group pays
FIRST_PERSON = 1000  # those before are people of the chapters
MEMBERS = {"women": (5, 8), "youth": (5, 8), "pwd": (2, 4)}
OLDEST = {"women": 58, "youth": 43, "pwd": 58}
SHARES = {
    "women": 40,
    "youth": 40,
    "pwd": 20,
}  # percent; how the service splits, to know how much must be set aside
PRODUCT_INSTALMENTS = 9
_SEED = "ustawi demo 1"
_STEP = 100_000  # shillings; amounts are multiples
_MILLION = 1_000_000
_ENTERPRISES = (
    "Ufugaji wa kuku",
    "Kilimo cha mahindi",
    "Ushonaji",
    "Mashine ya kusaga",
    "Uvuvi",
    "Bodaboda",
    "Useremala",
    "Biashara ya mazao",
    "Ufugaji wa nyuki",
    "Mgahawa",
)
_FIRST_WORDS = [
    "Amani",
    "Faraja",
    "Imani",
    "Jitihada",
    "Juhudi",
    "Maendeleo",
    "Mshikamano",
    "Nguvukazi",
    "Tujenge",
    "Tumaini",
    "Umoja",
    "Upendo",
]


@dataclass(frozen=True)
class LoanPlan:
    """One constructed group and its loan, from the first day to the last payment."""

    number: int
    council: str
    ward: str
    kind: str
    name: str
    enterprise: str
    size: int
    quarter: int
    amount: int
    registered_on: date
    verified_on: date
    applied_on: date
    decided_on: date
    disbursed_on: date
    habit: str  # punctual | late | early | stops
    paid: tuple[tuple[int, int], ...]  # (instalment, days after its due date)
    rest_on: date | None  # the day on which everything that is left is paid

    def members(self) -> list[dict[str, Any]]:
        """The members as `register_group` takes them; nobody is in two groups."""
        first = FIRST_PERSON + self.number * 10
        sex = "female" if self.kind == "women" else None
        positions = ("chair", "secretary", "treasurer")
        return [
            person(first + place, self.registered_on, sex, (20, OLDEST[self.kind])).member(
                position=positions[place] if place < len(positions) else "member",
                disability=self.kind == "pwd",
            )
            for place in range(self.size)
        ]

    def payments(self, instalments: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
        """The days and amounts of the payments, by the schedule that the loan was given."""
        due = {each["number"]: each for each in instalments}
        told = [
            (date.fromisoformat(due[number]["due_on"]) + timedelta(days=late), int(due[number]["amount"]))
            for number, late in self.paid
        ]
        told = [(on, amount) for on, amount in told if on <= LAST_DAY]
        if self.rest_on:
            told = [(on, amount) for on, amount in told if on < self.rest_on]
            told.append(
                (
                    self.rest_on,
                    sum(int(each["amount"]) for each in instalments) - sum(paid for _, paid in told),
                )
            )
        return [(on.isoformat(), amount) for on, amount in told]


def plan(number: int, wards: Sequence[tuple[str, str]]) -> LoanPlan:
    """The loan of a number; `wards` are the (council, ward) codes to choose from, always in one order."""
    dice = Random(f"{_SEED} {number}")
    council, ward = dice.choice(wards)
    kind = dice.choices(POTS, weights=(45, 40, 15))[0]
    quarter = dice.randint(1, 4)
    begins = date.fromisoformat(QUARTER_BEGINS[quarter - 1])
    applied_on = begins + timedelta(days=dice.randint(3, 28))
    decided_on = applied_on + timedelta(days=dice.randint(7, 20))
    disbursed_on = decided_on + timedelta(days=dice.randint(2, 14))
    verified_on = applied_on - timedelta(days=dice.randint(4, 20))
    registered_on = verified_on - timedelta(days=dice.randint(5, 25))
    habit = dice.choices(("punctual", "late", "early", "stops"), weights=(40, 25, 20, 15))[0]
    most = 3 * _MILLION if kind == "pwd" else 12 * _MILLION
    name = f"{dice.choice(_FIRST_WORDS)} {ward.rpartition('.')[2].title()} {number:05d} {MARK}"
    numbers = range(1, PRODUCT_INSTALMENTS + 1)
    paid: tuple[tuple[int, int], ...]
    rest_on = None
    if habit == "punctual":
        paid = tuple((each, dice.randint(-4, 0)) for each in numbers)
    elif habit == "late":
        paid = tuple((each, dice.randint(1, 26)) for each in numbers)
    elif habit == "stops":
        paid = tuple((each, dice.randint(-2, 12)) for each in range(1, dice.randint(1, 4)))
    else:
        paid = tuple((each, 0) for each in range(1, dice.randint(2, 4)))
        rest_on = min(LAST_DAY, disbursed_on + timedelta(days=dice.randint(170, 300)))
    return LoanPlan(
        number=number,
        council=council,
        ward=ward,
        kind=kind,
        name=name,
        enterprise=dice.choice(_ENTERPRISES),
        size=dice.randint(*MEMBERS[kind]),
        quarter=quarter,
        amount=dice.randrange(_MILLION, most + 1, _STEP),
        registered_on=registered_on,
        verified_on=verified_on,
        applied_on=applied_on,
        decided_on=decided_on,
        disbursed_on=disbursed_on,
        habit=habit,
        paid=paid,
        rest_on=rest_on,
    )


def blocks(count: int) -> Iterator[range]:
    """The numbers of `count` loans, block by block."""
    for start in range(0, count, BLOCK):
        yield range(start, min(start + BLOCK, count))


def transfers(block: int, wards: Sequence[tuple[str, str]]) -> list[Transfer]:
    """The set-asides that a whole block of loans needs: one for each council and quarter."""
    needs: dict[tuple[str, int], dict[str, int]] = {}
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        loan = plan(number, wards)
        of_pot = needs.setdefault((loan.council, loan.quarter), dict.fromkeys(POTS, 0))
        of_pot[loan.kind] += loan.amount
    return [
        Transfer(
            council,
            quarter,
            (date.fromisoformat(QUARTER_BEGINS[quarter - 1]) + timedelta(days=1)).isoformat(),
            _enough(of_pot),
            f"MFANO {block:04d} {council.rpartition('.')[2]} {quarter}",
        )
        for (council, quarter), of_pot in sorted(needs.items())
    ]


def _enough(needs: dict[str, int]) -> int:
    """An amount whose every share covers its pot's need, rounded up to whole millions."""
    least = max(-(-need * 100 // SHARES[pot]) for pot, need in needs.items())
    return -(-least // _MILLION) * _MILLION
