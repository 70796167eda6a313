"""How each of our fields is told: the same values pass the field and its JSON Schema."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, validate
from marshmallow import fields as plain

from chassis.contracts.json_schema import Untellable, object_schema
from chassis.schemas import Event, Reader, Schema, fields
from contract.services import checker


def schema_of(field: Any) -> type[Schema]:
    return Schema.from_dict({"value": field}, name="Body")  # type: ignore[return-value]


def told(field: Any, *, takes: bool = True) -> dict[str, Any]:
    value: dict[str, Any] = object_schema(schema_of(field), takes=takes)["properties"]["value"]
    return value


KINDS = {
    "id": fields.Id(required=True),
    "count": fields.Count(required=True, min=-3, max=7),
    "money": fields.Money(required=True),
    "day": fields.Day(required=True),
    "moment": fields.Moment(required=True),
    "text": fields.Text(required=True, min=3, max=6),
    "lines": fields.Text(required=True, max=6, lines=True),
    "empty text": fields.Text(required=True, min=0, max=2),
    "code": fields.Code(required=True, max=6),
    "choice": fields.Choice(["women", "youth"], required=True),
    "flag": fields.Flag(required=True),
    "items": fields.Items(fields.Count(required=True, max=9), required=True, min=1, max=2),
    "map": fields.Map(fields.Code(max=2), fields.Count(required=True, max=9), required=True, max=2),
    "nested": fields.Nested({"a": fields.Count(max=9), "b": fields.Flag(required=True)}, required=True),
}
TEXTS = st.text(st.sampled_from("ab-Đ é!\n\t\0\u202e\u200b\u00a0\ue000/"), max_size=8)
# To JSON Schema 1.0 is an integer; we refuse it, and no schema can say so.
BROKEN = st.floats(allow_nan=False).filter(lambda number: not number.is_integer())
SCALARS = st.none() | st.booleans() | st.integers(-5, 11) | BROKEN | TEXTS | st.uuids().map(str)
TIMES = st.datetimes(timezones=st.timezones()).map(lambda t: t.isoformat()) | st.dates().map(
    lambda d: d.isoformat()
)
OBJECTS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "!"]), st.booleans() | st.integers(0, 12) | st.none()
)
LARGE = st.sampled_from([2**53, 9_000_000_000_000_000])
VALUES = SCALARS | TIMES | LARGE | st.just("women") | st.lists(SCALARS, max_size=3) | OBJECTS


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # the machine may be busy
@given(value=VALUES)
def test_what_the_contract_admits_the_code_takes(kind: str, value: Any) -> None:
    if CHECKS[kind]({"value": value}) is None:
        BODIES[kind]().load({"value": value})


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # the machine may be busy
@given(value=VALUES)
def test_what_the_code_takes_the_contract_admits_but_for_what_it_is_narrower_in(
    kind: str, value: Any
) -> None:
    if isinstance(value, str) and (
        value != value.strip() or (kind == "moment" and not value[11:].count(":") > 1)
    ):
        return  # space around a text, seconds in the offset: taken, and not promised
    try:
        BODIES[kind]().load({"value": value})
    except ValidationError:
        return
    assert CHECKS[kind]({"value": value}) is None


BODIES = {kind: schema_of(field) for kind, field in KINDS.items()}
CHECKS = {kind: checker(object_schema(body, takes=True)) for kind, body in BODIES.items()}


def test_null_is_admitted_exactly_where_the_field_allows_it() -> None:
    assert told(fields.Id())["type"] == ["string", "null"]
    assert told(fields.Id(required=True))["type"] == "string"
    assert told(fields.Id(required=True, allow_none=True))["type"] == ["string", "null"]
    assert told(fields.Choice(["a"]))["enum"] == ["a", None]
    assert checker(object_schema(schema_of(fields.Choice(["a"])), takes=True))({"value": None}) is None


def test_defaults_stand_in_what_is_taken_and_not_in_what_is_given() -> None:
    assert told(fields.Count(load_default=5))["default"] == 5
    assert told(fields.Items(fields.Code(), load_default=list))["default"] == []
    assert "default" not in told(fields.Count(load_default=5), takes=False)
    assert "default" not in told(fields.Count())


def test_what_comes_in_is_closed_and_what_goes_out_may_grow() -> None:
    assert object_schema(schema_of(fields.Id()), takes=True)["additionalProperties"] is False
    assert "additionalProperties" not in object_schema(schema_of(fields.Id()), takes=False)
    assert "additionalProperties" not in object_schema(Reader.from_dict({"value": fields.Id()}), takes=True)
    nested = fields.Nested({"a": fields.Id()})
    assert told(nested)["additionalProperties"] is False
    assert "additionalProperties" not in told(nested, takes=False)


def test_a_field_is_told_under_its_name_on_the_wire() -> None:
    class Warned(Event):
        type = "warned"
        subject_id = fields.Id(required=True, data_key="subject")
        example: dict[str, Any] = {}

    assert object_schema(Warned, takes=False)["required"] == ["subject"]


def test_replies_may_hold_receipts_and_anything_and_requests_may_not() -> None:
    assert told(fields.Anything(), takes=False) == {}
    assert told(fields.Receipt("parcel"), takes=False)["type"] == "string"
    for field in (fields.Anything(), fields.Receipt("parcel")):
        with pytest.raises(Untellable):
            told(field)


@pytest.mark.parametrize(
    "field",
    [
        plain.Float(),
        plain.Decimal(),
        plain.String(),
        fields.Text(validate=validate.Length(max=3)),
        fields.Map(fields.Count(), fields.Count()),
    ],
)
def test_what_has_no_counterpart_is_refused_and_never_left_out(field: Any) -> None:
    with pytest.raises(Untellable):
        told(field)
