"""A key is replaced in steps, and no step loses one that is still needed."""

import pytest

from chassis.settings import Settings
from ustawi.init.rotation import newest_alone, versions, with_next
from ustawi.local.errors import LocalError

FIRST = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def test_the_new_key_stands_beside_the_old_one_and_wraps() -> None:
    both = versions(with_next(FIRST + "\n"))
    assert both[1] == FIRST
    assert sorted(both) == [1, 2]
    read = Settings.load("cases", {"KEK": with_next(FIRST)}, needs=frozenset({"KEK"})).kek
    assert sorted(read) == [1, 2]


def test_what_remains_keeps_its_version() -> None:
    both = with_next(FIRST)
    alone = newest_alone(both)
    assert versions(alone) == {2: versions(both)[2]}
    assert sorted(versions(with_next(alone))) == [2, 3]


def test_a_second_replacement_waits_for_the_end_of_the_first() -> None:
    with pytest.raises(LocalError, match="--drop-old"):
        with_next(with_next(FIRST))
