"""Opening a figure."""

from typing import Any

from chassis.commands import query
from chassis.transaction import Transaction
from reports.evidence.looking import behind
from reports.evidence.schemas import EvidenceIn, EvidenceOut
from reports.indicators.asking import ask
from reports.indicators.reading import data_as_of


class EvidenceRpc:
    @query(EvidenceIn, replies=EvidenceOut, needs="evidence.read")
    def evidence(
        self, tx: Transaction, cell: dict[str, str] | None, after: Any, limit: int, **asked: Any
    ) -> dict[str, Any]:
        """The events behind a figure, by id, a page at a time."""
        question = ask(tx, **asked)
        tx.require_area(question.area)
        found = behind(tx, question, cell or {}, after=after, limit=limit + 1)
        page = found[:limit]
        return {
            "events": [
                {
                    "event": str(row["event"]),
                    "source": row["source"],
                    "log": str(row["log"]),
                    "position": row["position"],
                    "type": row["type"],
                    "subject": row["subject"],
                    "time": row["recorded_at"].isoformat(),
                    "on": row["happened_on"].isoformat() if row["happened_on"] else None,
                }
                for row in page
            ],
            "next": page[-1]["event"] if len(found) > limit else None,
            "data_as_of": data_as_of(tx),
        }
