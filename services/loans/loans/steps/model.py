"""Which steps an application goes through, in which order, and until when the next one can be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from loans.rule_broken import RuleBroken
from loans.schedules.model import add_months

STEPS = ("recommended", "assessed", "approved", "contract_signed", "disbursed")
RESERVING = ("approved", "contract_signed")  # the states in which money is kept for an application
_DEEDS = {
    "recommended": "the word of the ward's committee",
    "assessed": "the technical committee's assessment",
    "approved": "the council's decision",
    "contract_signed": "the contract",
    "disbursed": "the disbursement",
}


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long the next step can be taken: `months` from the day on which the state was reached, if any."""

    since: date
    months: int | None

    @property
    def last_day(self) -> date | None:
        return None if self.months is None else add_months(self.since, self.months)

    @property
    def lapses_on(self) -> date | None:
        """The first day on which the step can no longer be taken."""
        return None if self.last_day is None else self.last_day + timedelta(days=1)

    def is_over(self, on: date) -> bool:
        return self.lapses_on is not None and on >= self.lapses_on


def way_of(rules: Mapping[str, Any]) -> list[str]:
    """The steps that the rules demand, in their order."""
    return [step["step"] for step in rules["steps"]]


def rule_of(rules: Mapping[str, Any], step: str) -> Mapping[str, Any]:
    """What the rules say of a step; nothing for one that they do not know."""
    return next((each for each in rules["steps"] if each["step"] == step), {})


def require_next(way: Sequence[str], status: str, next_step: str | None, step: str) -> None:
    """No step is skipped: what comes before it is done first. A step that was done is the caller's conflict."""
    if next_step is None or step not in way or next_step == step:
        return
    if way.index(step) > way.index(next_step):
        raise RuleBroken(
            "step_skipped",
            f"This application is {status}; first comes {_DEEDS[next_step]}, then {_DEEDS[step]}.",
            {"next_step": next_step},
        )


def state_before_disbursement(way: Sequence[str]) -> str:
    """Where an application stands again when its money came back."""
    return way[-2]


def require_in_time(on: date, lapse: Lapse, status: str) -> None:
    """A step is taken after the one before it, and within the months that the rules allow."""
    if on < lapse.since:
        raise RuleBroken(
            "before_approval" if status in RESERVING else "before_earlier_step",
            f"The application was {status.replace('_', ' ')} on {lapse.since}; this cannot be dated earlier.",
            {"on": str(on)},
        )
    if lapse.is_over(on):
        raise RuleBroken(
            "approval_lapsed",
            f"This held until {lapse.last_day}; the group must apply again.",
            {"on": str(on)},
        )
