"""What concerns a whole country may be done only by those whose area is the whole country."""

from chassis.errors import Forbidden, NotFound
from chassis.transaction import Transaction

from . import store


def require_whole_country(tx: Transaction, country: str) -> None:
    """Refuse callers whose areas do not cover the country, which may not have a root area yet."""
    if "*" in tx.actor.areas:
        return
    root = store.root_area(tx, country)
    if root is None or str(root) not in tx.actor.areas:
        raise Forbidden("whole_country", "This concerns the whole country; it is not within your area.")


def unknown_country() -> NotFound:
    return NotFound("country_unknown", "No such country is defined; define it first.")
