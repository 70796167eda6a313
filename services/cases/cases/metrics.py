"""The office's promises for Prometheus: read from the database when asked for, at most every 15 seconds."""

import logging
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cases.complaints import store as complaints
from cases.welfare import store as welfare
from chassis.runtime import Runtime

_log = logging.getLogger(__name__)

FRESH_SECONDS = 15.0

_GAUGES = {
    "open": ("ustawi_cases_open", "Welfare cases that are not closed"),
    "danger": ("ustawi_cases_danger_unanswered", "Dangers found in cases and not answered yet"),
    "unanswered": ("ustawi_complaints_unanswered", "Complaints and appeals that are owed a decision"),
    "past_due": ("ustawi_complaints_past_due", "Those of them whose promised time is over"),
    "waiting": ("ustawi_complaints_waiting", "Those of them that wait for the complainant"),
}


class PromiseCollector(Collector):
    """One series per country and gauge; while the database is away there are none."""

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
                    self._rows = [*welfare.open_by_country(tx), *complaints.unanswered_by_country(tx)]
                self._read_at = time.monotonic()
            except Exception as error:
                _log.warning("the promises cannot be counted: %s", type(error).__name__)
                self._rows = []
        return self._families(self._rows)

    def _families(self, rows: list[dict[str, Any]]) -> Iterator[GaugeMetricFamily]:
        for column, (name, text) in _GAUGES.items():
            family = GaugeMetricFamily(name, text, labels=["country"])
            for row in rows:
                if column in row:
                    family.add_metric([row["country"]], row[column])
            yield family


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> None:
    """Have the office's promises collected with the process's other metrics."""
    registry.register(PromiseCollector(runtime))
