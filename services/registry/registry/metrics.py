"""What the registry counts for Prometheus."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry

from chassis.runtime import Runtime
from chassis.scraped import ScrapedGauges
from chassis.transaction import Transaction
from registry.areas.store import areas_by_country
from registry.collaborators.store import active_by_country
from registry.groups.store import groups_by_status
from registry.organisations.store import organisations_by_status

Count = Callable[[Transaction], Mapping[str, int]]

# name, what it tells, its label, where it is read
_GAUGES: list[tuple[str, str, str, Count]] = [
    ("ustawi_registry_areas", "Areas on record", "country", areas_by_country),
    ("ustawi_registry_groups", "Groups on record", "status", groups_by_status),
    ("ustawi_registry_organisations", "Organisations on record", "status", organisations_by_status),
    ("ustawi_registry_collaborators_active", "Collaborators who serve", "country", active_by_country),
]


def register(runtime: Runtime, registry: CollectorRegistry = REGISTRY) -> None:
    """Have the counts collected with the process's metrics."""
    for name, told, label, count in _GAUGES:
        registry.register(ScrapedGauges(runtime, {"count": (name, told)}, _rows(count, label), [label]))


def _rows(count: Count, label: str) -> Callable[[Transaction], list[dict[str, Any]]]:
    return lambda tx: [{label: value, "count": number} for value, number in count(tx).items()]
