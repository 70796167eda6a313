"""Setting money aside and promising it: the split among the pots, and what a pot can still give."""

from collections.abc import Mapping
from datetime import date

from loans.rule_broken import RuleBroken

POTS = ("women", "youth", "pwd")


def split_set_aside(amount: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Split whole shillings among the pots by largest remainder; the parts always sum to `amount`.

    `shares` are weights (40, 40, 20 by law). A remainder that ties goes to the pot named first in `shares`.
    Source: Local Government Finances Act, Cap. 290, s. 37A.
    """
    total = sum(shares.values())
    parts = {pot: amount * share // total for pot, share in shares.items()}
    by_remainder = sorted(shares, key=lambda pot: amount * shares[pot] % total, reverse=True)
    for pot in by_remainder[: amount - sum(parts.values())]:
        parts[pot] += 1
    return parts


def require_set_aside_date(on: date, quarter_begins: date) -> None:
    """Money is set aside from revenue that has come in: not before the quarter begins."""
    if on < quarter_begins:
        raise RuleBroken(
            "before_quarter",
            f"This quarter begins on {quarter_begins}; give the day of the transfer.",
            {"on": str(on)},
        )


def require_standing(ended_on: date | None, today: date) -> None:
    """Nothing comes into a fund whose council was abolished: what it held went to its successors."""
    if ended_on is not None and ended_on <= today:
        raise RuleBroken(
            "council_is_no_more",
            f"This council ended on {ended_on}; record this for the council that took over from it.",
        )


def require_opening(on: date, pots: Mapping[str, int], first_day: date | None) -> None:
    """An opening balance holds something, and is not dated after what is in the books already."""
    if not any(pots.values()):
        raise RuleBroken(
            "nothing_held", "Give what the pots held; where they held nothing there is no opening."
        )
    if first_day is not None and on > first_day:
        raise RuleBroken(
            "opening_after_facts",
            f"The books begin on {first_day}; date the opening balance on that day or before.",
            {"on": str(on)},
        )


def require_enough(asked: int, lowest: int, pot: str, shortfall: int = 0) -> None:
    """Whether a pot can promise `asked`; `lowest` is the least that it has from that day until now."""
    if shortfall:
        raise RuleBroken(
            "pot_short",
            f"The {pot} pot is short by {shortfall:,}; approve when a set-aside or repayment has covered it.",
            {"shortfall": shortfall},
        )
    if asked > lowest:
        raise RuleBroken(
            "pot_exhausted",
            f"The {pot} pot holds {lowest:,}; approve a smaller amount or wait for the next set-aside.",
            {"available": lowest, "asked": asked},
        )
