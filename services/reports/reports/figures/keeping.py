"""Keeping the live figures: what a stream does with each batch of events."""

from collections.abc import Sequence

from chassis.envelope import Event
from chassis.transaction import Transaction
from reports import metrics
from reports.facts import store as facts
from reports.figures import store
from reports.figures.definitions import DEFINITIONS, DIGEST
from reports.versions import store as versions


def land(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep the events themselves; never for figures to prevent."""
    facts.land(tx, events)
    metrics.landed(events)


def keep(tx: Transaction, events: Sequence[Event]) -> None:
    """Change the live figures by events that have landed, all of one source's log."""
    source, types = events[0].source, frozenset(event.type for event in events)
    if not any(definition.reads_any(source, types) for definition in DEFINITIONS):
        return
    versions.lock(tx, alone="country_defined" in types)
    version = versions.live(tx)
    if version["definitions"] is None:
        versions.note_definitions(tx, version["version"], DIGEST)
    metrics.figures(version["version"], version["definitions"] in (None, DIGEST))
    store.apply_batch(tx, DEFINITIONS, version["slot"], events)
