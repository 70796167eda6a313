"""Fields take exactly what they say and nothing that merely looks like it."""

import math
import unicodedata
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from chassis.schemas import MAX_MONEY, Schema, fields


class Everything(Schema):
    id = fields.Id()
    count = fields.Count(min=1, max=10)
    money = fields.Money()
    day = fields.Day()
    at = fields.Moment()
    text = fields.Text(max=20)
    story = fields.Text(max=100, lines=True)
    code = fields.Code()
    kind = fields.Choice(["women", "youth"])
    flag = fields.Flag()
    items = fields.Items(fields.Count(), min=1, max=3)
    pots = fields.Map(fields.Choice(["women", "youth"]), fields.Money(), max=2)


SCHEMA = Everything()


def read(**body):
    return SCHEMA.read(body)


def test_what_is_left_out_is_none():
    assert set(read().values()) == {None}


@pytest.mark.parametrize(
    ("field", "given", "typed"),
    [
        ("id", "018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f", UUID("018f4c3e-7b1a-7c52-9f3e-2b1d5a6c7e8f")),
        ("money", MAX_MONEY, MAX_MONEY),
        ("day", "2024-02-29", date(2024, 2, 29)),
        ("at", "2026-02-03T08:15:00+03:00", datetime(2026, 2, 3, 5, 15, tzinfo=UTC)),
        ("text", "  cafe\u0301 ", "café"),
        ("story", "line\nline", "line\nline"),
        ("story", "line\r\nline\rline", "line\nline\nline"),
        ("code", "1897/QD-UBND", "1897/QD-UBND"),
        ("flag", False, False),
        ("items", [1, 2], [1, 2]),
        ("pots", {"women": 5}, {"women": 5}),
    ],
)
def test_what_is_right_is_typed(field, given, typed):
    assert read(**{field: given})[field] == typed


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("id", "nonsense"),
        ("id", 7),
        ("count", 11),
        ("count", 5.0),
        ("money", 0),
        ("money", -1),
        ("money", 1.5),
        ("money", "500000"),
        ("money", True),
        ("money", MAX_MONEY + 1),
        ("money", math.nan),
        ("day", "2023-02-29"),
        ("day", "20240229"),
        ("day", "2024-02-29T00:00"),
        ("day", "0001-01-01"),
        ("at", "2026-02-03T08:15:00"),
        ("at", "yesterday"),
        ("text", ""),
        ("text", "   "),
        ("text", "a\nb"),
        ("text", "a\x00b"),
        ("text", "a\u202eb"),
        ("text", "\ud800"),
        ("text", "x" * 21),
        ("text", 5),
        ("code", "x; DROP TABLE loan"),
        ("code", "=1+1"),
        ("kind", "men"),
        ("flag", "true"),
        ("flag", 1),
        ("items", []),
        ("items", [1, 2, 3, 4]),
        ("items", {"a": 1}),
        ("items", "abc"),
        ("pots", {"pwd": 1}),
        ("pots", {"women": 1.0}),
        ("unknown", 1),
    ],
)
def test_what_is_not_is_refused_by_name(field, given):
    with pytest.raises(ValidationError) as refusal:
        read(**{field: given})
    assert list(refusal.value.messages) == [field]


@given(st.text(max_size=60))
def test_a_text_comes_out_composed_bounded_and_without_controls(text):
    try:
        kept = read(text=text)["text"]
    except ValidationError:
        return
    assert kept == unicodedata.normalize("NFC", kept)
    assert 1 <= len(kept) <= 20
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in kept)


@given(st.one_of(st.floats(), st.booleans(), st.text(), st.none().map(lambda _: []), st.decimals()))
def test_no_amount_is_anything_but_a_whole_number(value):
    with pytest.raises(ValidationError):
        read(money=value)
