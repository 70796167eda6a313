"""The registry's data files, read as an operator reads them, without the registry's code."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ustawi.local.errors import LocalError
from ustawi.local.system import ROOT

DIRECTORY = ROOT / "services" / "registry" / "registry" / "data"
PAGE = 500  # areas in one command
_SENT = ("code", "level", "name", "parent", "valid_from")


@dataclass(frozen=True)
class AreaFile:
    """One file of areas as `import_areas` takes them."""

    file: str
    country: str
    source: str
    instrument: str
    areas: tuple[dict[str, str], ...]

    def pages(self) -> Iterator[list[dict[str, str]]]:
        """The areas in pages; parents stand before their children in every file."""
        for start in range(0, len(self.areas), PAGE):
            yield list(self.areas[start : start + PAGE])


@dataclass(frozen=True)
class DataFiles:
    """The folder with countries.yaml, imports.yaml, the area files and ninh_thuan_decisions.yaml."""

    directory: Path = DIRECTORY

    def countries(self) -> list[dict[str, Any]]:
        """The countries as `define_country` takes them, each with its `holiday_years`."""
        countries: list[dict[str, Any]] = self._yaml("countries.yaml")["countries"]
        return countries

    def area_files(self) -> list[AreaFile]:
        return [
            AreaFile(**told, areas=self._areas(told["file"]))
            for told in self._yaml("imports.yaml")["imports"]
        ]

    def decisions(self) -> dict[str, Any]:
        """Ninh Thuan's decisions with their appointments, and the exits; dates as text, ISO."""
        decisions: dict[str, Any] = self._yaml("ninh_thuan_decisions.yaml")
        return decisions

    def wards(self, region: str) -> list[tuple[str, str]]:
        """The wards of a region as (code of the council, code of the ward), in the order of their codes."""
        rows = [row for file in self.area_files() for row in file.areas]
        return sorted(
            (row["parent"], row["code"])
            for row in rows
            if row["level"] == "ward" and row["code"].startswith(f"{region}.")
        )

    def _areas(self, name: str) -> tuple[dict[str, str], ...]:
        with self._open(name).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            return tuple({column: row[column] for column in _SENT if row[column]} for row in rows)

    def _yaml(self, name: str) -> Any:
        # Dates stay as they are written: RPC carries text.
        return yaml.load(self._open(name).read_text(encoding="utf-8"), Loader=_Plain)  # noqa: S506 - a SafeLoader

    def _open(self, name: str) -> Path:
        path = self.directory / name
        if not path.is_file():
            raise LocalError(f"{path} is missing: name the folder of the registry's data files by DATA_DIR")
        return path


class _Plain(yaml.SafeLoader):
    """YAML whose dates are text."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
