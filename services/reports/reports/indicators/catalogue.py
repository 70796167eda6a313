"""The indicators that there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Indicator:
    """One kind of figure. `dimensions` stand in the order in which they are kept."""

    name: str
    families: tuple[str, ...]  # that make it together
    kind: str  # flow: what happened in a period; stock: what stands at its end
    unit: str  # count | money
    dimensions: tuple[str, ...]
    people: bool = False
    officers: bool = False  # told to officers alone
    published_by: str | None = None
    published_lines: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    def place_of(self, dimension: str) -> int:
        """In which column (1 to 3) a dimension is kept."""
        return self.dimensions.index(dimension) + 1


def _read(path: Path) -> Mapping[str, Indicator]:
    told: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = {}
    for name, entry in told.items():
        publish = entry.pop("publish", {})
        family = entry.pop("family")
        found[name] = Indicator(
            name,
            families=(family,) if isinstance(family, str) else tuple(family),
            **{**entry, "dimensions": tuple(entry["dimensions"])},
            published_by=publish.get("by"),
            published_lines=tuple(publish.get("lines", ())),
            follows=tuple(publish.get("follows", ())),
        )
    return found


INDICATORS = _read(Path(__file__).with_name("indicators.yaml"))
