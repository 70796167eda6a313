"""The service as a whole: what it offers, tells and follows hangs together."""

import pytest

from cases import events
from cases.clocks import running
from cases.service import SERVICE
from chassis import scope
from chassis.auth import Roles
from chassis.schemas import Schema

OPERATIONS = SERVICE.operations
ROLES = Roles.load(SERVICE.folder / "rules" / "roles.yaml")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_example_is_one_that_would_be_taken(name: str) -> None:
    operation = OPERATIONS[name]
    operation.takes().load(operation.takes.example)
    assert operation.replies().dump(operation.replies.example)


@pytest.mark.parametrize("type", sorted(SERVICE.published))
def test_every_event_has_an_example_that_fills_it(type: str) -> None:
    event = SERVICE.published[type]
    loaded = event().load(event.example)
    assert event().dump(loaded) == event.example


def test_the_public_asks_only_where_a_complaint_stands_and_what_the_lists_are() -> None:
    assert {name for name, operation in OPERATIONS.items() if operation.needs is None} == {
        "complaint_by_receipt",
        "complaint_lists",
    }


def test_auditors_read_everything_and_change_nothing() -> None:
    for operation in OPERATIONS.values():
        if operation.needs is not None:
            assert not ("auditor" in ROLES.grants(operation.needs) and operation.kind == "command")


def test_few_need_to_know_of_restricted_cases() -> None:
    assert ROLES.grants("cases.restricted") == {"council_director", "supervisor"}


def test_the_copy_of_areas_and_holidays_is_kept() -> None:
    [stream] = SERVICE.streams
    assert stream.source == "registry"
    assert stream.handlers.keys() == scope.HANDLERS.keys()
    assert stream.handlers["holiday_overridden"] is running.take_override


def test_no_event_has_room_for_a_sentence() -> None:
    sentences = {"words", "story", "notes", "reason", "names", "address", "about", "grounds"}
    for event in SERVICE.published.values():
        fields = event().fields
        assert not sentences & fields.keys()
        assert all(
            getattr(field, "max", 0) <= 64
            for field in fields.values()
            if isinstance(field, events.fields.Text)
        )


def test_every_shape_that_comes_in_refuses_strangers() -> None:
    for operation in OPERATIONS.values():
        assert issubclass(operation.takes, Schema)
        with pytest.raises(Exception, match="Unknown field"):
            operation.takes().load({**operation.takes.example, "stranger": 1})
