"""Keeping the live figures: what a stream does with each batch of events."""

from collections.abc import Sequence

from chassis.envelope import Event
from chassis.transaction import Transaction

from reports import metrics
from reports.facts import store as facts
from reports.figures import store
from reports.figures.definitions import DEFINITIONS, DIGEST


def land(tx: Transaction, events: Sequence[Event]) -> None:
    """Keep the events themselves; never for figures to prevent."""
    facts.land(tx, events)
    metrics.landed(events)


def keep(tx: Transaction, events: Sequence[Event]) -> None:
    """Change the live figures by events that have landed, all of one source's log."""
    source, types = events[0].source, frozenset(event.type for event in events)
    if not any(definition.reads_any(source, types) for definition in DEFINITIONS):
        return
    store.lock(tx, alone="country_defined" in types)
    version = store.live(tx)
    if version["definitions"] is None:
        store.note_definitions(tx, version["version"], DIGEST)
    metrics.figures(version["version"], version["definitions"] in (None, DIGEST))
    store.apply(tx, DEFINITIONS, version["slot"], stretch_of(events), types)


def stretch_of(events: Sequence[Event]) -> store.Stretch:
    positions = {event.position for event in events}
    first, last = min(positions), max(positions)
    skip = [at for at in range(first, last + 1) if at not in positions]  # those parked behind an earlier one
    return store.Stretch(events[0].source, events[0].log, first, last, skip)
