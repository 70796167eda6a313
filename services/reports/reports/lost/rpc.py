"""Telling which facts were lost."""

from typing import Any

from chassis.commands import query
from chassis.transaction import Transaction
from reports.lost import store
from reports.lost.schemas import LostFactsIn, LostFactsOut


class LostRpc:
    @query(LostFactsIn, replies=LostFactsOut, needs="ops.read")
    def lost_facts(self, tx: Transaction, source: str | None, after: int, limit: int) -> dict[str, Any]:
        """Facts that a restored source no longer has, to be entered again; a page at a time, oldest first."""
        return {"facts": store.lost(tx, source, after, limit), "total": store.count(tx)}
