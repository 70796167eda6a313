"""Asking for figures, for what they mean, and for the events behind them."""

from typing import Any

from chassis.commands import query
from chassis.errors import NotFound
from chassis.transaction import Transaction

from reports.figures import reading, store
from reports.figures.asking import Asked, ask
from reports.figures.catalogue import INDICATORS
from reports.figures.definitions import DIGEST
from reports.figures.evidence import behind
from reports.figures.schemas import (
    EvidenceIn,
    EvidenceOut,
    IndicatorIn,
    IndicatorOut,
    IndicatorsIn,
    IndicatorsOut,
    VersionsIn,
    VersionsOut,
)
from reports.words import WORDS


class FiguresRpc:
    @query(IndicatorIn, replies=IndicatorOut, needs=None)
    def indicator(self, tx: Transaction, **asked: Any) -> dict[str, Any]:
        """One indicator: for the public as far as it may be published, for officers in their areas unsuppressed."""
        question = ask(tx, **asked)
        told = reading.answer(tx, question, unsuppressed=_is_officers(tx, question))
        return {**told, "definition": WORDS.in_all_languages("indicators", question.indicator.name, "definition")}

    @query(IndicatorsIn, replies=IndicatorsOut, needs=None)
    def indicators(self, tx: Transaction) -> dict[str, Any]:
        """Every indicator, with its unit, its dimensions and what it means."""
        return {
            "indicators": [
                {
                    "name": each.name,
                    "kind": each.kind,
                    "unit": each.unit,
                    "dimensions": list(each.dimensions),
                    "people": each.people,
                    "titles": WORDS.in_all_languages("indicators", each.name, "title"),
                    "definitions": WORDS.in_all_languages("indicators", each.name, "definition"),
                }
                for each in INDICATORS.values()
            ]
        }

    @query(EvidenceIn, replies=EvidenceOut, needs="evidence.read")
    def evidence(self, tx: Transaction, cell: dict[str, str] | None, after: Any, limit: int, **asked: Any) -> dict[str, Any]:
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
            "data_as_of": reading.data_as_of(tx),
        }

    @query(VersionsIn, replies=VersionsOut, needs="ops.read")
    def figures_versions(self, tx: Transaction, limit: int) -> dict[str, Any]:
        """The versions of the figures, the latest first; live ones of other definitions than this code's want a rebuild."""
        rows = store.versions(tx, limit)
        for row in rows:
            row["began_at"] = row["began_at"].isoformat()
            row["live_at"] = row["live_at"].isoformat() if row["live_at"] else None
        return {"versions": rows, "definitions": DIGEST.hex()}


def _is_officers(tx: Transaction, asked: Asked) -> bool:
    """Whether the caller may see small figures there; whoever may not is answered as the public is."""
    if not tx.runtime.roles.allow(tx.actor, "figures.read"):
        return False
    try:
        tx.require_area(asked.area)
    except NotFound:
        return False
    return True


