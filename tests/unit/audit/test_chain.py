"""A log gone through: any change of any text, any loss and any swap shows, and where."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.envelope import CHAIN_START, chained, place
from ustawi.audit.chain import Walk

LOG = UUID("0192f1a0-0000-7000-8000-000000000001")


def log_of(count: int) -> tuple[list[str], str]:
    """A true log of so many events, and the chain at its head."""
    chain, texts = CHAIN_START, []
    for position in range(1, count + 1):
        envelope = json.dumps(
            {
                "id": f"e{position}",
                "type": "paid",
                "subject": "s",
                "time": "2026-01-01",
                "data": {"n": position},
            }
        )
        texts.append(place(envelope, LOG, position, chain))
        chain = chained(chain, texts[-1])
    return texts, chain.hex()


def walked(texts: list[str], head: tuple[int, str], wanted: set[int] | None = None, page: int = 3) -> Walk:
    walk = Walk("loans")
    for start in range(0, len(texts), page):
        walk.take(texts[start : start + page], wanted or set())
    walk.ends(*head)
    return walk


@given(count=st.integers(0, 12), page=st.integers(1, 5))
def test_a_true_log_has_no_parting(count: int, page: int) -> None:
    texts, chain = log_of(count)
    walk = walked(texts, (count, chain), page=page)
    assert walk.partings == []
    assert walk.position == count


@given(count=st.integers(1, 12), data=st.data())
def test_one_text_changed_is_found_there_and_nowhere_else(count: int, data: st.DataObject) -> None:
    texts, chain = log_of(count)
    at = data.draw(st.integers(1, count))
    texts[at - 1] = texts[at - 1].replace('"type": "paid"', '"type": "void"')
    assert [parting.position for parting in walked(texts, (count, chain)).partings] == [at]


@given(count=st.integers(2, 12), data=st.data())
def test_a_missing_event_is_found(count: int, data: st.DataObject) -> None:
    texts, chain = log_of(count)
    del texts[data.draw(st.integers(0, count - 1))]
    assert walked(texts, (count, chain)).partings


def test_a_text_that_is_no_event_is_found() -> None:
    texts, chain = log_of(5)
    texts[2] = "{]"
    assert next(parting.position for parting in walked(texts, (5, chain)).partings) == 3


@pytest.mark.parametrize(
    ("place_", "told"),
    [
        ({"log": str(LOG), "position": 3}, None),
        ({"log": str(LOG), "position": 0, "chain": CHAIN_START.hex()}, None),
        ({"log": str(LOG), "position": 9, "chain": "00" * 32}, "has read up to 9"),
        ({"log": str(LOG), "position": 3, "chain": "00" * 32}, "holds another chain"),
        ({"log": "another", "position": 3}, "follows another log"),
        ({"log": "before", "position": 3}, None),  # a restore renewed the log, and nothing came since
        ({"log": "before", "position": 5}, "of a log that ended at 4"),
    ],
)
def test_a_follower_agrees_or_the_difference_is_told(place_: dict, told: str | None) -> None:
    texts, chain = log_of(5)
    walk = walked(texts, (5, chain), {3})
    place_.setdefault("chain", walk.chains[3].hex())
    parting = walk.holds("reports", place_, {"before": 4, str(LOG): float("inf")})
    assert (parting is None) if told is None else (parting is not None and told in parting.told)
