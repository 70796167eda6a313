"""The steps between a group's application and its money, each by an officer of its own and on a day of its own."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ustawi.demo.officers import legal_officer, technical_officer, ward_committee
from ustawi.demo.stage import Stage


@dataclass(frozen=True)
class Days:
    """The days of the steps between two days that the story knows: application and decision, or decision and money."""

    recommended_on: date
    assessed_on: date
    signed_on: date

    @classmethod
    def between(cls, applied_on: date, decided_on: date, disbursed_on: date | None) -> "Days":
        """The ward's committee after a third of the time, the technical one after two; the contract half-way."""
        third = (decided_on - applied_on) / 3
        half = (disbursed_on - decided_on) / 2 if disbursed_on else decided_on - decided_on
        return cls(applied_on + third, applied_on + 2 * third, decided_on + half)


def pass_committees(
    stage: Stage,
    step: str,
    application: str,
    place: tuple[str, str],
    days: Days,
    *,
    minutes: str,
    members: int,
) -> None:
    """Have the committees of a (council, ward) pass an application."""
    council, ward = place
    stage.office.command(
        ward_committee(ward),
        "loans",
        "recommend_application",
        f"{step}/recommend",
        application=application,
        decision="recommend",
        on=days.recommended_on.isoformat(),
        minutes=minutes,
    )
    stage.office.command(
        technical_officer(council),
        "loans",
        "assess_application",
        f"{step}/assess",
        application=application,
        decision="pass",
        on=days.assessed_on.isoformat(),
        visit={
            "visited_on": days.assessed_on.isoformat(),
            "members_met": members,
            "enterprise": "running",
            "premises": "rented",
            "records": "partial",
            "market": "fair",
            "risks": ["price_fall"],
        },
    )


def sign(stage: Stage, step: str, application: str, council: str, number: str, days: Days) -> dict[str, Any]:
    """Have a contract signed: every member is liable for the same part."""
    return stage.office.command(
        legal_officer(council),
        "loans",
        "sign_contract",
        f"{step}/sign",
        application=application,
        on=days.signed_on.isoformat(),
        number=number,
    )
