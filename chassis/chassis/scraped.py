"""Gauges that are read from the database when Prometheus asks, and at most every so often.

A scrape must answer for everything else: while the database is away these gauges are not there, and an alert on
their absence tells.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chassis.logs import fault
from chassis.runtime import Runtime
from chassis.transaction import Transaction

_log = logging.getLogger(__name__)

FRESH_SECONDS = 15.0

Row = Mapping[str, Any]


class ScrapedGauges(Collector):
    """One gauge for each of some columns, one series for each row.

    `gauges` maps a column to (metric name, what it tells); `labels` are the columns that tell the rows apart;
    `read` gives the rows. A row without a gauge's column gives that gauge no series.
    """

    def __init__(
        self,
        runtime: Runtime,
        gauges: Mapping[str, tuple[str, str]],
        read: Callable[[Transaction], Sequence[Row]],
        labels: Sequence[str] = (),
        *,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        self._runtime, self._gauges, self._read, self._labels = runtime, gauges, read, labels
        self._fresh_seconds = fresh_seconds
        self._read_at = float("-inf")
        self._rows: Sequence[Row] = []

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """What will be collected: asked at registration, when there may be no database yet."""
        return self._families([])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if time.monotonic() - self._read_at >= self._fresh_seconds:
            try:
                with self._runtime.work() as tx:
                    self._rows = self._read(tx)
                self._read_at = time.monotonic()
            except Exception as error:
                names = ", ".join(name for name, _ in self._gauges.values())
                _log.warning("cannot be read for a scrape: %s: %s", names, fault(error))
                self._rows = []
        return self._families(self._rows)

    def _families(self, rows: Sequence[Row]) -> Iterator[GaugeMetricFamily]:
        for column, (name, told) in self._gauges.items():
            family = GaugeMetricFamily(name, told, labels=self._labels)
            for row in rows:
                if column in row:
                    family.add_metric([str(row[label]) for label in self._labels], row[column])
            yield family
