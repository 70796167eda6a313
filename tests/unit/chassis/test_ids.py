"""Identifiers sort by when they were made."""

import subprocess
import sys
import threading
import time
from uuid import RFC_4122, UUID

from chassis import ids
from chassis.ids import uuid7


def test_an_id_is_a_version_7_uuid_that_tells_its_millisecond():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert isinstance(made, UUID)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_of_one_process_are_in_order_and_never_alike_from_many_threads():
    made: list[list[UUID]] = [[] for _ in range(4)]

    def make(into: list[UUID]) -> None:
        into.extend(uuid7() for _ in range(2_000))

    threads = [threading.Thread(target=make, args=(each,)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(each == sorted(each) for each in made)
    assert len(set().union(*made)) == 8_000


def test_a_clock_that_was_set_back_does_not_turn_the_order(monkeypatch):
    first = uuid7()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000)

    assert uuid7() > first


def test_a_full_millisecond_borrows_from_the_next(monkeypatch):
    monkeypatch.setattr(ids, "_last_random", (1 << 74) - 1)
    monkeypatch.setattr(ids, "_last_ms", 9_000_000_000_000)

    made = uuid7()

    assert made.int >> 80 == 9_000_000_000_001
    assert (made.version, made.variant) == (7, RFC_4122)


FORKING = """
import os
from chassis.ids import uuid7
uuid7()
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, uuid7().bytes)
    os._exit(0)
os.wait()
print(os.read(reader, 16) != uuid7().bytes)
"""


def test_a_forked_child_makes_ids_of_its_own():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=30)

    assert done.stdout == "True\n", done.stderr
