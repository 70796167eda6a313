"""Asking for figures and for what they mean."""

from typing import Any

from chassis.commands import query
from chassis.errors import NotFound
from chassis.transaction import Transaction
from reports.indicators import reading
from reports.indicators.asking import Asked, ask
from reports.indicators.catalogue import INDICATORS
from reports.indicators.schemas import IndicatorIn, IndicatorOut, IndicatorsIn, IndicatorsOut
from reports.words import WORDS


class IndicatorsRpc:
    @query(IndicatorIn, replies=IndicatorOut, needs=None)
    def indicator(self, tx: Transaction, **asked: Any) -> dict[str, Any]:
        """One indicator: for the public as far as it may be published, for officers in their areas unsuppressed."""
        question = ask(tx, **asked)
        told = reading.answer(tx, question, unsuppressed=_is_officers(tx, question))
        return {
            **told,
            "definition": WORDS.in_all_languages("indicators", question.indicator.name, "definition"),
        }

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


def _is_officers(tx: Transaction, asked: Asked) -> bool:
    """Whether the caller may see small figures there; whoever may not is answered as the public is."""
    if not tx.runtime.roles.allow(tx.actor, "figures.read"):
        return False
    try:
        tx.require_area(asked.area)
    except NotFound:
        return False
    return True
