"""How the office speaks to the services: as the right officer, again with the same id, and never for ever."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import jwt
import pytest

from chassis.auth import OFFICE, new_key
from chassis.errors import Refused, Unavailable
from ustawi.demo.office import Addresses, NeverApplied, Office
from ustawi.demo.officers import AUDITOR, council_director, ward_officer
from ustawi.init.keys import office_kid

Answer = Callable[[str, str, dict[str, Any], str | None], Any]


@pytest.fixture
def office(tmp_path: Path, monkeypatch):
    """An office whose services are one function: (service, method, body, token) -> reply."""
    key = tmp_path / "office"
    key.write_text(new_key("office-1", OFFICE)[0])
    said: list[str] = []

    def make(answer: Answer, patience: float = 5) -> Any:
        class FakeClient:
            def __init__(self, uri: str, token: Callable[[], str | None], name: str) -> None:
                self.token = token

            def call(self, service: str, method: str, body: dict[str, Any], timeout: float) -> Any:
                return answer(service, method, body, self.token())

            def close(self) -> None:
                pass

        monkeypatch.setattr("ustawi.demo.office.Client", FakeClient)
        made = Office(Addresses("amqp://nobody", key), patience=patience, say=said.append)
        made.areas = {"TZ-20.nkasi-dc": str(uuid4()), "TZ-20.nkasi-dc.kate": str(uuid4())}
        return SimpleNamespace(office=made, said=said)

    return make


def reply(*events: str) -> dict[str, Any]:
    return {"events": list(events)}


def test_the_same_step_has_the_same_command_id_and_another_step_another(office):
    ids = []
    made = office(lambda service, method, body, token: ids.append(body["command_id"]) or reply()).office
    for step in ("fund/1", "fund/1", "fund/2"):
        made.command(AUDITOR, "loans", "set_aside", step, amount=1)
    assert ids[0] == ids[1] != ids[2]
    assert len(made.done) == 2


def test_fields_that_are_none_are_left_out(office):
    bodies = []
    made = office(lambda service, method, body, token: bodies.append(body) or {}).office
    made.ask(AUDITOR, "loans", "loan", loan="x", as_of=None)
    assert bodies == [{"loan": "x"}]


def test_each_officer_has_a_token_of_their_own_with_their_areas_by_id(office):
    tokens: list[str] = []
    made = office(lambda service, method, body, token: tokens.append(token) or {}).office
    for officer in (council_director("TZ-20.nkasi-dc"), ward_officer("TZ-20.nkasi-dc.kate")):
        made.ask(officer, "loans", "loan")
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in tokens]
    assert [each["roles"] for each in claims] == [["council_director"], ["ward_officer"]]
    assert [each["areas"] for each in claims] == [[area] for area in made.areas.values()]
    assert claims[0]["sub"] != claims[1]["sub"]
    key = made.addresses.office_key.read_text()
    assert jwt.get_unverified_header(tokens[0])["kid"] == office_kid(key)


def test_the_public_asks_without_a_token(office):
    tokens = []
    made = office(lambda service, method, body, token: tokens.append(token) or {}).office
    made.ask(None, "cases", "complaint_by_receipt", receipt="x")
    assert tokens == [None]


def test_a_service_that_comes_back_is_asked_again_with_the_same_id(office):
    ids: list[str] = []

    def answer(service: str, method: str, body: dict[str, Any], token: str | None) -> Any:
        ids.append(body["command_id"])
        if len(ids) < 4:
            raise Unavailable("no_answer", "No answer in time.")
        return reply("e")

    made = office(answer)
    assert made.office.command(AUDITOR, "loans", "set_aside", "fund/1")["events"] == ["e"]
    assert len(set(ids)) == 1
    assert made.said == ["loans does not answer; asking again for up to 5 s ..."]


def test_a_service_that_stays_away_is_given_up(office):
    def away(*_: Any) -> Any:
        raise Unavailable("no_answer", "No answer in time.")

    with pytest.raises(Unavailable, match="no_answer"):
        office(away, patience=0.3).office.ask(AUDITOR, "loans", "loan")


@pytest.mark.parametrize(
    ("error", "asked"),
    [(Refused("pot_exhausted", "Wait."), 1), (Unavailable("internal_fault", "Tell operations."), 3)],
)
def test_what_waiting_cannot_mend_is_told_at_once(office, error, asked):
    calls = []

    def refuse(service: str, *_: Any) -> Any:
        calls.append(service)
        raise error

    with pytest.raises(type(error), match=error.code):
        office(refuse).office.ask(AUDITOR, "loans", "loan")
    assert len(calls) == asked


def test_pages_are_read_to_the_end(office):
    def page(service: str, method: str, body: dict[str, Any], token: str | None) -> Any:
        start = body.get("after", 0)
        return {
            "items": [{"n": n} for n in range(start, min(start + 2, 5))],
            "next": start + 2 if start < 4 else None,
        }

    made = office(page).office
    assert [each["n"] for each in made.pages(AUDITOR, "registry", "groups", "items", "next")] == [
        0,
        1,
        2,
        3,
        4,
    ]


def test_waiting_asks_every_follower_for_the_last_event_of_each_command_and_only_once(office):
    asked: list[tuple[str, str, list[str]]] = []

    def answer(service: str, method: str, body: dict[str, Any], token: str | None) -> Any:
        if method == "applied":
            asked.append((service, body["source"], body["events"]))
            return {"applied": True, "parked": []}
        return reply(f"{method} 1", f"{method} 2")

    made = office(answer).office
    made.command(AUDITOR, "registry", "import_areas", "areas/1")
    made.command(AUDITOR, "cases", "open_case", "case/1")
    made.until_applied("loans")
    assert asked == [("loans", "registry", ["import_areas 2"])]
    made.until_applied()
    assert sorted(asked[1:]) == [
        ("cases", "registry", ["import_areas 2"]),
        ("reports", "cases", ["open_case 2"]),
        ("reports", "registry", ["import_areas 2"]),
    ]
    made.until_applied()
    assert len(asked) == 4


@pytest.mark.parametrize("answer", [{"applied": False, "parked": ["e"]}, {"applied": False, "parked": []}])
def test_what_is_never_applied_is_told(office, answer):
    made = office(
        lambda service, method, *_: answer if method == "applied" else reply("e"), patience=10
    ).office
    made.command(AUDITOR, "loans", "set_aside", "fund/1")
    with pytest.raises(NeverApplied):
        made.until_applied()


def test_a_command_is_new_when_its_events_stand_behind_where_the_logs_stood(office):
    positions = {"old": 7, "new": 8, "waiting": None}

    def answer(service: str, method: str, body: dict[str, Any], token: str | None) -> Any:
        if method == "positions":
            return {"positions": {event: positions[event] for event in body["events"]}}
        return reply(*([body["event"]] if "event" in body else []))

    made = office(answer).office
    for event in positions:
        made.command(AUDITOR, "loans", "set_aside", f"fund/{event}", event=event)
    made.command(AUDITOR, "registry", "define_country", "country/TZ")
    assert made.count_new({"registry": 3, "loans": 7, "cases": 0}) == 2
