"""Judges a run: what was attempted and told, against what stands in the databases once all has come to rest.

The rules, as Jepsen states them: nothing committed is lost, nothing appears that nobody attempted, everything takes
effect once and in order. A caller who got no answer knows nothing, so either outcome is right for that command.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chassis.envelope import CHAIN_START, chained
from reliability.history import Attempt

Kind = Literal["lost", "twice", "unexpected", "order", "copies", "standing"]


@dataclass(frozen=True)
class Violation:
    """One promise that was broken, and by which ids it can be looked up."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@dataclass(frozen=True)
class Effect:
    """A command that took effect: its audit record."""

    command: str
    method: str
    reply: Mapping[str, Any]


@dataclass(frozen=True)
class Logged:
    """An event as it stands in its service's log."""

    position: int
    event: str
    body: str
    chain: bytes

    @property
    def told(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass(frozen=True)
class Made:
    """The rows that commands of one method made: their ids, and the field of the reply that told each."""

    field: str
    ids: Sequence[str]


@dataclass
class Remains:
    """What stands in the databases of the services at the end of a run."""

    effects: Mapping[str, Sequence[Effect]] = field(default_factory=dict)  # by service
    logs: Mapping[str, Sequence[Logged]] = field(default_factory=dict)  # by service, in order
    rows: Mapping[tuple[str, str], Sequence[str]] = field(
        default_factory=dict
    )  # (service, method) -> ids made
    taken: Mapping[tuple[str, str], Sequence[tuple[int, str]]] = field(default_factory=dict)
    # (follower, source) -> what the follower holds of each event, where it keeps something of every one
    troubles: Sequence[str] = ()  # what does not agree with itself, as the databases tell


def judge(attempts: Iterable[Attempt], remains: Remains) -> list[Violation]:
    """Everything that went against the promises, in no more words than it takes to find it."""
    attempts = list(attempts)
    return [
        *_commands(attempts, remains),
        *_events_of_commands(remains),
        *_rows(remains),
        *_logs(remains),
        *_followers(remains),
        *(Violation("standing", trouble) for trouble in remains.troubles),
    ]


def _commands(attempts: Sequence[Attempt], remains: Remains) -> Iterator[Violation]:
    effects = {
        (service, effect.command): effect for service, all_ in remains.effects.items() for effect in all_
    }
    attempted = {(attempt.service, attempt.command) for attempt in attempts}
    for attempt in attempts:
        effect = effects.get((attempt.service, attempt.command))
        named = f"{attempt.service}.{attempt.method} {attempt.command}"
        if attempt.outcome == "committed" and effect is None:
            yield Violation("lost", f"{named} was answered and left nothing")
        elif attempt.outcome == "committed" and effect and attempt.reply["events"] != effect.reply["events"]:
            yield Violation("lost", f"{named} was told of other events than are on record")
        elif attempt.outcome == "refused" and effect is not None:
            yield Violation("unexpected", f"{named} was refused ({attempt.code}) and took effect")
    for (service, command), effect in effects.items():
        if (service, command) not in attempted:
            yield Violation("unexpected", f"{service}.{effect.method} {command} was asked by nobody")


def _events_of_commands(remains: Remains) -> Iterator[Violation]:
    """Each command has exactly the events in the log that its reply told of, and each event a cause."""
    events = {logged.event for log in remains.logs.values() for logged in log}
    for service, log in remains.logs.items():
        promised = {
            effect.command: set(effect.reply["events"]) for effect in remains.effects.get(service, ())
        }
        own = {logged.event for logged in log}
        for command, ids in promised.items():
            for missing in ids - own:
                yield Violation("lost", f"event {missing} of {service} command {command} is in no log")
        for logged in log:
            told = logged.told
            cause = told.get("causationid")
            if cause in promised:
                if logged.event not in promised[cause]:
                    yield Violation(
                        "twice", f"event {logged.event} beside those of command {cause} in {service}"
                    )
            elif cause not in events and told.get("actor") != f"service:{service}":
                yield Violation(
                    "unexpected", f"event {logged.event} in {service} ({told['type']}) comes from no command"
                )


def _rows(remains: Remains) -> Iterator[Violation]:
    """Each command made its row, and each row was made by one command."""
    for (service, method), made in remains.rows.items():
        wanted = Counter(
            str(effect.reply[made.field]) for effect in remains.effects[service] if effect.method == method
        )
        there = Counter(made.ids)
        for missing in wanted - there:
            yield Violation("lost", f"{service}.{method} {missing} is on record and has no row")
        for more in there - wanted:
            kind: Kind = "twice" if more in wanted else "unexpected"
            yield Violation(kind, f"{service}.{method} has a row {more} that no command made")


def _logs(remains: Remains) -> Iterator[Violation]:
    """Positions are dense, the chain is whole, no event stands twice, no version of an aggregate goes back."""
    for service, log in remains.logs.items():
        if [logged.position for logged in log] != list(range(1, len(log) + 1)):
            yield Violation("order", f"the positions of {service} have a hole")
        for event, times in Counter(logged.event for logged in log).items():
            if times > 1:
                yield Violation("twice", f"event {event} stands {times} times in the log of {service}")
        before, newest = CHAIN_START, dict[str, int]()
        for logged in log:
            before = chained(before, logged.body)
            if before != logged.chain:
                yield Violation("order", f"the chain of {service} breaks at {logged.position}")
                break
        for logged in log:
            told = logged.told
            version = told.get("aggregateversion")
            if version is not None:
                if version < newest.get(told["subject"], 0):
                    yield Violation(
                        "order",
                        f"{told['subject']} in {service} goes back to version {version} at {logged.position}",
                    )
                newest[told["subject"]] = version


def _followers(remains: Remains) -> Iterator[Violation]:
    """What a follower holds of a log is the log: each event once, and nothing else."""
    for (follower, source), held in remains.taken.items():
        log = {logged.event: logged.position for logged in remains.logs[source]}
        times = Counter(event for _, event in held)
        for event in log.keys() - times.keys():
            yield Violation("lost", f"event {event} of {source} at {log[event]} never reached {follower}")
        for event, count in times.items():
            if count > 1:
                yield Violation("twice", f"event {event} of {source} took effect {count} times in {follower}")
            if event not in log:
                yield Violation(
                    "unexpected", f"{follower} holds event {event}, which is not in {source}'s log"
                )
        at = defaultdict(set)
        for position, event in held:
            at[position].add(event)
        if any(log.get(event, position) != position for position, event in held):
            yield Violation("order", f"{follower} holds events of {source} at other positions than the log")
