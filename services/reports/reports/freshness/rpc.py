"""How far each source is taken in, for anybody to see."""

from typing import Any

from chassis.commands import query
from chassis.transaction import Transaction
from reports.facts import store as facts
from reports.figures.definitions import DIGEST
from reports.freshness.schemas import FreshnessIn, FreshnessOut
from reports.indicators.store import areas_without_place
from reports.versions import store as versions


class FreshnessRpc:
    @query(FreshnessIn, replies=FreshnessOut, needs=None)
    def freshness(self, tx: Transaction) -> dict[str, Any]:
        """Position, last event and age of each source; the version of the figures; what has no place yet."""
        version = versions.live(tx)
        return {
            "sources": [
                {
                    **row,
                    "time": row["event_time"],
                    "taken_in_at": row["moved_at"],
                    "age_seconds": max(0, int((tx.now - row["event_time"]).total_seconds()))
                    if row["event_time"]
                    else None,
                }
                for row in facts.positions(tx)
            ],
            "figures_version": version["version"],
            "figures_current": version["definitions"] in (None, DIGEST),
            "areas_unknown": areas_without_place(tx, version["slot"]),
        }
