"""Chapter: organisations ask to be registered; the registrar decides by the law in force."""

from typing import Any

from ustawi.demo.officers import REGISTRAR, council_officer
from ustawi.demo.people import MARK
from ustawi.demo.stage import NKASI, SUMBAWANGA_TOWN, Stage
from ustawi.demo.telling import day

_FORUM: dict[str, Any] = {
    "country": "TZ",
    "name": f"Jukwaa la Vijana Rukwa {MARK}",
    "kind": "community_based_organisation",
    "level": "district",
    "purpose": "Stadi za kazi kwa vijana",
    "submitted_on": "2025-08-04",
}
_KIN: dict[str, Any] = {
    "country": "TZ",
    "name": f"Tunza Watoto Nkasi {MARK}",
    "kind": "non_governmental_organisation",
    "level": "district",
    "purpose": "Malezi ya watoto yatima",
    "submitted_on": "2025-09-15",
}
_VICOBA: dict[str, Any] = {
    "country": "TZ",
    "name": f"VICOBA Umoja {MARK}",
    "kind": "savings_group",
    "level": "district",
    "submitted_on": "2025-08-11",
}


def register_organisations(stage: Stage) -> None:
    """One is registered, one refused with its reason, and one is of a kind that the law does not admit."""
    _decide(stage, SUMBAWANGA_TOWN, _FORUM, "2025-08-18", registration_number="MFANO-00NGO-R-0001")
    _decide(stage, NKASI, _KIN, "2025-10-01", reason_code="papers_incomplete", note="Katiba haikuambatishwa.")
    officer = council_officer(SUMBAWANGA_TOWN)
    with stage.refusal(_VICOBA["name"], "kind_not_admitted"):
        _submit(stage, officer.areas[0], _VICOBA)


def _decide(stage: Stage, council: str, submission: dict[str, Any], on: str, **words: Any) -> None:
    submitted = _submit(stage, council, submission)
    decided = stage.office.command(
        REGISTRAR,
        "registry",
        "decide_organisation",
        f"organisation/{submission['name']}/decide",
        organisation=submitted["organisation"],
        decision="refuse" if "reason_code" in words else "register",
        instrument=f"MFANO: barua ya {day(on)}",
        on=on,
        **words,
    )
    how = words.get("registration_number") or words["reason_code"]
    stage.tell.say(f"{decided['reference']}  {submission['name']}: {decided['status']} {day(on)} ({how})")


def _submit(stage: Stage, council: str, submission: dict[str, Any]) -> dict[str, Any]:
    return stage.office.command(
        council_officer(council),
        "registry",
        "register_organisation",
        f"organisation/{submission['name']}",
        area=stage.office.areas[council],
        **submission,
    )
