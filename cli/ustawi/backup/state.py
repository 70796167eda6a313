"""How the last tries went: kept in a file beside the backups, and told to Prometheus."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ustawi.backup.folder import KINDS, Folder, write_whole


def note(folder: Path, error: str | None, at: datetime | None = None) -> None:
    """Keep how a try ended: `error` is None where the backup was taken and verified."""
    told = {"at": (at or datetime.now(UTC)).isoformat(), "error": error}
    write_whole(folder / "state.json", json.dumps(told) + "\n")


def last(folder: Path) -> dict[str, Any] | None:
    """The last try: {at, error}; None where there was none that can be read."""
    try:
        told: dict[str, Any] = json.loads((folder / "state.json").read_text())
    except (OSError, ValueError):
        return None
    return told


class Gauges(Collector):
    """What alerts need, read from the folder when asked; what is not there is not told."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        taken = GaugeMetricFamily(
            "ustawi_backup_taken_timestamp_seconds", "The moment of the newest backup", labels=["kind"]
        )
        verified = GaugeMetricFamily(
            "ustawi_backup_verified_timestamp_seconds",
            "The moment of the newest backup that was restored for a trial",
            labels=["kind"],
        )
        oldest = GaugeMetricFamily(
            "ustawi_backup_oldest_timestamp_seconds", "The moment of the oldest backup kept", labels=["kind"]
        )
        size = GaugeMetricFamily("ustawi_backup_bytes", "The size of the newest backup", labels=["kind"])
        count = GaugeMetricFamily("ustawi_backup_kept", "Backups that are there", labels=["kind"])
        for kind in KINDS:
            there = self._folder.backups(kind)
            count.add_metric([kind], len(there))
            if there:
                taken.add_metric([kind], there[-1].taken_at.timestamp())
                oldest.add_metric([kind], there[0].taken_at.timestamp())
                size.add_metric([kind], there[-1].size())
            tried = [backup for backup in there if backup.verified_at]
            if tried:
                verified.add_metric([kind], tried[-1].taken_at.timestamp())
        failed = GaugeMetricFamily("ustawi_backup_failed", "1 where the last try failed")
        if state := last(self._folder.folder):
            failed.add_metric([], state["error"] is not None)
        yield from (taken, verified, oldest, size, count, failed)
