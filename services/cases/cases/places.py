"""Where a record belongs: never below the ward, because a finer place tells who somebody is."""

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import NotFound
from chassis.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Located:
    """The area that counts, and the finer place that is sealed with the person, where one was given."""

    country: str
    area: UUID
    place: UUID | None


def located(tx: Transaction, area: UUID) -> Located:
    """Find the area that a record belongs to; raises `NotFound` where it is unknown or not the caller's."""
    found = tx.area(area)
    if found is None:
        raise NotFound("not_found", "There is no such area within yours.")
    country = found["country"]
    too_fine = tx.rules("people", tx.today(country), country)["places_too_fine"]
    counted = found
    for above in reversed(found["path"][:-1]):
        if counted["level"] not in too_fine:
            break
        counted = tx.area(above) or counted
    tx.require_area(counted["area"])
    return Located(country, counted["area"], None if counted["area"] == found["area"] else found["area"])
