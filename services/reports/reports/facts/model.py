"""Where and when an event says it happened: only to find it again, so nothing here may fail."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

# The smallest place first; the first date that is one: the books of a quarter are about the day on which it ends.
_PLACES = ("ward", "area", "council")
_DAYS = (
    "ends",
    "on",
    "registered_on",
    "verified_on",
    "submitted_on",
    "received_on",
    "effective_on",
    "issued_on",
    "due_at",
)


def place_of(data: Mapping[str, Any]) -> UUID | None:
    for name in _PLACES:
        value = data.get(name)
        if isinstance(value, str):
            try:
                return UUID(value)
            except ValueError:
                continue
    return None


def day_of(data: Mapping[str, Any]) -> date | None:
    for name in _DAYS:
        value = data.get(name)
        if isinstance(value, str):
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                continue
    return None
