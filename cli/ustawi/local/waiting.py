"""Waiting for a condition, always with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

from ustawi.local.errors import LocalError

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float, what: str, every: float = 0.05) -> T:
    """Call `condition` until it answers something true, and return that; raises LocalError after `seconds`.

    `what` finishes the sentence "... within 30 s", so it names the state that did not come.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise LocalError(f"{what} within {seconds:.0f} s")
        time.sleep(every)
    return answer
