"""Opening one fact."""

from typing import Any

from chassis.commands import query
from chassis.errors import NotFound
from chassis.transaction import Transaction
from reports.facts import store
from reports.facts.schemas import DigestsIn, DigestsOut, FactIn, FactOut


class FactsRpc:
    @query(FactIn, replies=FactOut, needs="evidence.read")
    def fact(self, tx: Transaction, event: Any) -> dict[str, Any]:
        """One event as it was published, by its id; outside the caller's areas there is none."""
        found = store.fact(tx, event)
        # What names no place is for those alone whose area is everything.
        if found is None or (found["area"] is None and "*" not in tx.actor.areas):
            raise NotFound("not_found", "There is no such record within your area.")
        if found["area"] is not None:
            tx.require_area(found["area"])
        return found

    @query(DigestsIn, replies=DigestsOut, needs="ops.read")
    def fact_digests(self, tx: Transaction, source: str, after: int, limit: int) -> dict[str, Any]:
        """SHA-256 of each event text kept of a source's log, to be compared with what the source holds."""
        return {"digests": store.digests(tx, source, after, limit)}
