"""Goes through every log by audited, paged RPC, and compares it with what others hold of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ustawi.audit.balances import Books
from ustawi.audit.chain import Parting, Walk
from ustawi.init.services import SERVICES
from ustawi.session import Session

PAGE = 500
_LOOKS = 3  # at balances that differ: work goes on meanwhile
KEEPER = "reports"  # keeps every event of the others as it was published


class Verification:
    """One verification; `partings` and `differences` when `run` is through."""

    def __init__(self, session: Session, services: tuple[str, ...]) -> None:
        self._session = session
        self._services = services
        self.logs: list[dict[str, Any]] = []
        self.partings: list[Parting] = []
        self.differences: list[dict[str, Any]] = []
        self.loans = 0
        self._books = Books()

    def run(self) -> None:
        # Followers first: what they have read then, the log holds by the time it is gone through.
        places = {ground.name: self._streams(ground.name) for ground in SERVICES if ground.follows}
        for service in self._services:
            walk = self._verify(service, places)
            if service == "loans":
                self._compare_balances(walk)

    def _streams(self, service: str) -> dict[str, Mapping[str, Any]]:
        told = self._session.ask(service, "streams")["streams"]
        return {stream["source"]: stream for stream in told}

    def _verify(self, service: str, places: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Walk:
        held = {follower: told[service] for follower, told in places.items() if service in told}
        head = self._session.ask(service, "log_head")
        walk = Walk(service)
        self._go_through(walk, head["position"], {place["position"] for place in held.values()}, held)
        walk.ends(head["position"], head["chain"])
        logs = {each["log"]: each["upto"] for each in head.get("earlier", [])} | {head["log"]: float("inf")}
        for follower, place in held.items():
            parted = walk.holds(follower, place, logs)
            walk.partings += [parted] if parted else []
        self.partings += walk.partings
        self.logs.append(
            {"service": service, "log": head["log"], "events": walk.position, "followers": sorted(held)}
        )
        return walk

    def _go_through(
        self, walk: Walk, upto: int, wanted: set[int], held: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for texts in self._pages(walk, upto):
            events = walk.take(texts, wanted)
            if walk.log == "loans":
                self._books.take(events)
            if KEEPER in held:
                self._compare_copies(walk, upto=held[KEEPER]["position"])
            self._session.progress(f"{walk.log}: {walk.position} of {upto} events")

    def _pages(self, walk: Walk, upto: int) -> Iterator[list[str]]:
        while walk.position < upto:
            limit = min(PAGE, upto - walk.position)
            texts = self._session.ask(
                walk.log, "events_after", timeout=30, position=walk.position, limit=limit
            )["events"]
            if not texts:
                return
            yield texts

    def _compare_copies(self, walk: Walk, upto: int) -> None:
        """Event by event with the copies in reports: a rewrite shows there even where all chains were made anew."""
        mine = {position: digest for position, digest in walk.digests.items() if position <= upto}
        if not mine:
            return
        told = self._session.ask(
            KEEPER, "fact_digests", timeout=30, source=walk.log, after=min(mine) - 1, limit=len(mine)
        )["digests"]
        theirs = {row["position"]: row["digest"] for row in told}
        for position, digest in mine.items():
            if theirs.get(position) != digest:
                told_so = "is not what" if position in theirs else "is missing from what"
                self.partings.append(
                    Parting(walk.log, position, f"{told_so} reports keeps of it: one of the two was changed")
                )

    def _compare_balances(self, walk: Walk) -> None:
        """Only what differs the same at each look counts: between two looks somebody may have paid."""
        found: list[dict[str, Any]] | None = None
        for _ in range(_LOOKS):
            self._session.progress("loans: comparing balances ...")
            head = self._session.ask("loans", "log_head")
            rows = list(self._rows())
            if head["position"] > walk.position:
                self._go_through(walk, head["position"], set(), {})
            now = self._books.differences(rows)
            found = now if found is None else [each for each in now if each in found]
            self.loans = len(rows)
            if not found:
                break
        self.differences = found or []

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        after = None
        while True:
            page = self._session.ask("loans", "loans", timeout=30, after=after, limit=200)
            yield from page["loans"]
            after = page["after"]
            if after is None:
                return
