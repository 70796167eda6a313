"""Who may know of a record: the conditions that every read and every change of one goes through.

A list, a count and a look at one record use the same condition, so that they can never tell different things.
"""

from typing import Any

from chassis import scope
from chassis.transaction import Transaction

# A restricted case is for its worker and for those with `cases.restricted`, inside the area as well.
CASE = f"({scope.visible('c.area')} AND (NOT c.restricted OR %(sees_restricted)s OR c.worker = %(me)s))"

# Whoever is complained about never learns of it here.
COMPLAINT = f"({scope.visible('c.area')} AND c.about_officer IS DISTINCT FROM %(my_hash)s)"


def of_case(tx: Transaction) -> dict[str, Any]:
    """The parameters of `CASE`."""
    return {
        "areas": list(tx.actor.areas),
        "sees_restricted": tx.runtime.roles.allow(tx.actor, "cases.restricted"),
        "me": tx.actor.subject,
    }


def of_complaint(tx: Transaction) -> dict[str, Any]:
    """The parameters of `COMPLAINT`."""
    return {"areas": list(tx.actor.areas), "my_hash": officer_hash(tx, tx.actor.subject)}


def officer_hash(tx: Transaction, subject: str) -> bytes:
    """An officer's subject as it stands in a complaint about them."""
    return tx.blind("officer", subject.strip().casefold())
