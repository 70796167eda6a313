"""Turns: callers are served in rotation, and who would wait in vain is told at once."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.turns import MOST_BYTES, MOST_WAITING, SHARE, Request, Turns


class Office:
    """Some workers, and the order in which requests came to them."""

    def __init__(self, workers: int, seconds: float = 0.01) -> None:
        self.turns, self.seconds = Turns(workers), seconds
        self.served: list[str] = []

    def ask(self, caller: str, **how) -> str | None:
        return self.turns.admit(Request(caller, lambda: self.served.append(caller), **how))

    def finish(self, times: int = 1) -> None:
        for _ in range(times):
            self.turns.done(self.seconds)


def slow(workers: int, seconds: float) -> Office:
    """An office that has learnt how long a request takes, with all workers busy."""
    office = Office(workers, seconds)
    for _ in range(workers):
        office.ask("first")
    office.ask("first")
    office.finish()
    return office


def test_a_free_worker_takes_whatever_comes():
    office = Office(2)
    assert [office.ask("a", age=60, left=-1) for _ in range(2)] == [None, None]
    assert office.served == ["a", "a"]


def test_callers_take_turns_however_many_requests_one_of_them_has():
    office = Office(1)
    for caller in ("noisy",) * 6 + ("b", "c", "c"):
        office.ask(caller)
    office.finish(9)
    assert office.served == ["noisy", "noisy", "b", "c", "noisy", "c", "noisy", "noisy", "noisy"]
    assert (office.turns.waiting, office.turns.at_work) == (0, 0)


def test_who_would_wait_longer_than_is_worth_it_is_told_at_once():
    office = slow(2, seconds=1.0)
    assert office.ask("a") is None  # a second or so
    assert [office.ask("a") for _ in range(4)][-1] == "overloaded"
    assert office.turns.waiting == 4


def test_who_will_have_gone_when_the_turn_comes_is_told_at_once():
    office = slow(1, seconds=0.5)
    assert office.ask("a", left=0.2) == "overloaded"
    assert office.ask("a", left=5) is None


def test_what_has_waited_at_the_broker_for_too_long_is_refused_so_that_the_rest_is_fresh():
    office = slow(1, seconds=0.001)
    assert office.ask("a", age=2.5) is None  # its first: it may have stood behind the crowd of another
    assert office.ask("a", age=2.5) == "overloaded"
    assert office.ask("a", age=0.1) is None


def test_the_crowd_of_one_is_no_reason_to_refuse_another():
    office = slow(1, seconds=0.1)
    assert [office.ask("noisy") for _ in range(40)][-1] == "overloaded"
    assert office.ask("quiet", left=0.5) is None
    office.finish(3)
    assert "quiet" in office.served


def test_one_caller_does_not_take_all_places_once_there_is_a_queue():
    office = slow(1, seconds=0.001)
    answers = Counter(office.ask("noisy", age=0.5) for _ in range(SHARE * 3))
    assert answers == {None: SHARE, "too_many": SHARE * 2}
    assert office.ask("quiet", age=0.5) is None
    office.finish(2)
    assert office.served[-1] == "quiet"


@pytest.mark.parametrize("crowd", ["a", "abcd"])
def test_a_crowd_that_is_served_quickly_leaves_places_for_others_too(crowd):
    office = slow(1, seconds=0.0001)
    for _ in range(2 * MOST_WAITING):
        for caller in crowd:
            office.ask(caller)
    assert office.ask("quiet") is None
    office.finish(len(crowd) + 2)
    assert "quiet" in office.served


def test_the_places_and_their_bytes_are_bounded():
    office = Office(1)
    office.ask("a")
    assert office.ask("a", size=MOST_BYTES) is None
    assert office.ask("b", size=1) == "overloaded"
    office.finish()
    answers = Counter(office.ask(f"caller {n}") for n in range(2 * MOST_WAITING))
    assert answers[None] == MOST_WAITING


@given(st.lists(st.sampled_from(["a", "b", "c", ""])), st.integers(1, 4))
def test_whatever_comes_each_is_served_once_and_no_worker_idles_while_one_waits(comes, workers):
    office = Office(workers)
    admitted = Counter()
    for caller in comes:  # an empty name: a worker finishes
        if caller:
            admitted[caller] += office.ask(caller) is None
        elif office.turns.at_work:
            office.finish()
        assert office.turns.at_work == workers or not office.turns.waiting
    office.finish(office.turns.at_work + office.turns.waiting)
    assert Counter(office.served) == +admitted
    assert (office.turns.at_work, office.turns.waiting) == (0, 0)
