"""What a run tells: each fault with how often and how long, the totals, and what was broken."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from reliability.history import Attempt
from reliability.verdict import Kind, Violation


class Tally:
    """How often each fault came, and how long it took until all was well again."""

    def __init__(self) -> None:
        self.recoveries: dict[str, list[float]] = {}
        self.missed: dict[str, list[str]] = {}

    def recovered(self, fault: str, seconds: float) -> None:
        self.recoveries.setdefault(fault, []).append(seconds)

    def miss(self, fault: str, why: str) -> None:
        self.missed.setdefault(fault, []).append(why)

    @property
    def injected(self) -> int:
        return sum(map(len, self.recoveries.values()))

    def lines(self, catalogue: Iterable[str]) -> Iterable[str]:
        yield f"{'fault':44} {'times':>5} {'median':>8} {'worst':>8}"
        for name in catalogue:
            if seconds := self.recoveries.get(name):
                yield f"{name:44} {len(seconds):5} {median(seconds):6.1f} s {max(seconds):6.1f} s"
            else:
                yield f"{name:44} {0:5}"
            for why in self.missed.get(name, ()):
                yield f"    did not come about: {why}"


def totals(outcomes: Mapping[str, int], effects: int, violations: Sequence[Violation]) -> str:
    """One line of what was attempted and what it came to."""
    kinds: tuple[Kind, ...] = ("lost", "twice", "unexpected", "order", "copies", "standing")
    broken = {kind: sum(violation.kind == kind for violation in violations) for kind in kinds}
    told = [f"attempted {sum(outcomes.values()):,}"]
    told += [f"{outcome} {outcomes.get(outcome, 0):,}" for outcome in ("committed", "unknown", "refused")]
    told += [f"effects {effects:,}"]
    told += [f"{kind} {count}" for kind, count in broken.items() if count or kind in kinds[:3]]
    return ", ".join(told)


def refusals(attempts: Iterable[Attempt]) -> Iterable[str]:
    """Why services said no, the most frequent first: a load that is refused too much hurts nothing."""
    why = Counter(
        (attempt.service, attempt.method, attempt.code)
        for attempt in attempts
        if attempt.outcome == "refused"
    )
    for (service, method, code), times in why.most_common(12):
        yield f"    refused {times:5} times: {service}.{method}, {code[:120]}"
