"""Canaries planted by RPC: in what is accepted, in what is refused in every way, and in what fails inside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import amqp
from kombu import Connection

from e2e import small_world
from e2e.beneath import LOGS, Beneath
from e2e.canaries import BORN_ON, Flock
from e2e.wire import Answer, Request, Wire, packed
from ustawi.demo.office import Office
from ustawi.demo.officers import (
    REGISTRAR,
    Officer,
    case_worker,
    complaints_officer,
    council_officer,
    finance_officer,
    supervisor,
    ward_officer,
)

WARD_OFFICER, COUNCIL_OFFICER = ward_officer(small_world.WARD), council_officer(small_world.COUNCIL)
WORKER, SUPERVISOR = case_worker(small_world.WARD), supervisor(small_world.COUNCIL)
FIRST, SECOND = complaints_officer(small_world.COUNCIL), complaints_officer(small_world.COUNCIL, 2)
TREASURER = finance_officer(small_world.COUNCIL)
BOTH = Officer(WARD_OFFICER.subject, ("ward_officer", "council_officer"), (small_world.WARD,))


@dataclass
class Planting:
    """The running system, those who call it, and everything that came back to them."""

    beneath: Beneath
    office: Office
    wire: Wire
    flock: Flock = field(default_factory=Flock)
    replies: list[tuple[Request, Answer]] = field(default_factory=list)  # of what was accepted
    refusals: list[tuple[Request, Answer, str]] = field(default_factory=list)  # with the code that was meant
    secrets: dict[str, str] = field(default_factory=dict)  # not personal, and as little to be found anywhere
    ids: dict[str, Any] = field(default_factory=dict)

    def does(self, officer: Officer, service: str, method: str, /, **body: Any) -> dict[str, Any]:
        """Have an officer do something; the reply is kept to be searched."""
        request = self.request(officer, service, method, {"command_id": str(uuid4()), **body})
        answer = self.wire.ask(request)
        self.replies.append((request, answer))
        return answer.result

    def reads(self, officer: Officer | None, service: str, method: str, /, **body: Any) -> dict[str, Any]:
        """Have an officer, or nobody in particular, read what they may: it may hold every word."""
        return self.wire.ask(self.request(officer, service, method, body)).result

    def is_refused(self, code: str, officer: Officer, service: str, method: str, /, **body: Any) -> None:
        """Have an officer try what is refused with this code."""
        self.refuses(code, self.request(officer, service, method, body))

    def refuses(self, code: str, request: Request) -> None:
        self.refusals.append((request, self.wire.ask(request), code))

    def request(self, officer: Officer | None, service: str, method: str, body: dict[str, Any]) -> Request:
        return Request(service, method, packed(body), officer and self.token(officer))

    def token(self, officer: Officer) -> str:
        token = self.office._token(officer)
        self.secrets[f"the token of {officer.subject}"] = token.rpartition(".")[2]
        return token

    @property
    def areas(self) -> dict[str, str]:
        return dict(self.office.areas)

    # -- Bodies with a canary in every word that is somebody's

    def group(self, **changes: Any) -> dict[str, Any]:
        flock, where = self.flock, "registry.register_group"
        account = flock.account(f"{where}.bank.account_number")
        return {
            "country": "TZ",
            "kind": "women",
            "name": "Kikundi cha Mfano",
            "council": self.areas[small_world.COUNCIL],
            "ward": self.areas[small_world.WARD],
            "registered_on": "2026-01-12",
            "enterprise": flock.story(f"{where}.enterprise"),
            "plan": flock.story(f"{where}.plan"),
            "bank": {
                "bank": "Benki ya Mfano",
                "account_name": "Kikundi cha Mfano",
                "account_number": account,
            },
            "members": [self.member(), self.member()],
            **changes,
        }

    def member(self, where: str = "registry.register_group.members[]", **changes: Any) -> dict[str, Any]:
        flock = self.flock
        return {
            "national_id": flock.national_id(f"{where}.national_id"),
            "name": flock.name(f"{where}.name"),
            "phone": flock.phone(f"{where}.phone"),
            "born_on": BORN_ON,
            "sex": "female",
            "citizen": True,
            "formally_employed": False,
            "disability": False,
            **changes,
        }

    def decision(self, **changes: Any) -> dict[str, Any]:
        flock, where = self.flock, "registry.issue_decision.appointments[]"
        appointed = {
            "name": flock.name(f"{where}.name"),
            "born_on": BORN_ON,
            "phone": flock.phone(f"{where}.phone"),
            "area": self.areas[small_world.COMMUNE],
            "qualification": "college",
            "field": "social_work",
            "certificate": False,
        }
        return {
            "country": "VN",
            "number": "1/QD-UBND",
            "issued_on": "2026-01-12",
            "issuer": "Ủy ban nhân dân tỉnh Mẫu",
            "area": self.areas[small_world.PROVINCE],
            "appointments": [appointed | changes],
        }

    def case(self, **changes: Any) -> dict[str, Any]:
        flock, where = self.flock, "cases.open_case"
        return {
            "category": "neglected_elderly",
            "person": {
                **self.person(f"{where}.person"),
                "born_on": BORN_ON,
                "national_id": flock.national_id(f"{where}.person.national_id"),
            },
            "story": flock.story(f"{where}.story"),
            "area": self.areas[small_world.HAMLET],  # below the ward: a place that tells who somebody is
            "received_on": "2026-01-12",
            "channel": "leader",
            **changes,
        }

    def complaint(self, **changes: Any) -> dict[str, Any]:
        flock, where = self.flock, "cases.receive_complaint"
        return {
            "kind": "malalamiko",
            "category": "service",
            "channel": "phone",
            "area": self.areas[small_world.HAMLET],
            "received_at": "2026-01-12T09:15:00+03:00",
            "complainant": self.person(f"{where}.complainant"),
            "words": flock.story(f"{where}.words"),
            "about": flock.story(f"{where}.about"),
            "about_officer": flock.code(f"{where}.about_officer"),
            **changes,
        }

    def person(self, where: str) -> dict[str, Any]:
        flock = self.flock
        return {
            "names": flock.name(f"{where}.names"),
            "sex": "female",
            "phone": flock.phone(f"{where}.phone"),
            "email": flock.email(f"{where}.email"),
            "address": flock.story(f"{where}.address"),
        }


def _end_a_group(planting: Planting) -> None:
    """Another group is visited, and ends."""
    does, story = planting.does, planting.flock.story
    group = does(WARD_OFFICER, "registry", "register_group", **planting.group())["group"]
    planting.ids["lost_group"] = group
    verified = {"group": group, "decision": "verify", "findings": story("registry.verify_group.findings")}
    does(COUNCIL_OFFICER, "registry", "verify_group", **verified)
    findings = story("registry.record_visit.findings")
    does(COUNCIL_OFFICER, "registry", "record_visit", group=group, outcome="not_found", findings=findings)
    ended = {"group": group, "found_by": "visit", "reason_code": "dispersed"}
    findings = story("registry.record_cessation.findings")
    does(COUNCIL_OFFICER, "registry", "record_cessation", **ended, findings=findings)


def plant_what_is_accepted(planting: Planting) -> None:
    """A group, a decision, a case and a complaint through their whole lives; and questions after people."""
    does, flock, ids = planting.does, planting.flock, planting.ids
    ids["group"] = does(WARD_OFFICER, "registry", "register_group", **planting.group())["group"]
    findings = flock.story("registry.verify_group.findings")
    does(
        COUNCIL_OFFICER, "registry", "verify_group", group=ids["group"], decision="verify", findings=findings
    )
    joining = planting.member("registry.add_member.member")
    does(COUNCIL_OFFICER, "registry", "add_member", group=ids["group"], member=joining)
    _end_a_group(planting)
    issued = does(REGISTRAR, "registry", "issue_decision", **planting.decision())
    ids["collaborator"] = issued["collaborators"][0]

    case = planting.case()
    opened = does(WORKER, "cases", "open_case", **case)
    ids["case"], ids["person"] = opened["case"], opened["person"]
    of_case = {"case": ids["case"]}
    notes = flock.story("cases.record_assessment.notes")
    found = {"risk": "danger", "needs": ["food"], "assessed_at": "2026-01-13T10:00:00+03:00"}
    does(WORKER, "cases", "record_assessment", **of_case, **found, notes=notes)
    notes = flock.story("cases.answer_danger.notes")
    done = {"action": "family_care", "answered_at": "2026-01-13T15:00:00+03:00"}
    does(WORKER, "cases", "answer_danger", **of_case, **done, notes=notes)
    reason = flock.story("cases.close_case.reason")
    does(WORKER, "cases", "close_case", **of_case, outcome="needs_met", reason=reason)

    received = does(FIRST, "cases", "receive_complaint", **planting.complaint())
    ids["complaint"] = received["complaint"]
    planting.secrets["the receipt"] = received["receipt"]
    answer = {"complaint": ids["complaint"], "answer_channel": "letter", "decision": "upheld"}
    words = flock.story("cases.answer_complaint.words")
    does(FIRST, "cases", "answer_complaint", **answer, words=words, answered_at="2026-01-14T09:00:00+03:00")
    appeal = {"receipt": received["receipt"], "channel": "letter", "appealed_at": "2026-01-15T09:00:00+03:00"}
    does(FIRST, "cases", "appeal_complaint", **appeal, grounds=flock.story("cases.appeal_complaint.grounds"))
    words = flock.story("cases.decide_appeal.words")
    does(SECOND, "cases", "decide_appeal", **answer, words=words, decided_at="2026-01-16T09:00:00+03:00")

    # Questions carry words too: of nobody whom the office knows, and of somebody.
    for kind, asked in (
        ("national_id", flock.national_id("cases.find_cases.national_id")),
        ("phone", flock.phone("cases.find_cases.phone")),
    ):
        assert _found_by(planting, kind, asked) == []
        assert [each["case"] for each in _found_by(planting, kind, case["person"][kind])] == [ids["case"]]


def _found_by(planting: Planting, kind: str, asked: str) -> list[dict[str, Any]]:
    """Ask for somebody's cases by their own words; what is answered is kept to be searched."""
    request = planting.request(WORKER, "cases", "find_cases", {"country": "TZ", kind: asked})
    answer = planting.wire.ask(request)
    planting.replies.append((request, answer))
    found: list[dict[str, Any]] = answer.result["cases"]
    return found


def plant_what_is_refused(planting: Planting) -> None:
    """Every way in which a command with somebody's words can come to nothing."""
    _fields_are_wrong(planting)
    _the_law_says_no(planting)
    _somebody_was_first(planting)
    _the_caller_may_not(planting)
    _there_is_no_body(planting)


def _fields_are_wrong(planting: Planting) -> None:
    refused, flock = planting.is_refused, planting.flock
    group, member, case, complaint = planting.group, planting.member, planting.case, planting.complaint
    word, code = flock.name("a field that is wrong"), flock.code("an unknown field")
    for wrong in (word, [word], {word: word}, f"{word}\0", f"{word} " * 1000):
        strange = member(name=wrong, born_on=wrong)
        refused("invalid", WARD_OFFICER, "registry", "register_group", **group(members=[strange], bank=wrong))
        refused("invalid", WORKER, "cases", "open_case", **case(area=wrong, person=wrong, received_on=wrong))
        refused("invalid", FIRST, "cases", "receive_complaint", **complaint(complainant=wrong, words=[wrong]))
        refused("invalid", REGISTRAR, "registry", "issue_decision", **planting.decision(certificate=wrong))
    refused("invalid", WORKER, "cases", "open_case", **case(), **{word: word, code: 1})
    refused("invalid", WORKER, "cases", "open_case", **case(person={word: 1, "sex": word}))
    refused("invalid", WARD_OFFICER, "registry", "register_group", **group(members=[member(**{word: word})]))
    refused("invalid", WORKER, "cases", "open_case", **case(), command_id=word)
    refused("invalid", TREASURER, "loans", "set_aside", amount=word, **{word: word})


def ask_reports(planting: Planting) -> None:
    """Who asks for figures may slip, too."""
    word = planting.flock.name("a question for figures")
    planting.is_refused("invalid", TREASURER, "reports", "evidence", name=word, cell={word: word * 40})
    known = {"name": word, "area": planting.areas[small_world.COUNCIL], "cell": {"pot": word}}
    planting.is_refused("indicator_unknown", TREASURER, "reports", "evidence", **known)


def _the_law_says_no(planting: Planting) -> None:
    refused, flock, ids = planting.is_refused, planting.flock, planting.ids
    group, member, case, complaint = planting.group, planting.member, planting.case, planting.complaint
    word = flock.name("what the law forbids")
    before = json.loads(planting.replies[0][0].body)["kwargs"]  # of the group that is there
    someones = {
        "bank": word,
        "account_name": word,
        "account_number": flock.account("somebody else's account"),
    }
    for code, changes in (
        ("bad_members", {"members": [member(national_id=word)]}),
        ("bad_members", {"members": [member()] * 2}),
        ("member_in_another_group", {"members": before["members"]}),
        ("bank_account_in_use", {"bank": before["bank"]}),
        ("account_not_in_groups_name", {"bank": someones}),
    ):
        refused(code, WARD_OFFICER, "registry", "register_group", **group(**changes))
    again = {"group": ids["group"], "decision": "verify", "findings": word}
    refused("already_decided", BOTH, "registry", "verify_group", **again)
    refused("unqualified", REGISTRAR, "registry", "issue_decision", **planting.decision(qualification=word))
    refused("unknown_category", WORKER, "cases", "open_case", **case(category=word))
    refused("unknown_channel", WORKER, "cases", "open_case", **case(channel=word))
    refused(
        "age_twice", WORKER, "cases", "open_case", **case(person=case()["person"] | {"estimated_age": 94})
    )
    refused("case_closed", WORKER, "cases", "close_case", case=ids["case"], outcome=word, reason=word)
    refused("anonymous_or_named", FIRST, "cases", "receive_complaint", **complaint(anonymous=True))
    refused("unknown_kind", FIRST, "cases", "receive_complaint", **complaint(kind=word))
    answer = {"complaint": ids["complaint"], "decision": word, "answer_channel": word, "words": word}
    refused("already_answered", FIRST, "cases", "answer_complaint", **answer)
    refused("not_found", FIRST, "cases", "complaint_by_receipt", receipt=word)


def _somebody_was_first(planting: Planting) -> None:
    refused, ids = planting.is_refused, planting.ids
    word = planting.flock.name("what somebody else did first")
    refused("decision_number_taken", REGISTRAR, "registry", "issue_decision", **planting.decision())
    closing = {"case": ids["case"], "outcome": "needs_met", "reason": word, "expected_version": 99}
    refused("version_moved", SUPERVISOR, "cases", "close_case", **closing)
    verifying = {"group": ids["group"], "decision": "verify", "findings": word, "expected_version": 99}
    refused("group_changed", COUNCIL_OFFICER, "registry", "verify_group", **verifying)
    taken = json.loads(planting.replies[0][0].body)["kwargs"]["command_id"]
    refused(
        "command_id_taken", WARD_OFFICER, "registry", "register_group", **planting.group(), command_id=taken
    )


def _the_caller_may_not(planting: Planting) -> None:
    body = planting.case()
    planting.is_refused("forbidden", TREASURER, "cases", "open_case", **body)
    elsewhere = case_worker(small_world.PROVINCE)
    planting.is_refused("not_found", elsewhere, "cases", "open_case", **body)
    planting.refuses("token_missing", Request("cases", "open_case", packed(body)))
    strange = planting.flock.code("a token")
    planting.refuses("token_invalid", Request("cases", "open_case", packed(body), strange))


def _there_is_no_body(planting: Planting) -> None:
    token, word = planting.token(WORKER), planting.flock.name("a message without a body")
    body = packed(planting.case())

    def refused(code: str, sent: bytes, **differs: Any) -> None:
        planting.refuses(code, Request("cases", "open_case", sent, token, **differs))

    refused("positional", packed(planting.case(), word))
    refused("too_large", packed({word: word * 50_000}))
    refused("unreadable", body[:-1])
    refused("unreadable", body.replace(b'"story"', b'"story": NaN, "x"'))
    refused("unreadable", body.replace(b'"story"', b'"category": "x", "story"'))
    refused("unreadable", json.dumps(planting.case(), ensure_ascii=False).encode("utf-16"))
    refused("unreadable", word.encode())
    refused("malformed", json.dumps([word]).encode())
    refused("content_type", body, content_type="text/plain")
    refused("encoding", body, headers={"compression": "application/x-bz2"})
    # Not refused: the caller's own marks upon a message, which are no place for anybody's words.
    stack = {"nameko.call_id_stack": [word, planting.flock.code("a call's id")]}
    marks = {f"nameko.{name}": word for name in ("correlation_id", "traceparent", "language", "user_id")}
    known = packed(planting.case(person=None, known_person=planting.ids["person"]))
    request = Request("cases", "open_case", known, token, headers={**marks, **stack})
    answer = planting.wire.ask(request)
    assert answer.result["person"] == planting.ids["person"]
    planting.replies.append((request, answer))
    planting.ids["second_case"] = answer.result["case"]


def plant_faults(planting: Planting) -> None:
    """What a database says of a row that it refuses quotes the row: here it does, in a command and in a stream."""
    beneath, quoted = planting.beneath, planting.flock.name("an error of the database")
    with refusing(beneath, "registry.member", "data_exception", quoted):
        planting.is_refused("internal_fault", WARD_OFFICER, "registry", "register_group", **planting.group())
    with refusing(beneath, "registry.registered_group", "unique_violation", quoted):
        planting.is_refused("constraint", WARD_OFFICER, "registry", "register_group", **planting.group())
    with refusing(beneath, "loans.known_group", "data_exception", quoted):
        planting.does(WARD_OFFICER, "registry", "register_group", **planting.group())
        beneath.until_taken_in("loans", "registry")


@contextmanager
def refusing(beneath: Beneath, table: str, condition: str, quoted: str) -> Iterator[None]:
    """While it lasts, a table refuses every row, in words that quote somebody."""
    beneath.sql(
        f"""
        CREATE FUNCTION public.refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE {condition} USING MESSAGE = 'not {quoted}', DETAIL = 'Failing row contains ({quoted}).';
        END $$;
        CREATE TRIGGER refuses BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION public.refuses();
        """
    )
    try:
        yield
    finally:
        beneath.sql("DROP FUNCTION public.refuses() CASCADE")


def send_events_that_are_none(planting: Planting) -> list[bytes]:
    """What a publisher gone mad would send to its followers, with somebody's words in it; returns what was sent."""
    word = planting.flock.story("an event that cannot be decoded")
    broken = [
        f'{{"data": "{word}"'.encode(),
        json.dumps({"specversion": "1.0", "data": {"names": word}}).encode(),
        word.encode("utf-16"),
        b"",
    ]
    for source in LOGS:
        with Connection(planting.beneath.setting(source, "AMQP_URI")) as connection:
            channel = connection.channel()
            for body in broken:
                for encoding in ({"content_encoding": "utf-8"}, {}):
                    message = amqp.Message(body, content_type="application/json", delivery_mode=2, **encoding)
                    channel.basic_publish_confirm(message, f"{source}.events", "case_opened")
    return [body for body in broken for _ in range(2)]
