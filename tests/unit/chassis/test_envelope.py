"""An event's text is hashed as it stands, and read back as it was written."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.envelope import CHAIN_START, Undecodable, chained, compose, parse, place
from parcels.events import ParcelPosted


def written(subject: str = "s", position: int = 1, previous: bytes = CHAIN_START, data=None) -> str:
    envelope = compose(
        id=str(uuid4()),
        source="loans",
        schema=ParcelPosted,
        subject=subject,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        data=data or {"weight": 1},
        version=3,
        actor="asha",
        correlation=None,
        causation=None,
        traceparent=None,
    )
    return place(envelope, uuid4(), position, previous)


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 2**53), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read_back(subject, position, previous):
    text = written(subject, position, previous, {"text": subject})
    event = parse(text)
    assert (event.subject, event.position, event.previous) == (subject, position, previous)
    assert event.raw == text
    assert event.data == {"text": subject}
    assert event.chain == sha256(previous + text.encode()).digest() == chained(previous, text)
    assert parse(text.encode()) == event


def test_the_chain_begins_with_the_hash_of_nothing():
    assert sha256(b"").digest() == CHAIN_START


@pytest.mark.parametrize("change", ["position", "chain", "data", "id", "time", "log"])
def test_what_lacks_a_part_is_not_an_event(change):
    import json

    body = json.loads(written())
    del body[change]
    with pytest.raises(Undecodable):
        parse(json.dumps(body))


@pytest.mark.parametrize("text", [b"", b"\xff", b"[]", b"null", b'"text"', b"{}", b"[" * 100_000])
def test_noise_is_not_an_event(text):
    with pytest.raises(Undecodable):
        parse(text)
