"""What the loans service is made of."""

from chassis import scope
from chassis.entrypoints import ChassisEntrypoints
from chassis.reconcile import Copies
from chassis.service import Service
from chassis.stream import Stream
from loans import events, metrics
from loans.applications.rpc import ApplicationsRpc
from loans.arrears.rpc import ArrearsRpc, day_closes
from loans.bank.rpc import BankRpc
from loans.clocks import running
from loans.committees.rpc import CommitteesRpc
from loans.contracts.rpc import ContractsRpc
from loans.disbursements.rpc import DisbursementsRpc
from loans.fund.rpc import FundRpc
from loans.groups import handlers as groups
from loans.portfolio.rpc import PortfolioRpc
from loans.products.rpc import ProductsRpc
from loans.quarters.rpc import QuartersRpc
from loans.refunds.rpc import RefundsRpc
from loans.releases.rpc import ReleasesRpc, approval_lapses
from loans.repayments.rpc import RepaymentsRpc
from loans.reschedules.rpc import ReschedulesRpc
from loans.revenue.rpc import RevenueRpc
from loans.reversals.rpc import ReversalsRpc
from loans.rule_broken import RuleBroken
from loans.scheme.rpc import SchemeRpc
from loans.transfers import following
from loans.windows.rpc import WindowsRpc
from loans.write_offs.rpc import WriteOffsRpc


class LoansService(
    ChassisEntrypoints,
    FundRpc,
    QuartersRpc,
    RevenueRpc,
    SchemeRpc,
    ProductsRpc,
    WindowsRpc,
    ApplicationsRpc,
    CommitteesRpc,
    ContractsRpc,
    ReleasesRpc,
    DisbursementsRpc,
    RepaymentsRpc,
    ReversalsRpc,
    RefundsRpc,
    ReschedulesRpc,
    WriteOffsRpc,
    ArrearsRpc,
    BankRpc,
    PortfolioRpc,
):
    """Every method that the loans service answers."""

    name = "loans"


SERVICE = Service(
    name="loans",
    entrypoints=LoansService,
    events=events,
    streams=[
        Stream(
            "registry",
            {**scope.HANDLERS, **running.HANDLERS, **groups.HANDLERS, **following.HANDLERS},
            copies=Copies(
                tables=(*scope.TABLES, *groups.TABLES),
                handlers={**scope.HANDLERS, **groups.COPYING},
                settle=running.take_calendars,
            ),
        )
    ],
    deadlines={
        "approval_lapses": approval_lapses,
        "day_closes": day_closes,
        running.WARNING: running.tell_due,
        running.BREACH: running.tell_due,
        following.TAKES_EFFECT: following.areas_take_effect,
    },
    refusals=(RuleBroken,),
    metrics=metrics.register,
)
