"""A run of backups from end to end, and the runs of every day."""

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
from prometheus_client import CollectorRegistry

from chassis.ops import Ops
from ustawi.backup import retention, state
from ustawi.backup.checking import verify
from ustawi.backup.folder import KINDS, Backup, Folder
from ustawi.backup.places import Place
from ustawi.backup.sealing import Keyring
from ustawi.backup.taking import take
from ustawi.local.errors import LocalError

Say = Callable[[str], None]

AGAIN_AFTER = timedelta(minutes=15)  # a try that failed


def run(place: Place, say: Say = lambda line: None) -> list[Backup]:
    """Delete what has run out, take a backup, try it by restoring it; how it went is noted. Raises what went wrong."""
    folder = Folder(place.folder)
    with folder.alone():
        try:
            prune(folder, say=say)  # first: the keys of the erased must go, also when nothing else succeeds
            made = take(place, say)
            keys = Keyring.load(place.key_file)
            for backup in made:
                verify(backup, keys, say)
            prune(folder, say=say)
        except (LocalError, psycopg.Error, OSError) as error:
            state.note(place.folder, _told(error))
            raise
        state.note(place.folder, None)
        return made


def prune(folder: Folder, now: datetime | None = None, say: Say = lambda line: None) -> list[Backup]:
    """Delete the backups that the rules no longer keep, and what was left unfinished; returns what went."""
    rules = retention.load()
    folder.clear()
    gone = []
    for kind in KINDS:
        there = folder.backups(kind)
        kept = rules[kind].kept((backup.taken_at for backup in there), now or datetime.now(UTC))
        for backup in there:
            if backup.taken_at not in kept:
                folder.remove(backup)
                say(f"{kind} {backup.name}: has run out and was deleted")
                gone.append(backup)
    return gone


def next_run(place: Place, hour: int, now: datetime) -> datetime:
    """When to try next: each day at `hour` (UTC); at once where the last backup is older than a day, or failed."""
    there = Folder(place.folder).backups("office")
    if (tried := state.last(place.folder)) and tried["error"]:
        return datetime.fromisoformat(tried["at"]) + AGAIN_AFTER
    if not there or there[-1].taken_at < now - timedelta(days=1):
        return now
    today = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if there[-1].taken_at < today <= now:
        return now
    return today if today > now else today + timedelta(days=1)


def serve(place: Place, hour: int, host: str, port: int, say: Say) -> None:
    """Take a backup every day, tell Prometheus how it goes; until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    registry = CollectorRegistry()
    registry.register(state.Gauges(place.folder))
    listener = Ops("backup", host, port, registry=registry)
    listener.ready_when("folder", place.folder.is_dir)
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listener.start()
    try:
        while not stop.is_set():
            now = datetime.now(UTC)
            due = next_run(place, hour, now)
            if now < due:
                stop.wait(min(60.0, (due - now).total_seconds()))
                continue
            try:
                run(place, say)
            except (LocalError, psycopg.Error, OSError) as error:
                say(f"the backup failed: {_told(error)}")
    finally:
        listener.stop()


def _told(error: Exception) -> str:
    """What went wrong, without what a database or a path may tell of its content."""
    if isinstance(error, psycopg.Error):
        return f"{type(error).__name__}: {error.diag.message_primary or 'the database is away'}"
    return str(error)
