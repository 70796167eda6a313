"""Which versions of the figures there are."""

from typing import Any

from chassis.commands import query
from chassis.transaction import Transaction
from reports.figures.definitions import DIGEST
from reports.versions import store
from reports.versions.schemas import VersionsIn, VersionsOut


class VersionsRpc:
    @query(VersionsIn, replies=VersionsOut, needs="ops.read")
    def figures_versions(self, tx: Transaction, limit: int) -> dict[str, Any]:
        """The versions of the figures, the latest first; a live one of other definitions than these wants a rebuild."""
        rows = store.versions(tx, limit)
        for row in rows:
            row["began_at"] = row["began_at"].isoformat()
            row["live_at"] = row["live_at"].isoformat() if row["live_at"] else None
        return {"versions": rows, "definitions": DIGEST.hex()}
