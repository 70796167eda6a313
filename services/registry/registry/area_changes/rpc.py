"""The command that changes areas by a legal instrument."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.commands import command
from chassis.schemas import Event
from chassis.transaction import Transaction
from registry import events
from registry.areas import store as areas
from registry.countries import store as countries
from registry.countries.whole import require_whole_country, unknown_country
from registry.names.model import fold

from . import model, store
from .model import Change, Part, Plan, Version
from .schemas import ChangeAreasIn, ChangeAreasOut


class AreaChangesRpc:
    @command(ChangeAreasIn, replies=ChangeAreasOut, needs="area.change")
    def change_areas(
        self,
        tx: Transaction,
        country: str,
        instrument: str,
        source: str,
        effective_on: date,
        changes: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Put on record what an instrument makes of the map from a day on, past or to come; whole or not at all."""
        defined = countries.lock_country(tx, country)
        if defined is None:
            raise unknown_country()
        require_whole_country(tx, country)
        asked = [_change(each) for each in changes]
        found = {each["code"]: each for each in _map(tx, country, asked, effective_on)}
        facts = ("level", "name", "parent", "settled")
        standing = {
            code: model.Standing(**{fact: each[fact] for fact in facts}) for code, each in found.items()
        }
        known = store.codes_given(tx, country, [each.area for each in asked])
        plan = model.plan_changes(asked, standing, known, defined["levels"])
        _Keeping(tx, country, effective_on, source, instrument, found, plan).keep()
        ids = {code: each["area"] for code, each in found.items()}
        return {
            "country": country,
            "effective_on": effective_on,
            "created": [{"code": new.code, "area": ids[new.code]} for new in plan.created],
            "changed": len({each.code for each in (*plan.renamed, *plan.moved)}),
            "carried": len(plan.carried),
            "abolished": len(plan.gone),
        }


class _Keeping:
    """What a plan comes to on record and in events; `found` is the map, by code, and takes the new areas in."""

    def __init__(
        self,
        tx: Transaction,
        country: str,
        on: date,
        source: str,
        instrument: str,
        found: dict[str, dict[str, Any]],
        plan: Plan,
    ) -> None:
        self.tx, self.country, self.on, self.plan, self.found = tx, country, on, plan, found
        self.source, self.instrument = source, instrument
        self.ids: dict[str, UUID] = {code: each["area"] for code, each in found.items()}

    def keep(self) -> None:
        tx, plan = self.tx, self.plan
        for new in plan.created:
            self.ids[new.code] = tx.new_id()
            self.found[new.code] = {"area": self.ids[new.code]}
        created = [self._told(new) for new in plan.created]
        areas.add_areas(
            tx,
            self.country,
            [{**each, "folded": fold(each["name"])} for each in created],
            self.source,
            self.instrument,
        )
        changed = [self._told(each) for each in plan.changed]
        versions = store.go_on(
            tx,
            [{**each, "folded": fold(each["name"])} for each in changed],
            self.on,
            self.source,
            self.instrument,
        )
        ended = {code: self._ended(code) for code in plan.gone}
        last = store.abolish(tx, [self.ids[code] for code in plan.gone], self.on)
        store.add_successions(tx, list(self._successions()), self.on, self.instrument)

        scope.put_areas(tx, [*created, *changed, *ended.values()])
        for code, each in ended.items():
            scope.put_successors(tx, each["area"], [self.ids[part.area] for part in plan.gone[code]], self.on)

        for each in created:
            tx.emit(events.AreaCreated, subject=each["area"], version=1, **each)
        self._tell(events.AreaRenamed, plan.renamed, versions)
        self._tell(events.AreaMoved, plan.moved, versions, carried=False)
        self._tell(events.AreaMoved, plan.carried, versions, carried=True)
        self._tell_of_splits_and_merges({**versions, **last})
        for code, each in ended.items():
            heirs = self._parts(plan.gone[code])
            tx.emit(
                events.AreaAbolished,
                subject=each["area"],
                version=last[each["area"]],
                **each,
                successors=heirs,
                instrument=self.instrument,
            )

    def _tell(
        self, event: type[Event], changed: list[Version], versions: Mapping[UUID, int], **more: Any
    ) -> None:
        for each in changed:
            told = self._told(each)
            self.tx.emit(
                event,
                subject=told["area"],
                version=versions[told["area"]],
                **told,
                **more,
                instrument=self.instrument,
            )

    def _tell_of_splits_and_merges(self, versions: Mapping[UUID, int]) -> None:
        about = {"country": self.country, "on": self.on, "instrument": self.instrument}
        for split in self.plan.splits:
            area = self.ids[split.area]
            self.tx.emit(
                events.AreaSplit,
                subject=area,
                version=versions.get(area),
                area=area,
                level=self.found[split.area]["level"],
                into=self._parts(split.into),
                **about,
            )
        for merge in self.plan.merges:
            area = self.ids[merge.area]
            gone = [code for code in merge.areas if code != merge.area]
            self.tx.emit(
                events.AreasMerged,
                subject=area,
                version=versions.get(area),
                into=area,
                level=self.found[gone[0]]["level"],
                areas=[self.ids[code] for code in gone],
                **about,
            )

    def _told(self, version: Version) -> dict[str, Any]:
        """A version as it stands in the events and in every copy."""
        return {
            "area": self.ids[version.code],
            "country": self.country,
            "code": version.code,
            "level": version.level,
            "name": version.name,
            "parent": self.ids[version.parent] if version.parent else None,
            "valid_from": self.on,
            "path": [self.ids[step] for step in version.path],
        }

    def _ended(self, code: str) -> dict[str, Any]:
        """The last version of an abolished area, with its end."""
        path, step = [code], self.found[code]["parent"]
        while step is not None:
            path.insert(0, step)
            step = self.found[step]["parent"]
        area = self.found[code]
        told = self._told(Version(code, area["level"], area["name"], area["parent"], tuple(path)))
        return {**told, "valid_from": area["valid_from"], "valid_to": self.on}

    def _parts(self, parts: tuple[Part, ...]) -> list[dict[str, Any]]:
        return [{"area": self.ids[part.area], "weight": part.weight} for part in parts]

    def _successions(self) -> Any:
        for split in self.plan.splits:
            for part in split.into:
                yield {
                    "area": self.ids[split.area],
                    "successor": self.ids[part.area],
                    "kind": "split",
                    "weight": part.weight,
                }
        for merge in self.plan.merges:
            for code in merge.areas:
                if code != merge.area:
                    yield {
                        "area": self.ids[code],
                        "successor": self.ids[merge.area],
                        "kind": "merge",
                        "weight": None,
                    }


def _change(told: dict[str, Any]) -> Change:
    into = tuple(Part(part["area"], part.get("weight")) for part in told.get("into") or ())
    one = {name: told.get(name) for name in ("level", "name", "parent")}
    return Change(told["change"], told["area"], **one, into=into, areas=tuple(told.get("areas") or ()))


def _map(tx: Transaction, country: str, changes: list[Change], on: date) -> list[dict[str, Any]]:
    named = {
        code
        for each in changes
        for code in (each.area, each.parent, *(part.area for part in each.into), *each.areas)
        if code
    }
    changing = {
        code
        for each in changes
        for code in (each.areas if each.change == "merge" else (each.area,))
        if each.change in ("move", "split", "merge", "abolish")
    }
    return store.map_on(tx, country, named, changing, on)
