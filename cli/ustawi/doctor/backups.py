"""Is there a fresh backup? Where backups are taken here; a system that never took one is told nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ustawi.backup import state
from ustawi.backup.folder import KINDS, Folder
from ustawi.doctor.finding import Finding

OLD = timedelta(hours=26)  # one is taken each night


def examine(folder: Path, now: datetime | None = None) -> Iterator[Finding]:
    """The age of the newest backup of each kind, and how the last try went."""
    now = now or datetime.now(UTC)
    last = state.last(folder)
    if last and last.get("error"):
        yield Finding(
            "backup_failed",
            ("backup",),
            f"The last backup failed, on {str(last['at'])[:16]}: {last['error']}",
            "Mend what it says, then take one at once: ustawi backup",
            "backup-old",
        )
    for kind in KINDS:
        there = Folder(folder).backups(kind)
        if there and now - there[-1].taken_at > OLD:
            hours = (now - there[-1].taken_at) // timedelta(hours=1)
            yield Finding(
                "backup_old",
                ("backup",),
                f"The newest backup ({kind}) is {hours} hours old.",
                "Take one at once: ustawi backup; then see that one is taken every night.",
                "backup-old",
            )
