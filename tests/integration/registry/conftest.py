"""A registry on a real database, with a piece of Tanzania on record, and short words to tell stories in."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

import registry as package
from chassis.auth import Actor
from chassis.call import Call
from chassis.testing import ServiceUnderTest
from registry.service import SERVICE

NOW = datetime(2025, 8, 4, 9, 0, tzinfo=UTC)
DAY = "2016-04-22"

TANZANIA = {
    "country": "TZ",
    "name": "Tanzania",
    "time_zone": "Africa/Dar_es_Salaam",
    "currency": "TZS",
    "fiscal_year_start_month": 7,
    "languages": ["sw"],
    "levels": ["country", "region", "council", "ward", "village"],
    "level_names": {
        "sw": {
            "country": "nchi",
            "region": "mkoa",
            "council": "halmashauri",
            "ward": "kata",
            "village": "kijiji",
        }
    },
}
VIETNAM = {
    "country": "VN",
    "name": "Việt Nam",
    "time_zone": "Asia/Ho_Chi_Minh",
    "currency": "VND",
    "fiscal_year_start_month": 1,
    "languages": ["vi"],
    "levels": ["country", "province", "district", "commune"],
    "level_names": {"vi": {"country": "quốc gia", "province": "tỉnh", "district": "huyện", "commune": "xã"}},
}

RUKWA = [
    ("TZ", "country", "Tanzania", None),
    ("TZ-20", "region", "Rukwa", "TZ"),
    ("TZ-20.nkasi", "council", "Nkasi District Council", "TZ-20"),
    ("TZ-20.nkasi.chala", "ward", "Chala", "TZ-20.nkasi"),
    ("TZ-20.nkasi.chala.chima", "village", "Chima", "TZ-20.nkasi.chala"),
    ("TZ-20.nkasi.kate", "ward", "Kate", "TZ-20.nkasi"),
    ("TZ-20.kalambo", "council", "Kalambo District Council", "TZ-20"),
    ("TZ-20.kalambo.matai", "ward", "Matai", "TZ-20.kalambo"),
]
NINH_THUAN = [
    ("VN", "country", "Việt Nam", None),
    ("VN-58", "province", "Tỉnh Ninh Thuận", "VN"),
    ("VN-58.584", "district", "Huyện Bác Ái", "VN-58"),
    ("VN-58.584.22801", "commune", "Xã Phước Đại", "VN-58.584"),
    ("VN-58.584.22804", "commune", "Xã Phước Chính", "VN-58.584"),
    ("VN-58.586", "district", "Huyện Ninh Hải", "VN-58"),
    ("VN-58.586.22846", "commune", "Xã Vĩnh Hải", "VN-58.586"),
]


def area_rows(rows: list[tuple[str, str, str, str | None]], valid_from: str = DAY) -> list[dict[str, Any]]:
    return [
        {"code": code, "level": level, "name": name, "valid_from": valid_from}
        | ({"parent": parent} if parent else {})
        for code, level, name, parent in rows
    ]


@dataclass
class Office:
    """The registry, its officers, and the areas that it knows by their codes."""

    svc: ServiceUnderTest
    TANZANIA: ClassVar = TANZANIA
    RUKWA: ClassVar = RUKWA
    DAY: ClassVar = DAY
    area_rows: ClassVar = staticmethod(area_rows)
    areas: dict[str, str] = field(default_factory=dict)
    _people: Iterator[int] = field(default_factory=lambda: count(1))

    def registrar(self, method: str, **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["registrar"], caller="registrar", **body)

    def ward_officer(self, method: str, **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["ward_officer"], caller="ward-officer", **body)

    def council_officer(self, method: str, **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["council_officer"], caller="council-officer", **body)

    def service(self, method: str, **body: Any) -> dict[str, Any]:
        return self.svc.call(method, roles=["service"], caller="service:loans", **body)

    def import_areas(
        self, country: str, rows: list[tuple[str, str, str, str | None]], valid_from: str = DAY
    ) -> dict[str, Any]:
        told = self.put_areas(country, area_rows(rows, valid_from))
        for row in self.svc.sql("SELECT code, area FROM area"):
            self.areas[row["code"]] = str(row["area"])
        return told

    def put_areas(
        self, country: str, rows: list[dict[str, Any]], scope: tuple[str, ...] = ("*",)
    ) -> dict[str, Any]:
        """`import_areas`, whose field `areas` bears the name of the caller's scope in `svc.call`."""
        actor = Actor("registrar", frozenset({"registrar"}), scope, 0)
        self.svc.runtime.authenticator = SimpleNamespace(verify=lambda token: actor)
        body = {"country": country, "source": "test", "instrument": "GN 240 of 2016", "areas": rows}
        operation = self.svc.service.operations["import_areas"]
        call = Call(id="test", token="told")
        return self.svc.runtime.serve(operation, self.svc.service.entrypoints(), (), body, call)

    def load_file(self, country: str, name: str) -> dict[str, Any]:
        """Import one of the area files that come with the registry, as a demonstration would."""
        columns = ("code", "level", "name", "parent", "valid_from")
        with (Path(package.__file__).parent / "data" / name).open(encoding="utf-8", newline="") as file:
            rows = [{c: row[c] for c in columns if row[c]} for row in csv.DictReader(file)]
        told = self.put_areas(country, rows)
        for row in self.svc.sql("SELECT code, area FROM area"):
            self.areas[row["code"]] = str(row["area"])
        return told

    def person(self, **facts: Any) -> dict[str, Any]:
        """A woman born on 4 March 1992, with a national id of her own."""
        return {
            "national_id": f"19920304-11101-{next(self._people):05d}-23",
            "name": "Neema Mwanakatwe",
            "sex": "female",
            "born_on": "1992-03-04",
            "citizen": True,
            "formally_employed": False,
            "disability": False,
            **facts,
        }

    def register_group(self, members: list[dict[str, Any]] | None = None, **facts: Any) -> dict[str, Any]:
        return self.ward_officer(
            "register_group",
            **{
                "country": "TZ",
                "kind": "women",
                "name": "Tupendane",
                "council": self.areas["TZ-20.nkasi"],
                "ward": self.areas["TZ-20.nkasi.chala"],
                "enterprise": "Ufugaji wa kuku",
                "members": members or [self.person() for _ in range(5)],
                **facts,
            },
        )

    def verify_group(self, group: str, decision: str = "verify", **facts: Any) -> dict[str, Any]:
        return self.council_officer(
            "verify_group", group=group, decision=decision, findings="Kikundi kimeonekana.", **facts
        )


@pytest.fixture(scope="session")
def registry_service(new_database: Callable[[], Any]) -> Iterator[ServiceUnderTest]:
    svc = ServiceUnderTest(SERVICE, new_database().settings("registry"))
    yield svc
    svc.close()


@pytest.fixture
def registry(registry_service: ServiceUnderTest) -> ServiceUnderTest:
    """The service with nothing on record but its rules, in the morning of 4 August 2025."""
    tables = registry_service.sql(
        """
        SELECT string_agg(format('%%I', relname), ', ') AS names FROM pg_class
        WHERE relnamespace = 'registry'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
          AND relname NOT IN ('rule', 'log_head', 'migration')
        """,
    )
    registry_service.sql(f"TRUNCATE {tables[0]['names']} RESTART IDENTITY")
    registry_service.at(NOW)
    return registry_service


@pytest.fixture
def bare(registry: ServiceUnderTest) -> Office:
    """The registry with nothing on record."""
    return Office(registry)


@pytest.fixture
def office(registry: ServiceUnderTest) -> Office:
    """The registry with a piece of Rukwa on record."""
    office = Office(registry)
    office.registrar("define_country", **TANZANIA)
    office.import_areas("TZ", RUKWA)
    return office


@pytest.fixture
def province(registry: ServiceUnderTest) -> Office:
    """The registry with a piece of Ninh Thuan on record."""
    office = Office(registry)
    office.registrar("define_country", **VIETNAM)
    office.import_areas("VN", NINH_THUAN, valid_from="2010-01-01")
    return office
