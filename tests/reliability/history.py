"""What callers asked for and what they were told: one record for each command, whatever became of it."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["committed", "refused", "unknown"]


@dataclass
class Attempt:
    """One command. `unknown` until a caller was told how it ended; a caller's time-out leaves it so."""

    command: str
    service: str
    method: str
    sent_at: float = 0.0  # the last try
    outcome: Outcome = "unknown"
    code: str = ""  # of the refusal, or of the last failure
    reply: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0
    answered_at: float = 0.0


class History:
    """Every attempt of a run; threads may add to it."""

    def __init__(self) -> None:
        self._attempts: dict[str, Attempt] = {}
        self._changed = threading.Condition()
        self._newest: dict[str, float] = {}  # by service: when the newest committed command was sent

    def begin(self, command: str, service: str, method: str) -> Attempt:
        """Note an attempt before its first request goes out."""
        attempt = Attempt(command, service, method)
        with self._changed:
            self._attempts[command] = attempt
        return attempt

    def tries(self, attempt: Attempt) -> None:
        """Another request of it goes out now."""
        attempt.tries, attempt.sent_at = attempt.tries + 1, time.monotonic()

    def committed(self, attempt: Attempt, reply: Mapping[str, Any]) -> None:
        self._end(attempt, "committed", "", reply)

    def refused(self, attempt: Attempt, code: str) -> None:
        """Told that nothing was done; only believed of a command none of whose tries ended in the dark."""
        self._end(attempt, "refused" if attempt.tries == 1 else "unknown", code, {})

    def failed(self, attempt: Attempt, code: str) -> None:
        """A try without an answer: it may have taken effect, now or later."""
        attempt.code = code

    def until_committed(self, service: str, since: float, within: float) -> bool:
        """Wait for a command of `service` that was sent after `since` and committed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._newest.get(service, 0.0) > since, within)

    def __iter__(self) -> Iterator[Attempt]:
        with self._changed:
            return iter(list(self._attempts.values()))

    def counts(self) -> Counter[str]:
        return Counter(attempt.outcome for attempt in self)

    def _end(self, attempt: Attempt, outcome: Outcome, code: str, reply: Mapping[str, Any]) -> None:
        with self._changed:
            attempt.outcome, attempt.code, attempt.reply = outcome, code, reply
            attempt.answered_at = time.monotonic()
            if outcome == "committed":
                newest = self._newest.get(attempt.service, 0.0)
                self._newest[attempt.service] = max(newest, attempt.sent_at)
                self._changed.notify_all()
