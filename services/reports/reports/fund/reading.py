"""Reading the statements of a quarter, council by council, from figures alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from reports.fund.model import POTS, Statement, statement, together
from reports.indicators import store
from reports.periods.model import Quarter, up_to

_MONEY = (
    "fund_available",
    "fund_reserved",
    "fund_credits",
    "fund_opening",
    "fund_set_aside",
    "fund_repaid",
    "fund_recovered",
    "fund_taken_over",
    "fund_disbursed",
    "fund_refunded",
    "fund_handed_over",
)
_SAID_OF_THE_DAY = ("account_balance", "account_difference", "bank_lines_unmatched")
_SAID_OF_THE_QUARTER = ("fund_closed", "fund_expected", "quarters_closed")


@dataclass(frozen=True)
class CouncilFund:
    """A council's fund in a quarter, and what was said about it from outside its books.

    Attributes:
        expected, set_aside: what was to be set aside for the quarter (None where no revenue was reported), and what
            was, whenever that was done.
        account_difference: what the bank last had more than the books by the end of the quarter.
        closed: what the council's own books held when it closed the quarter; None while they are open.
    """

    area: UUID
    name: str
    code: str
    pots: Mapping[str, Statement]
    expected: int | None
    set_aside: int
    account_balance: int
    account_difference: int
    bank_lines_unmatched: int
    closed: int | None

    @property
    def whole(self) -> Statement:
        return together(self.pots.values())

    @property
    def missing(self) -> int:
        """What was to be set aside for the quarter and was not."""
        return max(0, (self.expected or 0) - self.set_aside)

    @property
    def balances(self) -> bool:
        """Every pot adds up, and holds what the council's closed books say."""
        return all(pot.difference == 0 for pot in self.pots.values()) and self.closed in (
            None,
            self.whole.held,
        )


def read_funds(
    tx: Transaction, slot: str, area: Mapping[str, Any], level: str, quarter: Quarter
) -> list[CouncilFund]:
    """The funds of an area's councils (areas of `level`) in a quarter, by name; none below the council.

    A fund stands with its council, so an area inside one has none of its own.
    """
    period = quarter.period
    places = [row for row in store.places(tx, [period], area["area"], level) if row["level"] == level]
    if area["level"] != level and not any(area["area"] in row["path"][:-1] for row in places):
        return []
    today = max(period.last, tx.today(area["country"]))
    label = f"{quarter.fiscal_year} Q{quarter.number}"
    before, during, after = (defaultdict[tuple[UUID, str], dict[str, int]](dict) for _ in range(3))
    periods = [up_to(quarter.move(-1).period.last), period, up_to(period.last)]
    for row in store.sums(tx, slot, _MONEY, periods, area["area"], level, [1]):
        (before, during, after)[row["nth"]][row["area"], row["dim1"]][row["indicator"]] = row["value"]
    aside = {
        row["area"]: row["value"]
        for row in store.sums(tx, slot, ["fund_set_aside"], [up_to(today)], area["area"], level, [2])
        if row["dim2"] == label
    }
    said: dict[UUID, dict[str, int]] = defaultdict(dict)
    # Revenue is reported, and told to be more or less, after its quarter.
    for until, names in ((period.last, _SAID_OF_THE_DAY), (today, _SAID_OF_THE_QUARTER)):
        for row in store.sums(tx, slot, names, [up_to(until)], area["area"], level, [1]):
            if row["dim1"] in ("", label):
                said[row["area"]][row["indicator"]] = row["value"]
    return [_fund(place, (before, during, after), said[place["area"]], aside) for place in places]


def _fund(
    place: Mapping[str, Any],
    figures: Sequence[Mapping[tuple[UUID, str], dict[str, int]]],
    said: Mapping[str, int],
    aside: Mapping[UUID, int],
) -> CouncilFund:
    area = place["area"]
    before, during, after = figures
    pots = {
        pot: statement(before.get((area, pot), {}), during.get((area, pot), {}), after.get((area, pot), {}))
        for pot in POTS
    }
    return CouncilFund(
        area=area,
        name=place["name"],
        code=place["code"],
        pots=pots,
        expected=said.get("fund_expected"),
        set_aside=aside.get(area, 0),
        account_balance=said.get("account_balance", 0),
        account_difference=said.get("account_difference", 0),
        bank_lines_unmatched=said.get("bank_lines_unmatched", 0),
        closed=said.get("fund_closed", 0) if said.get("quarters_closed") else None,
    )
