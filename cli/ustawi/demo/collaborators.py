"""Chapter: Ninh Thuan's collaborators, appointed by four decisions; who left, and who served when."""

from typing import Any

from chassis.errors import ChassisError
from ustawi.demo.officers import region_officer
from ustawi.demo.stage import NINH_THUAN, Stage
from ustawi.demo.telling import day

OFFICER = region_officer(NINH_THUAN)
# As the office itself tells: 44 were appointed, 16 of them left, 12 more came with the fourth decision.
ROSTER = {"2017-09-20": 44, "2020-04-07": 28, "2020-04-08": 40}
_ON_PAPER_ONLY = {"constructed"}


def issue_decisions(stage: Stage) -> None:
    """Put the decisions on record as they were signed, and the exits; ask for the roster of three days."""
    told = stage.files.decisions()
    collaborators: dict[str, list[str]] = {}
    for decision in told["decisions"]:
        issued = stage.office.command(
            OFFICER,
            "registry",
            "issue_decision",
            f"decision/{decision['number']}",
            country=told["country"],
            **{
                **decision,
                "area": stage.office.areas[decision["area"]],
                "appointments": [_appointment(stage, each) for each in decision["appointments"]],
            },
        )
        collaborators[decision["number"]] = issued["collaborators"]
        count = len(issued["collaborators"])
        stage.tell.say(
            f"{decision['number']} of {day(decision['issued_on'])}: {count} appointed (names constructed)"
        )
    for leaving in told["exits"]:
        stage.office.command(
            OFFICER,
            "registry",
            "record_exit",
            f"exit/{leaving['decision']}/{leaving['appointment']}",
            collaborator=collaborators[leaving["decision"]][leaving["appointment"] - 1],
            on=leaving["on"],
            reason_code=leaving["reason_code"],
        )
    stage.tell.say(f"{len(told['exits'])} exits, each with its day and reason (constructed)")
    _nobody_unqualified(stage, told["country"])
    for on in ROSTER:
        stage.tell.say(f"on {day(on)} there served {roster(stage, on)}")


def roster(stage: Stage, on: str) -> int:
    """How many served in the province on a day."""
    area = stage.office.areas[NINH_THUAN]
    count: int = stage.office.ask(OFFICER, "registry", "roster", area=area, as_of=on, limit=1)["count"]
    return count


def _appointment(stage: Stage, told: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in told.items() if name not in _ON_PAPER_ONLY}
    return {**kept, "area": stage.office.areas[told["area"]]}


def _nobody_unqualified(stage: Stage, country: str) -> None:
    """A decision that would appoint somebody without the qualifications of the circular appoints nobody."""
    somebody = {
        "name": "Trần Thị Mẫu",
        "born_on": "1990-05-04",
        "area": stage.office.areas[NINH_THUAN],
        "qualification": "lower_secondary",
        "field": "other",
        "certificate": False,
    }
    with stage.refusal("a decision with one appointment", "unqualified", explain=_reasons):
        stage.office.command(
            OFFICER,
            "registry",
            "issue_decision",
            "decision/unqualified",
            country=country,
            number="MAU 1/QD-UBND",
            issued_on="2021-03-01",
            issuer="Ủy ban nhân dân tỉnh Ninh Thuận",
            area=stage.office.areas[NINH_THUAN],
            appointments=[somebody],
        )


def _reasons(error: ChassisError) -> str:
    return f"{error.message} {'; '.join(error.fields.values())}"
