"""What a service reads of another's events is what the other has promised to write.

The promise is the producer's committed contract: its schemas and examples are files, which anybody may read.
"""

import json
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from chassis.contracts.json_schema import object_schema
from chassis.envelope import CHAIN_START, Event, chained, parse, place
from chassis.schemas import Reader, fields
from chassis.service import Service
from chassis.testing import ServiceUnderTest
from contract.compatible import clashes
from contract.services import NAMES, event_examples, event_schemas, service

FOLLOWERS = ("loans", "cases", "reports")
LOG = "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c0001"


def readers(name: str) -> dict[str, type[Reader]]:
    """The readers of a service by the event type that each is named after."""
    foreign = vars(import_module(f"{name}.foreign")) if service(name).streams else {}
    found = [value for value in foreign.values() if isinstance(value, type) and issubclass(value, Reader)]
    return {_snake(reader.__name__): reader for reader in found if reader is not Reader}


def _snake(camel: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", camel).lower()


def promised(name: str) -> dict[str, str]:
    """Event type -> the source that promises it, for the sources that a service follows."""
    return {type: stream.source for stream in service(name).streams for type in event_examples(stream.source)}


def log_of(source: str) -> list[Event]:
    """The committed examples as one log, in the order that the source tells its story in.

    Only their identities and places in the log are of the test's making.
    """
    told = [getattr(value, "type", None) for value in vars(service(source).events).values()]
    events, chain = [], CHAIN_START
    for position, type in enumerate((type for type in told if type in event_examples(source)), start=1):
        example = dict(event_examples(source)[type])
        for name in ("log", "position", "chain"):
            del example[name]
        example["id"] = f"018f4c3e-7b1a-7c52-9f3e-{position:012}"
        text = place(json.dumps(example, ensure_ascii=False), LOG, position, chain)
        events.append(parse(text))
        chain = chained(chain, text)
    return events


@pytest.mark.parametrize("name", NAMES)
def test_each_reader_reads_the_example_that_the_producer_committed(name: str) -> None:
    assert readers(name).keys() <= promised(name).keys()
    for type, reader in readers(name).items():
        example = event_examples(promised(name)[type])[type]
        example = {**example, "data": {**example["data"], "added_later": {"by": ["the producer"]}}}
        assert "added_later" not in reader.read(parse(json.dumps(example)))


@pytest.mark.parametrize("name", NAMES)
def test_no_reader_needs_more_than_the_producer_promises(name: str) -> None:
    found = []
    for type, reader in readers(name).items():
        written = event_schemas(promised(name)[type])[type]["properties"]["data"]
        found += list(clashes(object_schema(reader, takes=True), written, type))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_each_event_that_is_handled_is_one_that_its_source_publishes(name: str) -> None:
    for stream in service(name).streams:
        assert stream.handlers.keys() <= event_examples(stream.source).keys()


def test_these_services_follow_others() -> None:
    assert tuple(name for name in NAMES if service(name).streams) == FOLLOWERS


@pytest.mark.parametrize("one_by_one", [True, False], ids=["one by one", "in batches, the last source first"])
@pytest.mark.parametrize("name", FOLLOWERS)
def test_each_example_goes_through_the_real_handlers_and_none_is_parked(
    name: str, one_by_one: bool, service_under_test: Callable[[Service], ServiceUnderTest]
) -> None:
    svc = service_under_test(service(name))
    for stream in sorted(
        service(name).streams, key=lambda stream: NAMES.index(stream.source), reverse=not one_by_one
    ):
        intake, events = svc.intake(stream.source), log_of(stream.source)
        for batch in [[event] for event in events] if one_by_one else [events]:
            intake.take(batch)
        assert intake.place().position == len(event_examples(stream.source))
    parked = svc.sql("SELECT source, type, error FROM parked_event ORDER BY source, position")
    assert [tuple(row.values()) for row in parked] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_example_is_the_first_event_of_a_log_as_it_stands(name: str) -> None:
    for type, example in event_examples(name).items():
        event = parse(json.dumps(example))
        assert (event.type, event.source, event.position, event.previous) == (type, name, 1, CHAIN_START)


# -- Proof: a reader that asks for more is found


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (fields.Id(required=True), fields.Id()),
        (fields.Count(required=True, max=10), fields.Count(required=True, max=11)),
        (fields.Money(required=True), fields.Money(required=True, min=0)),
        (fields.Text(required=True, max=10), fields.Text(required=True, max=11)),
        (fields.Code(required=True), fields.Text(required=True)),
        (fields.Choice(["a"], required=True), fields.Choice(["a", "b"], required=True)),
        (fields.Choice(["a"], required=True), fields.Code(required=True)),
        (fields.Code(required=True, max=2), fields.Choice(["abc"], required=True)),
        (fields.Day(required=True), fields.Moment(required=True)),
        (fields.Items(fields.Id(required=True), max=5), fields.Items(fields.Id(required=True), max=6)),
        (fields.Items(fields.Count(required=True)), fields.Items(fields.Code(required=True))),
        (
            fields.Map(fields.Code(), fields.Count(required=True)),
            fields.Nested({"a": fields.Code(required=True)}),
        ),
        (fields.Nested({"a": fields.Id(required=True)}), fields.Nested({"b": fields.Id(required=True)})),
        (fields.Nested({"a": fields.Id()}), fields.Nested({"b": fields.Id(required=True)})),
    ],
)
def test_a_reader_that_needs_more_than_is_promised_is_found(field: Any, written: Any) -> None:
    assert list(clashes(_object(field), _object(written))) != []
    assert list(clashes(_object(field), _object(field))) == []


def _object(field: Any) -> dict[str, Any]:
    return object_schema(Reader.from_dict({"field": field}), takes=True)


def test_an_event_that_its_handler_cannot_take_is_parked(
    service_under_test: Callable[[Service], ServiceUnderTest],
) -> None:
    svc = service_under_test(service("loans"))
    group = event_examples("registry")["group_verified"]["data"] | {"kind": "elders"}
    svc.deliver("registry", "group_verified", subject=group["group"], **group)
    assert [row["type"] for row in svc.sql("SELECT type FROM parked_event")] == ["group_verified"]
