"""What the registry counts for Prometheus: read from the database when asked, at most every 15 seconds."""

import logging
import time
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chassis.runtime import Runtime
from registry.areas.store import areas_by_country
from registry.collaborators.store import active_by_country
from registry.groups.store import groups_by_status
from registry.organisations.store import organisations_by_status

_log = logging.getLogger(__name__)

FRESH_SECONDS = 15.0

# name -> (what it tells, its labels, where it is read)
_GAUGES = {
    "ustawi_registry_areas": ("Areas on record", ["country"], areas_by_country),
    "ustawi_registry_groups": ("Groups on record", ["status"], groups_by_status),
    "ustawi_registry_organisations": ("Organisations on record", ["status"], organisations_by_status),
    "ustawi_registry_collaborators_active": ("Collaborators who serve", ["country"], active_by_country),
}


class RegistryCollector(Collector):
    """One gauge for each count. While the database is away there are none, and an alert on their absence."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._read_at = float("-inf")
        self._counts: dict[str, dict[str, int]] = {}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """What will be collected: asked at registration, when there may be no database yet."""
        return self._families({})

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            try:
                with self._runtime.work() as tx:
                    self._counts = {name: read(tx) for name, (_, _, read) in _GAUGES.items()}
                self._read_at = time.monotonic()
            except Exception as error:
                # A scrape must answer for everything else.
                _log.warning("the registry's counts cannot be read: %s", type(error).__name__)
                self._counts = {}
        return self._families(self._counts)

    def _families(self, counts: dict[str, dict[str, int]]) -> Iterator[GaugeMetricFamily]:
        for name, (told, labels, _) in _GAUGES.items():
            family = GaugeMetricFamily(name, told, labels=labels)
            for label, count in counts.get(name, {}).items():
                family.add_metric([label], count)
            yield family


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> RegistryCollector:
    """Have the counts collected with the process's metrics."""
    collector = RegistryCollector(runtime)
    registry.register(collector)
    return collector
