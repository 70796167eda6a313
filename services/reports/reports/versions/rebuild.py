"""Making all figures again from the facts, beside the live ones, and switching over at once.

Nobody waits while the facts are gone through; at the end the streams pause for the last few of them and the switch.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from uuid import UUID

from psycopg import DatabaseError, OperationalError

from chassis.settings import Settings
from chassis.transaction import Transaction
from reports.beside import Beside
from reports.figures.definitions import DEFINITIONS, DIGEST
from reports.figures.store import Stretch, apply_stretch, roll_up
from reports.periods.model import GRAINS
from reports.versions import store

_log = logging.getLogger(__name__)

CHUNK = 500_000  # positions in one transaction: the more, the fewer rows are written twice
_CLOSE = 2_000  # so near to the live end that the streams may as well pause for it
_DAYS = ["day"]


class Work(Protocol):
    """Whatever gives transactions: the service's runtime."""

    def work(self) -> Any: ...


class RebuildRunning(Exception):
    """Another rebuild is under way."""


@dataclass
class Rebuilt:
    version: int
    facts: int
    left_out: int


def rebuild(runtime: Work, *, chunk: int = CHUNK, told: Callable[[str], None] = lambda line: None) -> Rebuilt:
    """Fill a new version from all facts and let it answer; returns it.

    Facts that are parked are left out as the live figures leave them out, and taken in if they are settled meanwhile.
    Raises `RebuildRunning`.
    """
    with _only_one(runtime):
        with runtime.work() as tx:
            store.take_your_time(tx)
            store.abandon_building(tx)
            building = store.begin_building(tx, DIGEST)
            store.clear(tx, building["slot"])
            logs = store.logs(tx)
        run = _Run(runtime, building["version"], building["slot"], chunk)
        run.go_through_all(logs, told)
        while run.catch_up() > _CLOSE:
            told(f"{run.facts} facts gone through")
        run.finish()
        _log.info(
            "figures rebuilt", extra={"version": run.version, "facts": run.facts, "left_out": run.left_out}
        )
        return Rebuilt(run.version, run.facts, run.left_out)


class _Run:
    def __init__(self, runtime: Work, version: int, slot: str, chunk: int) -> None:
        self._runtime = runtime
        self.version, self.slot, self._chunk = version, slot, chunk
        self._built: dict[tuple[str, UUID], int] = {}  # the last position gone through, by log
        self._counting = Lock()
        self.facts = 0
        self.left_out = 0

    def go_through_all(self, logs: Sequence[dict[str, Any]], told: Callable[[str], None]) -> None:
        """Go through what there is now: days alone, rolled up at the end; sources side by side."""

        def one(source: str) -> None:
            for log in logs:
                if log["source"] == source:
                    self.go_through(source, log["log"], log["first"] - 1, log["last"], _DAYS)
                    told(f"{source}: {log['last'] - log['first'] + 1} facts gone through")

        sources = sorted({log["source"] for log in logs})
        with ThreadPoolExecutor(max_workers=max(len(sources), 1)) as side_by_side:
            list(side_by_side.map(one, sources))
        with self._runtime.work() as tx:
            store.take_your_time(tx)
            roll_up(tx, self.slot)

    def go_through(
        self, source: str, log: UUID, after: int, last: int, grains: Sequence[str] = GRAINS
    ) -> None:
        """Go through the facts of a log, a chunk in each transaction."""
        self._built[source, log] = after
        while after < last:
            upto = min(last, after + self._chunk)
            with self._runtime.work() as tx:
                store.take_your_time(tx)
                self._build(tx, source, log, after + 1, upto, grains)
            self._built[source, log] = after = upto

    def catch_up(self) -> int:
        """Go through what has come in meanwhile; returns how many facts that were."""
        with self._runtime.work() as tx:
            ends = self._ahead(tx)
        for end in ends:
            self.go_through(end["source"], end["log"], end["built"], end["position"])
        return sum(end["position"] - end["built"] for end in ends)

    def finish(self) -> None:
        """With the streams paused: the last facts, those settled meanwhile, and the switch, all in one."""
        with self._runtime.work() as tx:
            store.take_your_time(tx)
            store.lock(tx, alone=True)
            for end in self._ahead(tx):
                self._build(tx, end["source"], end["log"], end["built"] + 1, end["position"])
            for row in store.no_longer_parked(tx, self.version):
                at = row["position"]
                if self._apply(tx, Stretch(row["source"], row["log"], at, at)):
                    store.take_in(tx, self.version, row["source"], row["log"], at)
                    self.left_out -= 1
            store.switch(tx, self.version)

    def _ahead(self, tx: Transaction) -> list[dict[str, Any]]:
        """The logs that have gone on since: [{source, log, position, built}]."""
        found = []
        for end in store.ends(tx):
            built = self._built.get((end["source"], end["log"]))
            if built is None:
                built = store.first_position(tx, end["source"], end["log"]) - 1
            if built < end["position"]:
                found.append({**end, "built": built})
        return found

    def _build(
        self, tx: Transaction, source: str, log: UUID, first: int, last: int, grains: Sequence[str] = GRAINS
    ) -> None:
        parked = store.parked_in(tx, source, log, first, last)
        store.leave_out(tx, self.version, source, log, parked, "parked")
        stretch = Stretch(source, log, first, last, parked)
        self._apply(tx, stretch, grains)
        store.note_progress(tx, self.version, stretch)
        with self._counting:
            self.facts += last - first + 1
            self.left_out += len(parked)

    def _apply(self, tx: Transaction, stretch: Stretch, grains: Sequence[str] = GRAINS) -> bool:
        """Apply a stretch; one that fails is halved until the facts at fault stand alone and are left out."""
        try:
            with tx.connection.transaction():
                apply_stretch(tx, DEFINITIONS, self.slot, stretch, grains)
            return True
        except OperationalError:  # the database's trouble, no fact's
            raise
        except DatabaseError:
            if stretch.first == stretch.last:
                store.leave_out(tx, self.version, stretch.source, stretch.log, [stretch.first], "failed")
                with self._counting:
                    self.left_out += 1
                return False
        middle = (stretch.first + stretch.last) // 2
        for first, last in ((stretch.first, middle), (middle + 1, stretch.last)):
            inside = [at for at in stretch.skip if first <= at <= last]
            if len(inside) <= last - first:
                self._apply(tx, Stretch(stretch.source, stretch.log, first, last, inside), grains)
        return False


@contextmanager
def _only_one(runtime: Work) -> Iterator[None]:
    """Claim the rebuild in a transaction of its own for as long as it takes."""
    with runtime.work() as tx:
        if not store.claim_rebuild(tx):
            raise RebuildRunning
        yield


def main() -> int:
    """`python -m reports rebuild`: returns the exit status."""
    settings = Settings.load("reports", needs=frozenset({"DATABASE_DSN"}))
    beside = Beside(settings.database_dsn, size=5, name="reports-rebuild")
    beside.open()
    try:
        rebuilt = rebuild(beside, told=print)
    except RebuildRunning:
        print("another rebuild is under way", file=sys.stderr)
        return 1
    finally:
        beside.close()
    print(f"version {rebuilt.version} answers: {rebuilt.facts} facts, {rebuilt.left_out} left out")
    return 0
