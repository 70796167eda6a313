"""Chapter: people in need; who looks after them, what was found, and how it ended."""

from dataclasses import dataclass
from typing import Any

from ustawi.demo.officers import case_worker, supervisor
from ustawi.demo.people import MARK
from ustawi.demo.stage import JAYAPURA, NKASI, SUMBAWANGA_TOWN, Stage
from ustawi.demo.telling import day


@dataclass(frozen=True)
class Assessment:
    """What a visit found."""

    risk: str
    needs: tuple[str, ...]
    at: str
    notes: str


@dataclass(frozen=True)
class StoryCase:
    """A constructed case in the area of a case worker: opened, perhaps assessed, perhaps closed."""

    category: str
    council: str  # whose case workers look after it
    area: str
    person: dict[str, Any]
    channel: str
    received_on: str
    story: str
    assessments: tuple[Assessment, ...] = ()
    danger_answer: tuple[str, str] | None = None  # what was done, and when
    closed: tuple[str, str, str] | None = None  # outcome, day, reason


CASES = (
    StoryCase(
        "neglected_elderly",
        NKASI,
        f"{NKASI}.wampembe",
        {"names": f"Bibi Perpetua Sangu {MARK}", "sex": "female", "born_on": "1947-05-12"},
        "leader",
        "2025-09-08",
        "Anaishi peke yake; chakula cha wiki hakipo. (Mfano wa maonyesho.)",
        (
            Assessment(
                "high", ("food", "health_care"), "2025-09-10T10:30:00+03:00", "Anakula mara moja kwa siku."
            ),
            Assessment(
                "low", ("livelihood",), "2025-12-02T09:00:00+03:00", "Binti amehamia; anapata matibabu."
            ),
        ),
        closed=("needs_met", "2026-02-18", "Binti anamtunza; mahitaji yametimizwa."),
    ),
    StoryCase(
        "street_child",
        SUMBAWANGA_TOWN,
        f"{SUMBAWANGA_TOWN}.mazwi",
        {"names": f"Baraka {MARK}", "sex": "male", "estimated_age": 11},
        "outreach",
        "2025-11-04",
        "Analala sokoni. (Mfano wa maonyesho.)",
        (
            Assessment(
                "danger",
                ("safety", "shelter", "family_tracing"),
                "2025-11-04T19:15:00+03:00",
                "Ametishiwa na wakubwa.",
            ),
        ),
        danger_answer=("moved_to_safety", "2025-11-05T08:40:00+03:00"),
        closed=("needs_met", "2026-03-12", "Amerejeshwa kwa shangazi yake; anasoma."),
    ),
    StoryCase(
        "person_with_disability",
        NKASI,
        f"{NKASI}.kirando",
        {"names": f"Osca Nsofu {MARK}", "sex": "male", "born_on": "1988-10-03"},
        "in_person",
        "2026-01-26",
        "Anahitaji baiskeli ya magurudumu matatu. (Mfano wa maonyesho.)",
        (
            Assessment(
                "low",
                ("assistive_device", "livelihood"),
                "2026-01-29T11:00:00+03:00",
                "Anafanya kazi ya kushona.",
            ),
        ),
    ),
    StoryCase(
        "natural_disaster_victim",
        JAYAPURA,
        "ID-91.71.02",
        {"names": "Keluarga Contoh (contoh)", "sex": "female", "estimated_age": 34},
        "hotline",
        "2026-01-12",
        "Rumah rusak karena banjir. (Contoh untuk peragaan.)",
        (Assessment("high", ("shelter", "food"), "2026-01-12T15:20:00+09:00", "Mengungsi di gereja."),),
        closed=("needs_met", "2026-04-20", "Kembali ke rumah yang telah diperbaiki."),
    ),
    StoryCase(
        "neglected_child",
        JAYAPURA,
        "ID-91.71.03",
        {"names": "Anak Contoh (contoh)", "sex": "male", "born_on": "2017-02-11"},
        "referral",
        "2026-05-18",
        "Dirujuk oleh sekolah. (Contoh untuk peragaan.)",
    ),
)


def look_after(stage: Stage) -> None:
    """Open every case, record what was found and done, and close those that came to their end."""
    for told in CASES:
        worker = case_worker(told.council)
        opened = stage.office.command(
            worker,
            "cases",
            "open_case",
            f"case/{told.category}/{told.council}",
            category=told.category,
            person=told.person,
            story=told.story,
            area=stage.office.areas[told.area],
            received_on=told.received_on,
            channel=told.channel,
        )
        steps = [f"opened {day(told.received_on)}", *_visits(stage, told, opened["case"])]
        if told.closed:
            outcome, on, reason = told.closed
            stage.office.command(
                worker,
                "cases",
                "close_case",
                f"case/{told.category}/{told.council}/close",
                case=opened["case"],
                outcome=outcome,
                closed_on=on,
                reason=reason,
            )
            steps.append(f"closed {day(on)}: {outcome.replace('_', ' ')}")
        what = told.category.replace("_", " ") + (", restricted" if opened["restricted"] else "")
        stage.tell.say(f"{opened['reference']}  {what}: {'; '.join(steps)}")
        if opened["restricted"]:
            _need_to_know(stage, told, opened)


def _visits(stage: Stage, told: StoryCase, case: str) -> list[str]:
    worker, steps = case_worker(told.council), []
    for number, found in enumerate(told.assessments, start=1):
        stage.office.command(
            worker,
            "cases",
            "record_assessment",
            f"case/{told.category}/{told.council}/assess/{number}",
            case=case,
            risk=found.risk,
            needs=list(found.needs),
            notes=found.notes,
            assessed_at=found.at,
        )
        steps.append(f"assessed: {found.risk}")
    if told.danger_answer:
        action, at = told.danger_answer
        answered = stage.office.command(
            worker,
            "cases",
            "answer_danger",
            f"case/{told.category}/{told.council}/danger",
            case=case,
            action=action,
            answered_at=at,
        )
        in_time = "within 24 hours" if answered["in_time"] else "late"
        steps.append(f"danger answered {in_time}: {action.replace('_', ' ')}")
    return steps


def _need_to_know(stage: Stage, told: StoryCase, opened: dict[str, Any]) -> None:
    """A restricted case is its worker's and the supervisor's, and no colleague's of the same office."""
    stage.office.ask(supervisor(told.council), "cases", "case", case=opened["case"])
    with stage.refusal(f"a colleague of the same office asks for {opened['reference']}", "not_found"):
        stage.office.ask(case_worker(told.council, 2), "cases", "case", case=opened["case"])
