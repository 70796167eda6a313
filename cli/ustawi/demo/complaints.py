"""Chapter: complaints come to Ilala's office by many ways; each has its receipt, clocks and answer."""

from dataclasses import dataclass
from typing import Any

from ustawi.demo.officers import complaints_officer
from ustawi.demo.people import MARK
from ustawi.demo.stage import ILALA, Stage
from ustawi.demo.telling import day

_WAYS = {
    "in_person": "in person",
    "phone": "by telephone",
    "letter": "by letter",
    "sms": "by text message",
    "web": "by the web page",
}
_FIRST, _SECOND = complaints_officer(ILALA), complaints_officer(ILALA, 2)


@dataclass(frozen=True)
class StoryComplaint:
    """A constructed complaint and what the office did about it; moments with their offset."""

    name: str
    kind: str
    category: str
    channel: str
    ward: str
    received_at: str
    words: str
    complainant: dict[str, Any] | None = None
    acknowledged_at: str = ""
    decision: str = ""
    answer_channel: str = ""
    answered_at: str = ""
    tried_in_public: bool = False
    appealed_at: str = ""
    appeal_decision: str = ""
    appeal_decided_at: str = ""


COMPLAINTS = (
    StoryComplaint(
        "water",
        "malalamiko",
        "service",
        "phone",
        "kariakoo",
        "2026-03-02T09:15:00+03:00",
        "Kioski cha maji kimefungwa wiki mbili. (Mfano wa maonyesho.)",
        {"names": f"Hamisi Zumba {MARK}", "sex": "male", "phone": "0700 000 000"},
        "2026-03-04T11:00:00+03:00",
        "upheld",
        "letter",
        "2026-03-12T15:00:00+03:00",
        appealed_at="2026-03-25T10:00:00+03:00",
        appeal_decision="partly_upheld",
        appeal_decided_at="2026-04-10T12:00:00+03:00",
    ),
    StoryComplaint(
        "noise",
        "kero",
        "service",
        "sms",
        "upanga-magharibi",
        "2026-04-07T20:40:00+03:00",
        "Kelele za usiku karibu na zahanati. (Mfano wa maonyesho.)",
        {"names": f"Rehema Sindani {MARK}", "sex": "female", "phone": "0700 000 001"},
        "2026-04-08T09:00:00+03:00",
        "upheld",
        "sms",
        "2026-04-16T16:30:00+03:00",
    ),
    StoryComplaint(
        "bribe",
        "malalamiko",
        "corruption_receiving",
        "letter",
        "gerezani",
        "2026-04-13T10:00:00+03:00",
        "Niliombwa fedha kwa huduma isiyo na malipo. (Mfano wa maonyesho.)",
        None,
        "2026-04-14T08:30:00+03:00",
        "passed_on",
        "receipt",
        "2026-04-29T14:00:00+03:00",
        tried_in_public=True,
    ),
    StoryComplaint(
        "market",
        "mapendekezo",
        "service",
        "web",
        "buguruni",
        "2026-05-11T08:05:00+03:00",
        "Taa za soko ziwekwe upande wa mashariki. (Mfano wa maonyesho.)",
        {"names": f"Festo Kalunde {MARK}", "sex": "male", "email": "mfano@example.org"},
        "2026-05-22T09:00:00+03:00",
        "taken_up",
        "email",
        "2026-06-24T11:45:00+03:00",
    ),
    StoryComplaint(
        "thanks",
        "pongezi",
        "service",
        "in_person",
        "ilala",
        "2026-06-15T12:00:00+03:00",
        "Huduma ya cheti ilikuwa ya haraka. (Mfano wa maonyesho.)",
        {"names": f"Grace Ulaya {MARK}", "sex": "female"},
        "2026-06-15T12:05:00+03:00",
        "noted",
        "in_person",
        "2026-06-15T12:10:00+03:00",
    ),
    StoryComplaint(
        "waste",
        "kero",
        "service",
        "phone",
        "vingunguti",
        "2026-06-03T07:30:00+03:00",
        "Taka hazijaondolewa. (Mfano wa maonyesho.)",
        None,
    ),
)


def answer(stage: Stage) -> None:
    """Receive, acknowledge and answer; one answer is appealed, one complaint waits past its day."""
    for told in COMPLAINTS:
        received = _receive(stage, told)
        steps = [f"received {day(told.received_at[:10])} {_WAYS[told.channel]}"]
        if told.acknowledged_at:
            steps.append(f"acknowledged {_in_time(_acknowledge(stage, told, received['complaint']))}")
        if told.answered_at:
            if told.tried_in_public:
                _not_in_public(stage, told, received)
            answered = _answer(stage, told, received["complaint"], "answer", told.answer_channel)
            steps.append(f"answered {_in_time(answered)}: {told.decision.replace('_', ' ')}")
        if told.appealed_at:
            steps.append(_appeal(stage, told, received["complaint"]))
        stage.tell.say(
            f"{received['reference']}  {told.kind}, {told.category.replace('_', ' ')}: {'; '.join(steps)}"
        )
    _by_receipt(stage, _receive(stage, COMPLAINTS[0])["receipt"])


def _receive(stage: Stage, told: StoryComplaint) -> dict[str, Any]:
    return stage.office.command(
        _FIRST,
        "cases",
        "receive_complaint",
        f"complaint/{told.name}",
        kind=told.kind,
        category=told.category,
        channel=told.channel,
        area=stage.office.areas[f"{ILALA}.{told.ward}"],
        received_at=told.received_at,
        complainant=told.complainant,
        words=told.words,
    )


def _acknowledge(stage: Stage, told: StoryComplaint, complaint: str) -> dict[str, Any]:
    return stage.office.command(
        _FIRST,
        "cases",
        "acknowledge_complaint",
        f"complaint/{told.name}/acknowledge",
        complaint=complaint,
        acknowledged_at=told.acknowledged_at,
    )


def _answer(stage: Stage, told: StoryComplaint, complaint: str, step: str, channel: str) -> dict[str, Any]:
    return stage.office.command(
        _FIRST,
        "cases",
        "answer_complaint",
        f"complaint/{told.name}/{step}",
        complaint=complaint,
        decision=told.decision,
        answer_channel=channel,
        words="Jibu la mfano kwa ajili ya maonyesho.",
        answered_at=told.answered_at,
    )


def _not_in_public(stage: Stage, told: StoryComplaint, received: dict[str, Any]) -> None:
    """A private matter is not answered in the media; told again, the story finds it answered already."""
    what = f"an answer to {received['reference']} in the media"
    with stage.refusal(what, "media_refused", "already_answered"):
        _answer(stage, told, received["complaint"], "answer in public", "media")


def _appeal(stage: Stage, told: StoryComplaint, complaint: str) -> str:
    """The complainant appeals; who answered cannot decide on it, a colleague can."""
    stage.office.command(
        _FIRST,
        "cases",
        "appeal_complaint",
        f"complaint/{told.name}/appeal",
        complaint=complaint,
        channel="letter",
        grounds="Kioski kimefungwa tena. (Mfano wa maonyesho.)",
        appealed_at=told.appealed_at,
    )
    decided = stage.office.command(
        _SECOND,
        "cases",
        "decide_appeal",
        f"complaint/{told.name}/appeal/decide",
        complaint=complaint,
        decision=told.appeal_decision,
        answer_channel="letter",
        words="Jibu la rufaa la mfano.",
        decided_at=told.appeal_decided_at,
    )
    return f"appealed {day(told.appealed_at[:10])}, decided by another officer {_in_time(decided)}"


def _by_receipt(stage: Stage, receipt: str) -> None:
    """Whoever holds the receipt may ask where the complaint stands: no token, no name."""
    told = stage.office.ask(None, "cases", "complaint_by_receipt", receipt=receipt)
    bodies = ", ".join(body["names"]["en"] for body in told["outside_bodies"])
    stage.tell.say(
        f"by its receipt, without a token: {told['reference']} is {told['state']}, the appeal "
        f"{told['appeal_decision'].replace('_', ' ')}; who is not content may turn to: {bodies}"
    )


def _in_time(reply: dict[str, Any]) -> str:
    return "in time" if reply["in_time"] else "late"
