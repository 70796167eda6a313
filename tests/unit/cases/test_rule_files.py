"""The rule files of all countries: complete, consistent, and what the models ask for."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import cases
from cases.clocks.model import term_of
from cases.people.model import age_band
from cases.welfare.model import category_of
from chassis.rules import read_rules

COUNTRIES = ("TZ", "ID", "VN")
RULES = {
    (rule.name, rule.country): rule.document
    for rule in read_rules(Path(next(iter(cases.__path__))) / "rules")
}
RESTRICTED = {3, 4, 6, 7, 10, 14, 16, 17, 18, 19}
OWN_LANGUAGE = {"TZ": "sw", "ID": "id", "VN": "vi"}


def texts(node: Any) -> list[dict[str, str]]:
    """Every `names` in a document."""
    if not isinstance(node, dict):
        return []
    own = [node["names"]] if "names" in node else []
    return own + [found for child in node.values() for found in texts(child)]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["clocks", "complaints", "people", "pmks", "welfare"])
def test_every_country_has_every_rule(name: str, country: str) -> None:
    assert (name, country) in RULES


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_26_kinds_are_numbered_and_the_sensitive_ones_restricted(country: str) -> None:
    categories = RULES["pmks", country]["categories"]
    assert [category["number"] for category in categories.values()] == list(range(1, 27))
    assert {category["number"] for category in categories.values() if category["restricted"]} == RESTRICTED


def test_the_kinds_are_the_same_in_every_country() -> None:
    def without_names(country: str) -> dict[str, Any]:
        categories = RULES["pmks", country]["categories"]
        return {code: {k: v for k, v in each.items() if k != "names"} for code, each in categories.items()}

    assert without_names("TZ") == without_names("ID") == without_names("VN")


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_kind_belongs_to_one_group_and_every_group_has_a_kind(country: str) -> None:
    rules = RULES["pmks", country]
    counted = Counter(category_of(rules, code).group for code in rules["categories"])
    assert set(counted) == set(rules["groups"])
    assert counted.total() == 26


def test_the_indonesian_names_are_those_of_the_list() -> None:
    names = [category["names"]["id"] for category in RULES["pmks", "ID"]["categories"].values()]
    assert (names[0], names[11], names[25]) == (
        "Anak balita terlantar",
        "Pengemis",
        "Komunitas adat terpencil",
    )


@pytest.mark.parametrize(("name", "country"), sorted(RULES))
def test_every_code_is_named_in_english_and_in_the_countrys_language(name: str, country: str) -> None:
    for names in texts(RULES[name, country]):
        assert {"en", OWN_LANGUAGE[country]} <= set(names)
        assert all(isinstance(text, str) and text for text in names.values())


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize(
    ("kind", "length", "unit"),
    [
        ("acknowledge", 5, "working_days"),
        ("decide", 14, "working_days"),
        ("decide_complex", 30, "working_days"),
        ("appeal", 30, "days"),
        ("appeal_decide", 20, "working_days"),
        ("danger", 24, "hours"),
        ("plan_review", 90, "days"),
    ],
)
def test_the_clocks_are_as_promised(country: str, kind: str, length: int, unit: str) -> None:
    term = term_of(RULES["clocks", country], kind)
    assert (term.length, term.unit, term.warning_percent) == (length, unit, 75)


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_decision_of_a_kind_is_in_the_list(country: str) -> None:
    rules = RULES["complaints", country]
    for kind in rules["kinds"].values():
        assert kind["decisions"]
        assert set(kind["decisions"]) <= set(rules["decisions"])
    assert set(rules["kinds"]) == {
        "malalamiko",
        "kero",
        "maoni",
        "ushauri",
        "mapendekezo",
        "hoja",
        "pongezi",
        "maulizo",
    }
    assert set(rules["channels"]) == {"in_person", "phone", "letter", "sms", "web"}
    assert rules["appeal_bodies"]


def test_tanzanias_outside_bodies_are_all_five() -> None:
    assert len(RULES["complaints", "TZ"]["appeal_bodies"]) == 5


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_age_bands_keep_children_and_elders_apart(country: str) -> None:
    bands = RULES["people", country]["age_bands"]
    assert bands[0] == 0
    assert bands == sorted(set(bands))
    assert age_band(17, bands) != age_band(18, bands)
    assert age_band(59, bands) != age_band(60, bands)
