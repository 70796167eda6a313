"""The reports service: every fact of registry, loans and cases comes in, figures go out."""

from chassis import scope
from chassis.entrypoints import ChassisEntrypoints
from chassis.reconcile import Copies
from chassis.service import Service
from chassis.stream import Stream
from reports import events, metrics
from reports.evidence.rpc import EvidenceRpc
from reports.facts.rpc import FactsRpc
from reports.figures.keeping import keep, land
from reports.freshness.rpc import FreshnessRpc
from reports.fund.rpc import FundRpc
from reports.indicators.rpc import IndicatorsRpc
from reports.lost.keeping import FactsKept
from reports.lost.rpc import LostRpc
from reports.rule_broken import RuleBroken
from reports.versions.rpc import VersionsRpc


class ReportsService(
    ChassisEntrypoints,
    IndicatorsRpc,
    FundRpc,
    EvidenceRpc,
    FactsRpc,
    FreshnessRpc,
    LostRpc,
    VersionsRpc,
):
    name = "reports"


SERVICE = Service(
    name="reports",
    entrypoints=ReportsService,
    events=events,
    streams=[
        Stream(
            "registry",
            scope.HANDLERS,
            batch=keep,
            land=land,
            copies=Copies(tables=scope.TABLES, handlers=scope.HANDLERS),
            kept=FactsKept(),
        ),
        Stream("loans", batch=keep, land=land, kept=FactsKept()),
        Stream("cases", batch=keep, land=land, kept=FactsKept()),
    ],
    holds_personal_data=False,
    refusals=(RuleBroken,),
    metrics=metrics.register,
)
