"""Rule files are read strictly: what YAML would lose or bend in silence is an error."""

from datetime import date

import pytest

from chassis.rules import RuleFileError, RuleVersion, read_rules

RULE = """
name: loan_rules
country: TZ
versions:
  - version: "2019"
    in_force_from: 2019-04-05
    source: "GN 286 of 2019"
    document: {group_size: {women: 10, pwd: 5}, from: 2019-04-05, kinds: [women, youth]}
  - version: "2024"
    in_force_from: 2024-07-01
    source: "GN 2024"
    document: {group_size: {women: 5, pwd: 2}}
"""


def read(tmp_path, text, name="loan_rules.yaml"):
    (tmp_path / name).write_text(text)
    return read_rules(tmp_path)


def test_a_file_holds_all_versions_of_one_rule(tmp_path):
    first, second = read(tmp_path, RULE)

    assert (first.name, first.country, first.version) == ("loan_rules", "TZ", "2019")
    assert first.in_force_from == date(2019, 4, 5)
    assert first.document == {
        "group_size": {"women": 10, "pwd": 5},
        "from": "2019-04-05",
        "kinds": ["women", "youth"],
    }
    assert second.source == "GN 2024"


def test_roles_are_no_dated_rule(tmp_path):
    assert read(tmp_path, "auditor: ['*.read']", name="roles.yaml") == []


def test_the_checksum_covers_everything_and_no_order_of_keys():
    def version(**changed):
        given = {
            "name": "n",
            "country": "TZ",
            "version": "1",
            "in_force_from": date(2024, 1, 1),
            "source": "law",
            "document": {"a": 1, "b": 2},
        }
        return RuleVersion(**{**given, **changed}).checksum

    assert version() == version(document={"b": 2, "a": 1})
    changes = [
        {"source": "other"},
        {"in_force_from": date(2024, 1, 2)},
        {"document": {"a": 1}},
        {"country": "ID"},
    ]
    assert len({version(), *(version(**changed) for changed in changes)}) == 5


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('version: "2019"', "version: 2019", "quotes"),
        ("2019-04-05\n", "soon\n", "date"),
        ("2019-04-05\n", "2019-04-05 10:00:00\n", "date"),
        ('"GN 286 of 2019"', '" "', "source"),
        ("country: TZ", "country: Tanzania", "country"),
        ("country: TZ", "country: NO", "country"),  # YAML reads it as false
        ("name: loan_rules", "name: Loan rules", "snake"),
        ("name: loan_rules", "name: loan_rules\nname: others", "twice"),
        ("women: 10", "women: 10, women: 5", "twice"),
        ("women: 10", "1: 10", "quotes"),
        ("women: 10", "women: 2019-01-01 10:00:00", "quotes"),
        ("women: 10", "women: !!binary aGk=", "not allowed"),
        ("women: 10", "women: !!python/object/apply:os.getcwd []", "could not determine"),
        ("document: {group_size: {women: 5, pwd: 2}}", "document: []", "mapping"),
        ("document: {group_size: {women: 5, pwd: 2}}", "", "a version has"),
        ('version: "2024"', 'version: "2019"', "twice"),
        (RULE, "[]", "give name"),
        (RULE, "name: a\ncountry: TZ\nversions: []", "at least one"),
        (RULE, "{", "yaml"),
    ],
)
def test_a_malformed_file_is_refused_with_what_is_wrong(tmp_path, was, becomes, told):
    assert was in RULE

    with pytest.raises(RuleFileError, match=told):
        read(tmp_path, RULE.replace(was, becomes))
