"""What a committee may say, and what its visit form must show."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from loans.rule_broken import RuleBroken

_CODED = ("enterprise", "premises", "records", "market")


def require_coded(visit: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    """The visit form is filled in by the codes of the rules."""
    for field in _CODED:
        if visit[field] not in codes[field]:
            raise RuleBroken(
                "code_unknown", f"Give {field} as one of: {', '.join(codes[field])}.", {"visit": field}
            )
    unknown = set(visit["risks"]) - set(codes["risks"])
    if unknown or len(set(visit["risks"])) < len(visit["risks"]):
        raise RuleBroken(
            "code_unknown", f"Name each risk once, out of: {', '.join(codes['risks'])}.", {"visit": "risks"}
        )


def require_visited(visited_on: date, submitted_on: date, on: date, members_met: int, members: int) -> None:
    """The visit was made for this application, before it was assessed, and met members of its group."""
    if not submitted_on <= visited_on <= on:
        raise RuleBroken(
            "visit_out_of_order",
            f"The visit lies between the application of {submitted_on} and the assessment of {on}.",
            {"visited_on": str(visited_on)},
        )
    if members_met > members:
        raise RuleBroken("too_many_met", f"The group has {members} members; count those who were met.")


def require_fit(visit: Mapping[str, Any], codes: Mapping[str, Any]) -> None:
    """An application passes only where the committee met the group and found its enterprise."""
    if visit["enterprise"] not in codes["fit_enterprise"] or visit["members_met"] < 1:
        raise RuleBroken(
            "not_fit",
            "The visit did not find the group or its enterprise; fail the assessment with a reason.",
        )


def assessed_amount(asked: int, proposed: int | None, bounds: Mapping[str, int | None]) -> int:
    """What the committee would grant: all that was asked for, or less; never less than a loan may be."""
    amount = asked if proposed is None else proposed
    if amount > asked:
        raise RuleBroken("more_than_asked", f"The group asked for {asked:,}; propose that much or less.")
    least = bounds["min"]
    if least is not None and amount < least:
        raise RuleBroken("amount", f"A loan is at least {least:,}.")
    return amount
