"""The metrics of this service's own work; each process is its own Prometheus target."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from chassis.envelope import Event

FACTS = Counter("ustawi_reports_facts_landed_total", "Events of other services kept as facts", ["source"])
DATA_AS_OF = Gauge(
    "ustawi_reports_data_as_of_seconds", "Time of the last event taken in, by source", ["source"]
)
VERSION = Gauge("ustawi_reports_figures_version", "Version of the figures that answers")
CURRENT = Gauge(
    "ustawi_reports_figures_current", "1 while the figures were made by the definitions of this code"
)
PAGES = Histogram(
    "ustawi_reports_page_seconds", "Time to answer a visitor of the page, by status", ["status"]
)


def register(runtime: Any) -> None:
    """Known from the start, so that an alert on a source that never came has something to look at."""
    for stream in runtime.service.streams:
        FACTS.labels(stream.source)
        DATA_AS_OF.labels(stream.source)


def landed(events: Sequence[Event]) -> None:
    source = events[0].source
    FACTS.labels(source).inc(len(events))
    DATA_AS_OF.labels(source).set(events[-1].time.timestamp())


def figures(version: int, current: bool) -> None:
    VERSION.set(version)
    CURRENT.set(current)
