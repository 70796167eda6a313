"""What counts as JSON here."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.strict_json import Unreadable, loads

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


def test_a_character_written_as_a_pair_is_one_character():
    assert loads(rb'"\ud83c\udf31"') == "\U0001f331"


@given(VALUES)
def test_whatever_json_writes_is_read_as_it_was(value):
    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "b": 1}}', "twice"),
        (b"[NaN]", "NaN"),
        (b"-Infinity", "NaN"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "deeply"),
        (b"", "parse"),
        (b"{'a': 1}", "parse"),
        (b"1" * 10_000, "parse"),
        (b'{"\\ud800": 1}', "half a character"),
        (b'["\\uDFFF"]', "half a character"),
    ],
)
def test_anything_else_is_told_without_quoting_it(text, why):
    with pytest.raises(Unreadable, match=why):
        loads(text)
