"""Whether lending is open in a council on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A suspension or resumption for an area and all below it, in force from `on`."""

    area: UUID
    national: bool
    on: date
    lending: str
    instrument: str


@dataclass(frozen=True, slots=True)
class Lending:
    """Whether lending is `open` or `suspended`, and by which instrument."""

    lending: str
    instrument: str


def lending(rule: Mapping[str, Any], in_force_from: date, changes: Iterable[Change]) -> Lending:
    """What holds in a council, by the rule in force on a day and the changes for its areas up to that day.

    The country's word is the latest of the rule and the changes for the whole country. Whoever suspended an area
    opens it again: a national resumption does not lift what a council has suspended for itself.
    """
    latest: dict[UUID, Change] = {}
    for change in sorted(changes, key=lambda change: change.on):
        latest[change.area] = change
    national = Lending(rule["lending"], rule["instrument"])
    for change in latest.values():
        if change.national and change.on >= in_force_from:
            national = Lending(change.lending, change.instrument)
    if national.lending == "suspended":
        return national
    for change in latest.values():
        if not change.national and change.lending == "suspended":
            return Lending(change.lending, change.instrument)
    return national
