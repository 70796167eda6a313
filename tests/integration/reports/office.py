"""The reports service under test, and short words for what happens in the other services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from chassis.envelope import Event
from chassis.testing import ServiceUnderTest
from reports.versions import store
from reports.versions.rebuild import rebuild


@dataclass
class Office:
    """The service, and short words for what happens in the others."""

    svc: ServiceUnderTest
    areas: dict[str, str] = field(default_factory=dict)

    def country(self, country: str = "TZ") -> None:
        zone, currency, start = {
            "TZ": ("Africa/Dar_es_Salaam", "TZS", 7),
            "VN": ("Asia/Ho_Chi_Minh", "VND", 1),
        }[country]
        self.tell(
            "registry",
            "country_defined",
            country,
            country=country,
            name=country,
            time_zone=zone,
            currency=currency,
            fiscal_year_start_month=start,
            languages=["en"],
            level_names={},
        )

    def area(self, name: str, level: str, parent: str | None = None, country: str = "TZ") -> str:
        """An area becomes known; `name` is how the test calls it. One that was named before keeps its id."""
        area = self.areas.setdefault(name, str(uuid4()))
        path = [area]
        above = parent
        while above:
            path.insert(0, self.areas[above])
            above = self._parents.get(above)
        self._parents[name] = parent
        self.tell(
            "registry",
            "area_created",
            area,
            area=area,
            country=country,
            level=level,
            code=f"{country}-{name}",
            name=name,
            parent=self.areas[parent] if parent else None,
            valid_from="2016-04-22",
            path=path,
        )
        return area

    _parents: dict[str, str | None] = field(default_factory=dict)

    def rukwa(self) -> None:
        """Tanzania with two councils of two wards each."""
        self.country()
        self.area("TZ", "country")
        self.area("Rukwa", "region", "TZ")
        for council, wards in {"Kalambo": ("Matai", "Kasanga"), "Nkasi": ("Chala", "Kate")}.items():
            self.area(council, "council", "Rukwa")
            for ward in wards:
                self.area(ward, "ward", council)

    def event(self, source: str, type: str, subject: str, data: Mapping[str, Any]) -> Event:
        """The next event of another service, not yet arrived; its data may have a field named as any other."""
        return self.svc._next(source, type, subject, None, data)

    def tell(self, source: str, type: str, of: str, /, **data: Any) -> str:
        """An event of another service arrives; returns its id."""
        event = self.event(source, type, of, data)
        self.take([event])
        return event.id

    def take(self, events: Sequence[Any]) -> None:
        """A batch of events of one source arrives."""
        self.svc.intake(events[0].source).take(events)

    def figures(self) -> list[tuple[Any, ...]]:
        """All live figures in one order."""
        with self.svc.tx() as tx:
            return [tuple(row.values()) for row in store.contents(tx, store.live(tx)["slot"])]

    def parked(self) -> list[dict[str, Any]]:
        return self.svc.sql("SELECT type, subject, error FROM parked_event ORDER BY source, position")

    def rebuild(self, **how: Any) -> Any:
        return rebuild(self.svc.runtime, **how)

    def ask(self, name: str, **body: Any) -> dict[str, Any]:
        """An officer of the region asks for an indicator."""
        return self.svc.call("indicator", name=name, roles=["region_officer"], **body)

    def public(self, name: str, **body: Any) -> dict[str, Any]:
        return self.svc.call("indicator", name=name, roles=[], areas=[], **body)

    def forget(self) -> None:
        """Begin anew, as on the first day."""
        self.svc.sql(
            """
            TRUNCATE fact, stream_position, parked_event, scope_country, scope_area, scope_holiday,
                     figures_version, figures_progress, figures_left_out, measure, known_group, known_organisation,
                     known_collaborator, known_loan, known_case, known_complaint, known_told, known_move;
            INSERT INTO figures_version (slot, state, live_at) VALUES ('a', 'live', now());
            """
        )
        self.svc._sources.clear()
        self.areas.clear()
