"""The registry's events about groups, taken into our copy."""

from typing import Any

from chassis.envelope import Event
from chassis.transaction import Transaction
from loans import foreign
from loans.groups import store
from loans.groups.losses import take_loss, take_return
from loans.groups.model import Loss


def copy_group_registered(tx: Transaction, event: Event) -> None:
    store.save_registered(tx, foreign.GroupRegistered.read(event))


def copy_group_verified(tx: Transaction, event: Event) -> None:
    told = foreign.GroupVerified.read(event)
    store.save_verified(tx, told)
    take_return(tx, told["group"], told["verified_on"])


def copy_group_refused(tx: Transaction, event: Event) -> None:
    store.save_refused(tx, foreign.GroupRefused.read(event))


def copy_group_member_joined(tx: Transaction, event: Event) -> None:
    store.save_members(tx, foreign.GroupMemberJoined.read(event))


def copy_group_member_left(tx: Transaction, event: Event) -> None:
    store.save_members(tx, foreign.GroupMemberLeft.read(event))


def copy_group_not_found(tx: Transaction, event: Event) -> None:
    _lose(tx, foreign.GroupNotFound.read(event), "not_found", "group_not_found")


def copy_group_ceased(tx: Transaction, event: Event) -> None:
    _lose(tx, foreign.GroupCeased.read(event), "ceased", "group_ceased")


def _copy_lost(tx: Transaction, told: dict[str, Any], status: str) -> None:
    store.save_lost(tx, {"reason_code": None, **told}, status)


def _lose(tx: Transaction, told: dict[str, Any], status: str, loss: Loss) -> None:
    _copy_lost(tx, told, status)
    take_loss(tx, told["group"], loss, told["on"])


HANDLERS = {
    "group_registered": copy_group_registered,
    "group_verified": copy_group_verified,
    "group_refused": copy_group_refused,
    "group_member_joined": copy_group_member_joined,
    "group_member_left": copy_group_member_left,
    "group_not_found": copy_group_not_found,
    "group_ceased": copy_group_ceased,
}

# To make the copy again: what holds it, and handlers that write nothing else. What was decided on the groups stands.
TABLES = ("known_group", "known_group_member")
COPYING = HANDLERS | {
    "group_verified": lambda tx, event: store.save_verified(tx, foreign.GroupVerified.read(event)),
    "group_not_found": lambda tx, event: _copy_lost(tx, foreign.GroupNotFound.read(event), "not_found"),
    "group_ceased": lambda tx, event: _copy_lost(tx, foreign.GroupCeased.read(event), "ceased"),
}
