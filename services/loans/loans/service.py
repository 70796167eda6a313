"""What the loans service is made of."""

from chassis import scope
from chassis.entrypoints import ChassisEntrypoints
from chassis.service import Service
from chassis.stream import Stream
from loans import events, metrics
from loans.applications.rpc import ApplicationsRpc
from loans.disbursements.rpc import DisbursementsRpc
from loans.fund.rpc import FundRpc
from loans.groups import handlers as groups
from loans.portfolio.rpc import PortfolioRpc
from loans.repayments.rpc import RepaymentsRpc
from loans.rule_broken import RuleBroken


class LoansService(
    ChassisEntrypoints, FundRpc, ApplicationsRpc, DisbursementsRpc, RepaymentsRpc, PortfolioRpc
):
    """Every method that the loans service answers."""

    name = "loans"


SERVICE = Service(
    name="loans",
    entrypoints=LoansService,
    events=events,
    streams=[Stream("registry", {**scope.HANDLERS, **groups.HANDLERS})],
    refusals=(RuleBroken,),
    metrics=metrics.register,
)
