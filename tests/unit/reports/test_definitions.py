"""The families of figures hang together: what they read, what they make, what the catalogue says of it."""

import re

import pytest

from reports import foreign
from reports.figures.definition import Definition, digest
from reports.figures.definitions import BY_NAME, DEFINITIONS, DIGEST
from reports.indicators.catalogue import INDICATORS


def test_every_indicator_is_made_by_a_family_and_has_at_most_three_dimensions() -> None:
    for indicator in INDICATORS.values():
        assert set(indicator.families) <= set(BY_NAME)
        assert len(indicator.dimensions) <= 3
        assert indicator.kind in ("flow", "stock")
        assert indicator.unit in ("count", "money")


def test_every_indicator_is_named_in_the_sql_of_its_family() -> None:
    for indicator in INDICATORS.values():
        sql = " ".join(BY_NAME[family].sql for family in indicator.families)
        assert f"'{indicator.name}'" in sql or f"'{indicator.name.rpartition('_')[0]}_' || t.state" in sql, (
            indicator.name
        )


def test_figures_about_people_are_those_of_cases_and_complaints() -> None:
    about_people = {"cases", "assessments", "complaints", "appeals"}
    for indicator in INDICATORS.values():
        assert indicator.people == bool(about_people & set(indicator.families))
        if indicator.people and indicator.kind == "stock":
            assert indicator.follows
            assert not indicator.published_by
            assert all(INDICATORS[name].kind == "flow" for name in indicator.follows)
        for name in (*filter(None, [indicator.published_by]), *indicator.published_lines):
            assert name in indicator.dimensions


def test_the_sql_reads_no_field_that_its_readers_do_not_declare() -> None:
    for definition in DEFINITIONS:
        told = set(re.findall(r"(?<![a-z_])a\.\"?([a-z_]+)\"?", definition.sql))
        assert told <= {
            *definition.columns,
            "event",
            "position",
            "type",
            "recorded_on",
            "booked_on",
            "stay",
        }, definition.name


def test_every_reader_is_read_by_a_family() -> None:
    declared = {
        each for each in vars(foreign).values() if isinstance(each, type) and issubclass(each, foreign.Reader)
    }
    read = {reader for each in DEFINITIONS for readers in each.reads.values() for reader in readers.values()}
    assert declared - {foreign.Reader} == read


def test_a_name_that_means_two_things_in_one_family_is_refused() -> None:
    class One(foreign.Reader):
        on = foreign.fields.Day()

    class Other(foreign.Reader):
        on = foreign.fields.Moment()

    with pytest.raises(TypeError, match="on is date"):
        _ = Definition("x", {"loans": {"one": One, "other": Other}}, "").columns


def test_the_digest_changes_with_any_definition() -> None:
    assert digest(DEFINITIONS) == DIGEST
    assert digest(DEFINITIONS[1:]) != DIGEST
    changed = Definition(DEFINITIONS[0].name, DEFINITIONS[0].reads, DEFINITIONS[0].sql + " ")
    assert digest([changed, *DEFINITIONS[1:]]) != DIGEST
