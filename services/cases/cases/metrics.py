"""The office's promises for Prometheus, by country."""

from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry

from cases.complaints import store as complaints
from cases.welfare import store as welfare
from chassis.runtime import Runtime
from chassis.scraped import ScrapedGauges
from chassis.transaction import Transaction

_GAUGES = {
    "open": ("ustawi_cases_open", "Welfare cases that are not closed"),
    "danger": ("ustawi_cases_danger_unanswered", "Dangers found in cases and not answered yet"),
    "unanswered": ("ustawi_complaints_unanswered", "Complaints and appeals that are owed a decision"),
    "past_due": ("ustawi_complaints_past_due", "Those of them whose promised time is over"),
    "waiting": ("ustawi_complaints_waiting", "Those of them that wait for the complainant"),
}


def _read(tx: Transaction) -> list[dict[str, Any]]:
    return [*welfare.open_by_country(tx), *complaints.unanswered_by_country(tx)]


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> None:
    """Have the office's promises collected with the process's other metrics."""
    registry.register(ScrapedGauges(runtime, _GAUGES, _read, ["country"]))
