"""Whose turn it is when more is asked than can be done: callers take turns, and nobody waits in vain.

Requests that find no free worker wait here, a line for each caller, and the lines are served in rotation, so that
one who asks a hundred things at once delays another by one. Who would have to wait too long is told so at once:
a caller who knows can wait and repeat, and a service that refuses early has its workers for what is still wanted.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

MOST_WAITING = 200  # requests, of all callers together
MOST_BYTES = 16 * 1024 * 1024  # of their bodies
PATIENCE = 2.0  # seconds of waiting that are still worth it
BUSY = 0.25  # seconds of waiting from which on no caller may have more than a share of the places
SHARE = MOST_WAITING // 4
KEPT = (
    MOST_WAITING // 4
)  # places for callers who have none: no crowd may take all, however quickly it is served
_WEIGHT = 0.05  # of the newest duration in the running mean


@dataclass(frozen=True)
class Request:
    """What waits: `start` gives it to a worker."""

    caller: str
    start: Callable[[], None]
    size: int = 0  # bytes of its body
    age: float = 0.0  # seconds since it was sent, as far as it tells
    left: float | None = None  # seconds until its caller has gone


class Turns:
    """The workers of a process, and who waits for them."""

    def __init__(self, workers: int, now: Callable[[], float] = monotonic) -> None:
        self._workers = workers
        self._now = now
        self._lines: dict[str, deque[Request]] = {}  # in the order of their turns
        self._mean = 0.0  # seconds that a worker takes for one
        self._bytes = 0
        self.waiting = 0
        self.at_work = 0

    def admit(self, request: Request) -> str | None:
        """Start it or let it wait; else the reason why not, `overloaded` or `too_many`."""
        if self.at_work < self._workers:
            self.begin(request)
            return None
        own = len(self._lines.get(request.caller, ()))
        lines = len(self._lines) + (own == 0)
        before = min(self.waiting + 1, (own + 1) * lines)  # as many have their turn until this one has had it
        wait = self._mean * before / self._workers
        late = (
            max(wait, request.age) if own else wait
        )  # a first one may have stood behind the crowd of another
        if (
            self.waiting >= (MOST_WAITING - KEPT if own else MOST_WAITING)
            or self._bytes + request.size > MOST_BYTES
            or late > PATIENCE
            or (request.left is not None and wait > request.left)
        ):
            return "overloaded"
        if late > BUSY and own >= SHARE:
            return "too_many"
        self._lines.setdefault(request.caller, deque()).append(request)
        self.waiting += 1
        self._bytes += request.size
        return None

    def begin(self, request: Request) -> None:
        """Start it whoever waits."""
        self.at_work += 1
        request.start()

    def done(self, seconds: float) -> None:
        """A worker has finished, after so long: the next one's turn."""
        self.at_work -= 1
        self._mean += (seconds - self._mean) * (_WEIGHT if self._mean else 1.0)
        if self._lines and self.at_work < self._workers:
            self.begin(self._next())

    def _next(self) -> Request:
        caller, line = next(iter(self._lines.items()))
        del self._lines[caller]
        request = line.popleft()
        if line:
            self._lines[caller] = line  # behind all others
        self.waiting -= 1
        self._bytes -= request.size
        return request
