"""The registry's events about groups, taken into our copy."""

from chassis.envelope import Event
from chassis.transaction import Transaction
from loans import foreign
from loans.groups import store


def copy_group_registered(tx: Transaction, event: Event) -> None:
    store.save_registered(tx, foreign.GroupRegistered.read(event))


def copy_group_verified(tx: Transaction, event: Event) -> None:
    store.save_verified(tx, foreign.GroupVerified.read(event))


def copy_group_refused(tx: Transaction, event: Event) -> None:
    store.save_refused(tx, foreign.GroupRefused.read(event))


HANDLERS = {
    "group_registered": copy_group_registered,
    "group_verified": copy_group_verified,
    "group_refused": copy_group_refused,
}
