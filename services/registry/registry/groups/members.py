"""Persons who become members: put on record once, found again by their national id."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from chassis.errors import Refused
from chassis.transaction import Transaction
from registry.groups import store
from registry.people.sealed import sealed

PERSONAL = ("national_id", "name", "born_on", "phone")


def keep_members(
    tx: Transaction, country: str, members: list[dict[str, Any]], national_ids: list[str]
) -> list[UUID]:
    """Put the persons on record, or find those who are there; their ids in the order of the list."""
    indexes = [tx.blind(f"national_id:{country}", number) for number in national_ids]
    known = store.members_by_national_id(tx, indexes)
    refuse_taken(indexes, {index for index in indexes if index not in known or not known[index]["taken"]})
    ids: list[UUID] = []
    new: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    for index, member in zip(indexes, members, strict=True):
        person = known[index]["member"] if index in known else tx.new_person()
        ids.append(person)
        (back if index in known else new).append(
            {
                "member": person,
                "country": country,
                "national_id_index": index,
                "sex": member["sex"],
                **sealed(tx, person, **{field: member[field] for field in PERSONAL}),
            }
        )
    kept = store.add_members(tx, new)
    store.renew_members(tx, back)
    # Who is in neither was put on record by another registration in this very moment.
    refuse_taken(ids, kept | {member["member"] for member in back})
    return ids


def refuse_taken(people: Sequence[Any], free: AbstractSet[Any]) -> None:
    """Refuse when some of the people belong to another group; says who of the list, never which group."""
    taken = [place for place, person in enumerate(people, start=1) if person not in free]
    if taken:
        raise Refused(
            "member_in_another_group",
            "A person may be a member of one group only, and these are members of one already.",
            {f"members.{place}": "member of another group" for place in taken[:20]},
        )
