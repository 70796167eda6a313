"""How a council's money is shared among those who take over from it."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def share(amount: int, weights: Mapping[T, int]) -> dict[T, int]:
    """Whole shillings by largest remainder: the parts sum to `amount`; equal parts where all weights are 0."""
    weighed = dict(weights) if any(weights.values()) else dict.fromkeys(weights, 1)
    total = sum(weighed.values())
    parts = {heir: amount * weight // total for heir, weight in weighed.items()}
    by_remainder = sorted(weighed, key=lambda heir: amount * weighed[heir] % total, reverse=True)
    for heir in by_remainder[: amount - sum(parts.values())]:
        parts[heir] += 1
    return parts
