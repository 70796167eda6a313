"""A log gone through from its beginning: every chain worked out again from the stored texts. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from chassis.envelope import CHAIN_START, chained


@dataclass(frozen=True)
class Parting:
    """Where two that should agree do not: `log` at `position`, and what that means."""

    log: str
    position: int
    told: str
    event: Mapping[str, Any] = field(default_factory=dict)  # {id, type, subject, time}, where it can be read

    def as_json(self) -> dict[str, Any]:
        return {"log": self.log, "position": self.position, "told": self.told, "event": dict(self.event)}


@dataclass
class Walk:
    """How far a log was gone through, and what was found on the way."""

    log: str
    position: int = 0
    chain: bytes = CHAIN_START
    partings: list[Parting] = field(default_factory=list)
    chains: dict[int, bytes] = field(default_factory=dict)  # at the positions that others hold, as they go on
    digests: dict[int, str] = field(default_factory=dict)  # of the page gone through last
    _before: Mapping[str, Any] = field(default_factory=dict)

    def take(self, texts: Iterable[str], wanted: set[int]) -> list[dict[str, Any]]:
        """Go through a page; returns its events as far as they can be read."""
        events = []
        self.digests = {}
        for text in texts:
            event = _read(text)
            if event is None:
                self.position += 1
                self.partings.append(Parting(self.log, self.position, "this text is no event any more"))
            else:
                self._step(event)
                events.append(event)
            self.chain = chained(self.chain, text)
            self.digests[self.position] = sha256(text.encode()).hexdigest()
            if self.position in wanted:
                self.chains[self.position] = self.chain
            self._before = _named(event) if event else {}
        return events

    def _step(self, event: Mapping[str, Any]) -> None:
        position, previous = event["position"], bytes.fromhex(event["chain"])
        if position != self.position + 1:
            lost = f"events {self.position + 1} to {position - 1} are missing"
            self.partings.append(Parting(self.log, position, lost, _named(event)))
        elif previous != self.chain:
            # The event after it still names the chain that was there when it was written.
            told = (
                "was rewritten: the next event names another chain"
                if self.position
                else "does not begin a log"
            )
            self.partings.append(
                Parting(self.log, max(self.position, 1), told, self._before or _named(event))
            )
        self.position, self.chain = position, previous

    def ends(self, position: int, chain: str) -> None:
        """Compare with what the log's own head says."""
        if self.position != position:
            told = f"the head says {position}, and the last event there is is {self.position}"
            self.partings.append(Parting(self.log, self.position, told, self._before))
        elif position and self.chain.hex() != chain:
            self.partings.append(
                Parting(self.log, position, "was rewritten: the head names another chain", self._before)
            )

    def holds(self, follower: str, place: Mapping[str, Any], logs: Mapping[str, float]) -> Parting | None:
        """Compare with a follower's place in this log; `logs`: those that it is and continues, each with its end."""
        position = place["position"]
        if position > logs.get(place["log"], -1):
            told = (
                f"{follower} has read up to {position} of a log that ended at {logs[place['log']]}"
                if place["log"] in logs
                else f"{follower} follows another log ({place['log']}) than the one that is here"
            )
        elif position > self.position:
            told = f"{follower} has read up to {position}, and the log ends at {self.position}"
        elif position and self.chains.get(position) != bytes.fromhex(place["chain"]):
            told = (
                f"{follower} holds another chain there: events up to it were rewritten after they were read"
            )
        else:
            return None
        return Parting(self.log, position, told)


def _read(text: str) -> dict[str, Any] | None:
    try:
        event = json.loads(text)
        bytes.fromhex(event["chain"])
        return event if isinstance(event["position"], int) else None
    except (ValueError, KeyError, TypeError):
        return None


def _named(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event.get(name) for name in ("id", "type", "subject", "time")}
