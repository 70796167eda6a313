"""Areas on record: imported in sets, asked for by date, kept apart by the database itself."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import yaml

import registry as package
from chassis.errors import NotFound, Refused

DATA = Path(package.__file__).parent / "data"
COUNTRIES = yaml.safe_load((DATA / "countries.yaml").read_text(encoding="utf-8"))["countries"]


def test_an_import_takes_children_before_parents_and_tells_each_area(office):
    assert len(office.svc.events("area_created")) == len(office.RUKWA)
    rows = [
        ("TZ-20.nkasi.isale.ntuchi", "village", "Ntuchi", "TZ-20.nkasi.isale"),
        ("TZ-20.nkasi.isale", "ward", "Isale", "TZ-20.nkasi"),
    ]
    told = office.import_areas("TZ", rows)
    assert (told["created"], told["unchanged"]) == (2, 0)
    event = office.svc.events("area_created")[-1]
    codes = ["TZ", "TZ-20", "TZ-20.nkasi", "TZ-20.nkasi.isale", "TZ-20.nkasi.isale.ntuchi"]
    assert event["data"]["path"] == [office.areas[code] for code in codes]
    assert event["data"]["parent"] == office.areas["TZ-20.nkasi.isale"]
    with office.svc.tx() as tx:
        known = tx.area(office.areas["TZ-20.nkasi.isale.ntuchi"])
        assert [str(step) for step in known["path"]] == event["data"]["path"]


def test_the_same_import_again_changes_nothing(office):
    told = office.import_areas("TZ", random.Random(7).sample(office.RUKWA, len(office.RUKWA)))
    assert (told["created"], told["unchanged"], told["events"]) == (0, len(office.RUKWA), [])


def test_an_import_never_changes_an_area(office):
    with pytest.raises(Refused, match="area_changed") as refused:
        office.import_areas(
            "TZ",
            [
                ("TZ-20.nkasi.kate", "ward", "Kate Mpya", "TZ-20.nkasi"),
                ("TZ-20.nkasi.wampembe", "ward", "Wampembe", "TZ-20.nkasi"),
            ],
        )
    assert refused.value.fields == {"TZ-20.nkasi.kate": "other name than on record"}
    assert office.registrar("areas", country="TZ", name="Wampembe")["items"] == []


def test_an_area_is_asked_for_by_code_with_the_way_to_it(office):
    shown = office.registrar("area", country="TZ", code="TZ-20.nkasi.chala.chima")
    assert [step["name"] for step in shown["path"]] == [
        "Tanzania",
        "Rukwa",
        "Nkasi District Council",
        "Chala",
        "Chima",
    ]
    assert shown["instrument"] == "GN 240 of 2016"
    assert office.registrar("area", area=shown["area"])["code"] == "TZ-20.nkasi.chala.chima"
    with pytest.raises(NotFound, match="area_unknown"):
        office.registrar("area", country="TZ", code="TZ-20.nkasi.chala.chima", as_of="2016-04-21")


def test_areas_are_found_unaccented_by_the_beginnings_of_words(province):
    def found(name):
        return [item["name"] for item in province.registrar("areas", country="VN", name=name)["items"]]

    assert found("phuoc dai") == ["Xã Phước Đại"]
    assert found("PHƯỚC") == ["Xã Phước Đại", "Xã Phước Chính"]
    assert found("huoc") == []
    assert found("''") == []


def test_areas_come_in_pages_of_a_parent_and_a_level(office):
    first = office.registrar("areas", country="TZ", parent=office.areas["TZ-20"], limit=1)
    assert [item["code"] for item in first["items"]] == ["TZ-20.kalambo"]
    second = office.registrar(
        "areas", country="TZ", parent=office.areas["TZ-20"], limit=1, after=first["next"]
    )
    assert [item["code"] for item in second["items"]] == ["TZ-20.nkasi"]
    assert second["next"] is None
    wards = office.registrar("areas", country="TZ", level="ward")["items"]
    assert [ward["name"] for ward in wards] == ["Matai", "Chala", "Kate"]


def test_two_imports_of_the_same_areas_at_once_put_them_on_record_once(office):
    rows = office.area_rows([(f"TZ-20.nkasi.w{n}", "ward", f"Kata {n}", "TZ-20.nkasi") for n in range(40)])

    def bring(seed):
        shuffled = random.Random(seed).sample(rows, len(rows))
        return office.put_areas("TZ", shuffled)["created"]

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(bring, range(4))) == [0, 0, 0, 40]


def test_five_thousand_areas_come_in_one_call(office):
    rows = [(f"TZ-20.nkasi.w{n}", "ward", f"Kata {n}", "TZ-20.nkasi") for n in range(50)]
    rows += [(f"{rows[n % 50][0]}.v{n}", "village", f"Kijiji {n}", rows[n % 50][0]) for n in range(4950)]
    started = time.monotonic()
    assert office.import_areas("TZ", rows)["created"] == 5000
    assert time.monotonic() - started < 10  # the statement time-out of a service is 15 s
    assert len(office.svc.events("area_created")) == 5000 + len(office.RUKWA)


def test_rukwa_and_kilindi_come_from_their_files_and_only_once(bare):
    (tanzania,) = (c for c in COUNTRIES if c["country"] == "TZ")
    bare.registrar("define_country", **{k: v for k, v in tanzania.items() if k != "holiday_years"})
    assert bare.load_file("TZ", "rukwa.csv")["created"] == 2459
    told = bare.load_file("TZ", "rukwa.csv")
    assert (told["created"], told["unchanged"]) == (0, 2459)
    told = bare.load_file("TZ", "kilindi.csv")
    assert (told["created"], told["unchanged"]) == (740, 1)
    shown = bare.registrar("area", country="TZ", code="TZ-20.sumbawanga-mc.majengo")
    assert [step["name"] for step in shown["path"]] == [
        "Tanzania",
        "Rukwa",
        "Sumbawanga",
        "Sumbawanga Municipal Council",
        "Majengo",
    ]
    wards = bare.registrar("areas", country="TZ", name="majengo", level="ward")["items"]
    assert [ward["code"] for ward in wards] == [
        "TZ-20.nkasi-dc.majengo",
        "TZ-20.sumbawanga-mc.majengo",
    ]


# -- What the database itself forbids


def version(office, **facts):
    office.svc.sql(
        """
        INSERT INTO area_version (area, version, level, name, folded, parent, valid_from, valid_to,
                                  source, instrument, recorded_by, recorded_at)
        SELECT area, %(version)s, level, name, folded, parent, %(valid_from)s, %(valid_to)s,
               'x', 'x', 'x', now()
        FROM area_version WHERE area = %(area)s AND version = 1
        """,
        **{"area": office.areas["TZ-20.nkasi.kate"], "version": 2, "valid_to": None, **facts},
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"valid_from": "2020-01-01"},  # two that hold for ever
        {"valid_from": "2016-04-22", "valid_to": "2020-01-01"},  # two that begin on one day
        {"valid_from": "2010-01-01", "valid_to": "2018-01-01"},  # reaches into the next
        {"valid_from": "2010-01-01", "valid_to": "2012-01-01"},  # leaves a gap
        {"valid_from": "2010-01-01", "valid_to": "2010-01-01"},  # holds on no day
    ],
)
def test_versions_of_one_area_neither_overlap_nor_leave_a_gap(office, facts):
    with pytest.raises(psycopg.errors.IntegrityError):
        version(office, **facts)


def test_a_version_before_the_first_may_end_where_that_begins(office):
    version(office, valid_from="2010-01-01", valid_to=office.DAY)
    shown = office.registrar("area", country="TZ", code="TZ-20.nkasi.kate", as_of="2015-01-01")
    assert (shown["version"], shown["valid_to"]) == (2, office.DAY)


def test_a_country_has_one_root_and_only_the_root_has_no_parent(office):
    with pytest.raises(psycopg.errors.UniqueViolation):
        office.svc.sql("INSERT INTO area VALUES (gen_random_uuid(), 'TZ', 'TZ-2', true, now())")
    with pytest.raises(psycopg.errors.CheckViolation):
        office.svc.sql("UPDATE area_version SET parent = NULL WHERE level = 'ward'")
