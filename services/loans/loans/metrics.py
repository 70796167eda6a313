"""The fund's figures for Prometheus, by council and pot."""

from prometheus_client import REGISTRY, CollectorRegistry

from chassis.runtime import Runtime
from chassis.scraped import ScrapedGauges
from loans.portfolio import store
from loans.revenue.store import account_differences

_GAUGES = {
    "available": ("ustawi_fund_available", "Shillings that a pot can still promise"),
    "reserved": ("ustawi_fund_reserved", "Shillings approved and not yet disbursed"),
    "outstanding": ("ustawi_loans_outstanding", "Principal that groups still owe, in shillings"),
    "shortfall": ("ustawi_fund_shortfall", "Shillings lent again of payments that were reversed since"),
    "written_off": ("ustawi_loans_written_off", "Principal given up and not recovered, in shillings"),
    "overdue": (
        "ustawi_loans_overdue",
        "Principal that fell due and did not come in, as of the last closed day",
    ),
    "at_risk": (
        "ustawi_loans_at_risk",
        "Principal of loans more than 30 days late or rescheduled, as of the last closed day",
    ),
    "endangered": (
        "ustawi_loans_endangered",
        "Principal owed by groups that ceased or could not be found, in shillings",
    ),
    "active_loans": ("ustawi_loans_active", "Loans that are not repaid"),
    "out_of_balance": ("ustawi_fund_out_of_balance", "By how much a pot breaks its law: 0, or wake somebody"),
}


_ACCOUNT = (
    "ustawi_fund_account_difference",
    "Shillings that the bank's last balance has more than the books, or less: 0, or ask why",
)


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> None:
    """Have the fund's figures collected with the process's other metrics."""
    registry.register(ScrapedGauges(runtime, _GAUGES, store.pot_totals, ["council", "pot"]))
    registry.register(ScrapedGauges(runtime, {"difference": _ACCOUNT}, account_differences, ["council"]))
