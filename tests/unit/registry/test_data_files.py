"""The data files say what SOURCE.md says, and what the office's own account says."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

import registry
from chassis.rules import read_rules
from registry.areas.model import Row, plan_import
from registry.collaborators.model import Appointment, check_appointments
from registry.countries.model import check_definition

DATA = Path(registry.__file__).parent / "data"
COUNTRIES = {c["country"]: c for c in yaml.safe_load((DATA / "countries.yaml").read_text())["countries"]}
IMPORTS = yaml.safe_load((DATA / "imports.yaml").read_text())["imports"]
DECISIONS = yaml.safe_load((DATA / "ninh_thuan_decisions.yaml").read_text())


def rows_of(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [
            Row(r["code"], r["level"], r["name"], r["parent"] or None, date.fromisoformat(r["valid_from"]))
            for r in csv.DictReader(file)
        ]


@pytest.mark.parametrize("country", COUNTRIES.values(), ids=lambda country: country["country"])
def test_every_country_is_soundly_defined(country):
    check_definition(country["time_zone"], country["languages"], country["levels"], country["level_names"])


@pytest.mark.parametrize("told", IMPORTS, ids=lambda told: told["file"])
def test_every_area_file_can_be_imported_as_it_is(told):
    rows = rows_of(told["file"])
    assert len(plan_import(rows, {}, COUNTRIES[told["country"]]["levels"], False).new) == len(rows)
    assert len(rows) <= 5000
    assert all(row.name == " ".join(row.name.split()) and len(row.code) <= 100 for row in rows)


def test_rukwa_has_its_four_councils_and_each_ward_is_in_one_of_them():
    rows = rows_of("rukwa.csv")
    councils = {row.code: row.name for row in rows if row.level == "council"}
    assert sorted(councils.values()) == [
        "Kalambo District Council",
        "Nkasi District Council",
        "Sumbawanga District Council",
        "Sumbawanga Municipal Council",
    ]
    wards = Counter(councils[row.parent] for row in rows if row.level == "ward" and row.parent)
    assert sorted(wards.values()) == [19, 23, 27, 28]
    assert Counter(row.level for row in rows) == {
        "country": 1,
        "region": 1,
        "district": 3,
        "council": 4,
        "ward": 97,
        "village": 339,
        "mtaa": 165,
        "hamlet": 1849,
    }


def test_kilindi_lies_in_tanga():
    rows = {row.code: row for row in rows_of("kilindi.csv")}
    district = rows[rows["TZ-25.kilindi-dc"].parent]
    assert rows[district.parent].name == "Tanga"


def test_ninh_thuan_has_seven_districts_and_sixty_five_communes():
    assert Counter(row.level for row in rows_of("ninh_thuan.csv")) == {
        "country": 1,
        "province": 1,
        "district": 7,
        "commune": 65,
    }


def served_on(day: date) -> int:
    appointed = sum(len(d["appointments"]) for d in DECISIONS["decisions"] if d["effective_on"] <= day)
    return appointed - sum(exit["on"] <= day for exit in DECISIONS["exits"])


def test_the_decisions_give_the_counts_of_the_offices_account():
    decisions = {
        d["number"]: (d["issued_on"].isoformat(), len(d["appointments"])) for d in DECISIONS["decisions"]
    }
    assert decisions["466/QD-UBND"] == ("2020-04-08", 12)
    first = [decisions[number] for number in ("1897/QD-UBND", "866/QD-UBND", "1819/QD-UBND")]
    assert [day for day, _ in first] == ["2015-09-07", "2017-05-12", "2017-09-20"]
    assert sum(count for _, count in first) == 44
    assert len(DECISIONS["exits"]) == 16
    assert served_on(date(2017, 9, 20)) == 44
    assert served_on(date(2020, 4, 7)) == 28
    assert served_on(date(2020, 4, 8)) == 40


def test_what_was_constructed_says_so():
    for decision in DECISIONS["decisions"]:
        assert all(person["constructed"] is True for person in decision["appointments"])
    assert all(exit["constructed"] is True for exit in DECISIONS["exits"])


def test_everyone_appointed_meets_the_rules_and_leaves_after_the_appointment():
    (rules,) = (r.document for r in read_rules(DATA.parent / "rules") if r.name == "collaborators")
    communes = {row.code for row in rows_of("ninh_thuan.csv")}
    facts = ("name", "born_on", "qualification", "field", "certificate")
    effective = {}
    for decision in DECISIONS["decisions"]:
        people = [Appointment(**{fact: each[fact] for fact in facts}) for each in decision["appointments"]]
        areas = [each["area"] for each in decision["appointments"]]
        check_appointments(people, areas, communes, rules, decision["issued_on"])
        effective[decision["number"]] = (decision["effective_on"], len(people))
    left = {(exit["decision"], exit["appointment"]) for exit in DECISIONS["exits"]}
    assert len(left) == 16
    for exit in DECISIONS["exits"]:
        since, appointed = effective[exit["decision"]]
        assert since <= exit["on"]
        assert 1 <= exit["appointment"] <= appointed
        assert exit["reason_code"] in rules["exit_reasons"]
