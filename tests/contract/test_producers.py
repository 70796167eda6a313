"""What a service promises is what its code does: every example and every bound, on both sides alike."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.contracts.documents import event_schema, request_schema
from chassis.envelope import parse
from chassis.schemas import Event, Schema, fields
from contract.services import NAMES, checker, contract, event_examples, event_schemas, fields_within, service

ADDED_TO_COMMANDS = {"command_id", "repeatable", "events"}

# Words of a person, by which somebody could be known, may not stand in an event under any of these names.
PERSONAL = {
    *(
        "name",
        "names",
        "surname",
        "nickname",
        "national",
        "nida",
        "nin",
        "passport",
        "born",
        "birth",
        "dob",
        "age",
    ),
    *(
        "phone",
        "telephone",
        "mobile",
        "address",
        "street",
        "house",
        "email",
        "mail",
        "contact",
        "photo",
        "signature",
    ),
    *(
        "text",
        "story",
        "note",
        "notes",
        "comment",
        "remarks",
        "description",
        "summary",
        "narrative",
        "words",
        "answer",
    ),
}
# Reviewed: names of places and holidays are public facts; a band of years and a channel tell of no one.
PUBLIC_FACTS = {
    "country_defined": {"name", "level_names"},
    "area_created": {"name"},
    "area_renamed": {"name", "instrument"},
    "area_moved": {"name", "instrument"},
    "area_abolished": {"name", "instrument"},
    "area_split": {"instrument"},
    "areas_merged": {"instrument"},
    "holidays_published": {"holidays[].name", "holidays.name"},
    "holiday_overridden": {"name"},
    "case_opened": {"age_band"},
    "complaint_answered": {"answer_channel"},
    "appeal_decided": {"answer_channel"},
}
LONGEST_CODE = 64  # characters; a text that may be longer can hold a sentence about somebody


@pytest.mark.parametrize("name", NAMES)
def test_every_event_has_a_schema_and_an_example_that_both_sides_accept(name: str) -> None:
    published = service(name).published
    assert event_schemas(name).keys() == event_examples(name).keys() == published.keys()
    for type, event in published.items():
        example = event_examples(name)[type]
        assert checker(event_schemas(name)[type])(example) is None, type
        assert event().dump(event().load(example["data"])) == example["data"], (
            f"{type} is published otherwise"
        )
        assert parse(json.dumps(example)).data == example["data"], type


@pytest.mark.parametrize("name", NAMES)
def test_every_method_has_schemas_and_examples_that_both_sides_accept(name: str) -> None:
    rpc = contract(name) / "rpc"
    kinds = {f"{kind}.{what}" for kind in ("request", "reply") for what in ("schema", "example")}
    files = {f"{method}.{kind}.json" for method in service(name).operations for kind in kinds}
    assert {path.name for path in rpc.iterdir()} == files
    for method, operation in service(name).operations.items():
        for kind, schema in (("request", operation.takes), ("reply", operation.replies)):
            example = json.loads((rpc / f"{method}.{kind}.example.json").read_text())
            told = json.loads((rpc / f"{method}.{kind}.schema.json").read_text())
            assert checker(told)(example) is None, f"{method} {kind}"
            added = ADDED_TO_COMMANDS if operation.kind == "command" else set()
            assert added & example.keys() == (added if kind == "reply" else added & {"command_id"})
            schema().load({field: value for field, value in example.items() if field not in added})


@pytest.mark.parametrize("name", NAMES)
def test_no_event_carries_a_personal_word(name: str) -> None:
    found = [field for event in service(name).published.values() for field in personal_fields(event)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_integers(name: str) -> None:
    folder = contract(name)
    assert [
        path.name
        for path in sorted(folder.glob("*/*.json"))
        if list(broken_numbers(json.loads(path.read_text())))
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_contract_and_code_refuse_the_same_requests(name: str) -> None:
    disagreements = []
    for operation in service(name).operations.values():
        disagreements += disagreements_about(operation.takes, request_schema(name, operation))
    assert not disagreements, "\n".join(disagreements)


def personal_fields(event: type[Event]) -> list[str]:
    """The fields of an event that are named like a person's words, or could hold a sentence."""
    found = []
    for path, field in fields_within(event()):
        words = set(path.replace("[]", "").replace("{}", "").replace(".", "_").split("_"))
        wordy = type(field) is fields.Text and field.max > LONGEST_CODE
        reviewed = {path, path.split("{")[0]} & PUBLIC_FACTS.get(event.type, set())
        if (words & PERSONAL or wordy) and not reviewed:
            found.append(f"{event.type}.{path}")
    return found


def broken_numbers(document: Any) -> Iterator[Any]:
    """Numbers that are no integers, in an example; and places for them, in a schema."""
    if isinstance(document, float):
        yield document
    elif isinstance(document, dict):
        if "number" in (
            document.get("type") if isinstance(document.get("type"), list) else [document.get("type")]
        ):
            yield document
        for value in document.values():
            yield from broken_numbers(value)
    elif isinstance(document, list):
        for value in document:
            yield from broken_numbers(value)


# -- Near misses of the example: each is judged by the code and by the contract


def disagreements_about(schema: type[Schema], told: dict[str, Any]) -> list[str]:
    """Bodies near the example that only one of the two accepts."""
    told = {
        **told,
        "properties": {name: value for name, value in told["properties"].items() if name != "command_id"},
    }
    refused_by_contract, code = checker(told), schema()
    found = []
    for what, body in _near(getattr(schema, "example", {}), told):
        try:
            code.load(deepcopy(body))
            refused_by_code = None
        except ValidationError as error:
            refused_by_code = str(error)
        if (refused_by_code is None) != (refused_by_contract(body) is None):
            who = "the contract" if refused_by_code is None else "the code"
            found.append(f"{schema.__name__}.{what}: only {who} refuses it")
    return found


def _near(body: Any, told: dict[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """The body with one thing changed, every thing in turn."""
    if isinstance(body, dict) and "properties" in told:
        yield f"{at}+", {**body, "unheard_of": 1}
        for name, value in told["properties"].items():
            yield f"{at}{name} left out", {key: kept for key, kept in body.items() if key != name}
            for what, wrong in _values(value):
                yield f"{at}{name} = {what}", {**body, name: wrong}
            if name in body:
                for what, changed in _near(body[name], value, f"{at}{name}."):
                    yield what, {**body, name: changed}
    elif isinstance(body, list) and body:
        for what, wrong in _values(told["items"]):
            yield f"{at}[0] = {what}", [wrong, *body[1:]]
        for what, changed in _near(body[0], told["items"], f"{at}[0]."):
            yield what, [changed, *body[1:]]


ODD = (
    None,
    True,
    False,
    1.5,
    "",
    " ",
    "x",
    "x\0y",
    "left\u202eright",
    [],
    {},
    [None],
    {"a": None},
    -1,
    0,
    1,
    2**60,
)
ODD_TEXTS = (
    "2026-02-30",
    "2026-2-3",
    "1899-12-31",
    "2026-02-03",
    "2026-02-03T08:15:00",
    "2026-02-03T08:15:00+03:00",
)


def _values(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values at the edges of what a schema allows, and quite other ones."""
    for odd in (*ODD, *ODD_TEXTS):
        yield repr(odd), odd
    if "minimum" in told:
        for edge in (told["minimum"], told["maximum"]):
            yield from ((str(number), number) for number in (edge - 1, edge, edge + 1))
    if "maxLength" in told:
        for length in {
            max(0, told["minLength"] - 1),
            told["minLength"],
            told["maxLength"],
            told["maxLength"] + 1,
        }:
            yield f"{length} letters", "a" * length
        yield "a line break within", "a\nb"
        yield "a sign", "a!b"


# -- Proof: each of these checks sees what it is there for


class Letter(Event):
    type = "letter_sent"
    letter = fields.Id(required=True)
    sender_name = fields.Code()
    remark_code = fields.Text()
    page = fields.Nested({"phone": fields.Code()})


def test_a_personal_word_or_a_long_text_in_an_event_is_found() -> None:
    assert personal_fields(Letter) == [
        "letter_sent.sender_name",
        "letter_sent.remark_code",
        "letter_sent.page.phone",
    ]


def test_a_number_that_is_no_integer_is_found() -> None:
    assert list(broken_numbers({"data": [{"amount": 1.5}]})) == [1.5]
    assert list(broken_numbers({"properties": {"amount": {"type": ["number", "null"]}}}))
    assert not list(broken_numbers(event_schema("post", Letter)))


class Parcel(Schema):
    weight = fields.Money(required=True)
    label = fields.Text(max=40)
    example = {"weight": 1200}


@pytest.mark.parametrize(
    ("at", "lie"),
    [
        ("weight", {"minimum": 0}),
        ("weight", {"maximum": 10**18}),
        ("weight", {"type": ["integer", "null"]}),
        ("label", {"maxLength": 41}),
        ("label", {"type": "string"}),
        ("label", {"pattern": "^.*$"}),
    ],
)
def test_a_bound_that_code_and_contract_tell_differently_is_found(at: str, lie: dict[str, Any]) -> None:
    from chassis.contracts.json_schema import object_schema

    told = object_schema(Parcel, takes=True)
    assert disagreements_about(Parcel, told) == []
    told["properties"][at] |= lie
    assert disagreements_about(Parcel, told) != []
