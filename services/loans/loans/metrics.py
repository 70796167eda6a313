"""The fund's figures for Prometheus: read from the database when asked for, at most every 15 seconds."""

import logging
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chassis.runtime import Runtime
from loans.portfolio import store

_log = logging.getLogger(__name__)

FRESH_SECONDS = 15.0

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
    "active_loans": ("ustawi_loans_active", "Loans that are not repaid"),
    "out_of_balance": ("ustawi_fund_out_of_balance", "By how much a pot breaks its law: 0, or wake somebody"),
}


class FundCollector(Collector):
    """One series per pot and gauge; while the database is away there are none."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._read_at = float("-inf")
        self._rows: list[dict[str, Any]] = []

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """What will be collected: asked at registration, when there may be no database yet."""
        return self._families([])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            try:
                with self._runtime.work() as tx:
                    self._rows = store.pot_totals(tx)
                self._read_at = time.monotonic()
            except Exception as error:
                _log.warning("the fund's figures cannot be read: %s", type(error).__name__)
                self._rows = []
        return self._families(self._rows)

    def _families(self, rows: list[dict[str, Any]]) -> Iterator[GaugeMetricFamily]:
        for column, (name, text) in _GAUGES.items():
            family = GaugeMetricFamily(name, text, labels=["council", "pot"])
            for row in rows:
                family.add_metric([str(row["council"]), row["pot"]], row[column])
            yield family


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> None:
    """Have the fund's figures collected with the process's other metrics."""
    registry.register(FundCollector(runtime))
