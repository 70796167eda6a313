"""Commands and queries about areas."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.commands import command, query
from chassis.errors import Invalid, NotFound
from chassis.transaction import Transaction
from registry import events
from registry.area_changes import store as changes
from registry.countries import store as countries
from registry.countries.whole import require_whole_country, unknown_country
from registry.names.model import fold, word_search

from . import model, store
from .schemas import AreaIn, AreaOut, AreasIn, AreasOut, ImportAreasIn, ImportAreasOut


class AreasRpc:
    @command(ImportAreasIn, replies=ImportAreasOut, needs="area.import")
    def import_areas(
        self, tx: Transaction, country: str, source: str, instrument: str, areas: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Put areas on record; those that are there in the same words are counted, others refused."""
        defined = countries.lock_country(tx, country)
        if defined is None:
            raise unknown_country()
        require_whole_country(tx, country)
        rows = [model.Row(**area) for area in areas]
        asked: dict[str, date | None] = {row.parent: None for row in rows if row.parent}
        asked |= {row.code: row.valid_from for row in rows}
        found = {known["code"]: known for known in store.on_record(tx, country, asked)}
        facts = ("level", "name", "parent", "valid_from", "since", "until")
        known = {code: model.Known(**{fact: area[fact] for fact in facts}) for code, area in found.items()}
        has_root = countries.root_area(tx, country) is not None
        plan = model.plan_import(rows, known, defined["levels"], has_root)

        ids = {code: area["area"] for code, area in found.items()}
        paths = {code: area["path"] for code, area in found.items()}
        created = [{**area, "country": country} for area in model.lay_out(plan.new, ids, paths, tx.new_id)]
        store.add_areas(
            tx, country, [{**each, "folded": fold(each["name"])} for each in created], source, instrument
        )
        scope.put_areas(tx, created)
        for each in created:
            tx.emit(events.AreaCreated, subject=each["area"], version=1, **each)
        return {"country": country, "created": len(created), "unchanged": plan.unchanged}

    @query(AreaIn, replies=AreaOut, needs="area.read")
    def area(
        self, tx: Transaction, area: UUID | None, country: str | None, code: str | None, as_of: date | None
    ) -> dict[str, Any]:
        """An area as it was on a date, with the way to it from the country down."""
        if area is not None:
            found = store.by_id(tx, area)
        elif country and code:
            found = store.by_code(tx, country, code)
        else:
            raise Invalid("which_area", "Name an area by its id, or by country and code.")
        if found is not None:
            on = as_of or tx.today(found["country"])
            if version := store.version_on(tx, found["area"], on):
                return {
                    **version,
                    "path": store.way_on(tx, found["area"], on),
                    "successors": changes.successors_of(tx, found["area"]),
                    "predecessors": changes.predecessors_of(tx, found["area"]),
                }
        raise NotFound("area_unknown", "No such area was in force on this date.")

    @query(AreasIn, replies=AreasOut, needs="area.read")
    def areas(
        self,
        tx: Transaction,
        country: str,
        parent: UUID | None,
        level: str | None,
        name: str | None,
        as_of: date | None,
        limit: int | None,
        after: str | None,
    ) -> dict[str, Any]:
        """A page of a country's areas on a date; names are found unaccented, by the beginnings of words."""
        on = as_of or tx.today(country)
        limit = limit or 100
        words = word_search(name) if name else None
        if name and not words:
            return {"items": [], "next": None, "as_of": on}
        found = store.areas_on(
            tx, country, on, parent=parent, level=level, words=words, after=after, limit=limit + 1
        )
        page = found[:limit]
        return {"items": page, "next": page[-1]["code"] if len(found) > limit else None, "as_of": on}
