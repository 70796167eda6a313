"""Which backups are kept: a rule as data, and nothing but dates.

The newest backup of each of the last so many days, ISO weeks and months that have one stays. Where `most_days` is
given, nothing older stays, whatever else the rule says: erased people must become unreadable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[3] / "deploy" / "backup" / "retention.yaml"


@dataclass(frozen=True)
class Retention:
    """How many days, weeks and months back one backup each is kept; None of `most_days` is without end."""

    daily: int
    weekly: int = 0
    monthly: int = 0
    most_days: int | None = None

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> "Retention":
        """Read a rule; ValueError when it is none."""
        unknown = rule.keys() - {"daily", "weekly", "monthly", "most_days"}
        numbers = [value for value in rule.values() if value is not None]
        if (
            unknown
            or any(type(value) is not int or value < 0 for value in numbers)
            or rule.get("daily", 0) < 1
        ):
            raise ValueError("a retention rule has daily (at least 1), weekly, monthly and perhaps most_days")
        return cls(**rule)

    def kept(self, taken: Iterable[datetime], now: datetime) -> set[datetime]:
        """Those of the moments at which backups were taken whose backups stay."""
        newest_first = sorted(taken, reverse=True)
        kept: set[datetime] = set()
        for most, name in ((self.daily, "%Y-%m-%d"), (self.weekly, "%G-%V"), (self.monthly, "%Y-%m")):
            seen: dict[str, datetime] = {}
            for moment in newest_first:
                if moment <= now:
                    seen.setdefault(moment.strftime(name), moment)
            kept |= set(list(seen.values())[:most])
        kept |= {moment for moment in newest_first if moment > now}  # a clock was set back: nothing to judge
        if self.most_days is not None:
            # A day early, because the next look may be a day away.
            oldest = now - timedelta(days=self.most_days - 1)
            kept = {moment for moment in kept if moment > oldest}
        return kept


def load(file: Path = RULES) -> dict[str, Retention]:
    """The rule of each kind of backup: `office` and `keys`."""
    rules = yaml.safe_load(file.read_text())
    found = {kind: Retention.of(rules[kind]) for kind in ("office", "keys")}
    most = found["keys"].most_days
    if most is None or not 2 <= most <= 30:
        raise ValueError(f"{file}: backups of the keys are kept for 30 days at most: set most_days")
    return found
