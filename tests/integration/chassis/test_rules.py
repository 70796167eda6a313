"""A decision is judged by the rules in force at its date, and those never change."""

from datetime import date

import psycopg
import pytest

from chassis import rules
from chassis.errors import Refused
from chassis.migrations import migrate
from chassis.rules import RuleFileError, in_force, load_rules
from chassis.service import CHASSIS_MIGRATIONS

RULE = """
name: loan_rules
country: TZ
versions:
  - version: "2019"
    in_force_from: 2019-04-05
    source: "GN 286 of 2019"
    document: {group_size: {women: 10}, kinds: [women, youth]}
  - version: "2024"
    in_force_from: 2024-07-01
    source: "GN 2024"
    document: {group_size: {women: 5}, kinds: [women, youth, pwd]}
"""


@pytest.fixture(scope="module")
def database(new_database):
    database = new_database()
    migrate(database.dsn("loans", owner=True), "loans", "loans", [CHASSIS_MIGRATIONS])
    return database


@pytest.fixture
def owner(database):
    with psycopg.connect(database.dsn("loans", owner=True), autocommit=True) as connection:
        yield connection
        connection.execute("DELETE FROM rule")


@pytest.fixture
def service(database, owner):
    with psycopg.connect(database.dsn("loans"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def files(tmp_path):
    (tmp_path / "loan_rules.yaml").write_text(RULE)
    (tmp_path / "roles.yaml").write_text("auditor: ['*.read']")
    return tmp_path


def test_loading_is_idempotent(owner, files):
    assert load_rules(owner, files) == ["loan_rules TZ 2019", "loan_rules TZ 2024"]
    assert load_rules(owner, files) == []


@pytest.mark.parametrize(
    ("on", "version"), [(date(2019, 4, 5), "2019"), (date(2024, 6, 30), "2019"), (date(2024, 7, 1), "2024")]
)
def test_the_version_in_force_on_a_date_is_found(owner, service, files, on, version):
    load_rules(owner, files)

    found = in_force(service, "loan_rules", "TZ", on)

    assert (found.version, found.document["group_size"]["women"]) == (version, 10 if version == "2019" else 5)
    with service.cursor() as cursor:
        assert in_force(cursor, "loan_rules", "TZ", on) is found


@pytest.mark.parametrize(
    ("name", "country", "on"),
    [
        ("loan_rules", "TZ", date(2019, 4, 4)),
        ("loan_rules", "ID", date(2024, 7, 1)),
        ("other", "TZ", date(2024, 7, 1)),
    ],
)
def test_a_date_without_a_rule_is_refused(owner, service, files, name, country, on):
    load_rules(owner, files)

    with pytest.raises(Refused) as refused:
        in_force(service, name, country, on)

    assert refused.value.code == "no_rule_in_force"


def test_a_version_never_changes(owner, service, files):
    load_rules(owner, files)
    for was, becomes in (("women: 5", "women: 4"), ("GN 2024", "GN 2025"), ("2024-07-01", "2024-07-02")):
        (files / "loan_rules.yaml").write_text(RULE.replace(was, becomes))
        with pytest.raises(RuleFileError, match="loaded before with other words"):
            load_rules(owner, files)

    assert in_force(service, "loan_rules", "TZ", date(2024, 7, 1)).document["group_size"]["women"] == 5


def test_one_date_has_one_version(owner, files):
    load_rules(owner, files)
    (files / "loan_rules.yaml").write_text(RULE.replace('version: "2024"', 'version: "2024a"'))

    with pytest.raises(RuleFileError, match="another version is in force"):
        load_rules(owner, files)


def test_a_bad_file_keeps_all_out(owner, files):
    (files / "zz.yaml").write_text(RULE.replace("women: 5", "women: 4"))

    with pytest.raises(RuleFileError, match="two files"):
        load_rules(owner, files)

    assert owner.execute("SELECT count(*) FROM rule").fetchone() == (0,)


def test_a_document_is_shared_and_so_refuses_changes(owner, service, files):
    load_rules(owner, files)
    document = in_force(service, "loan_rules", "TZ", date(2024, 7, 1)).document

    with pytest.raises(TypeError):
        document["group_size"]["women"] = 1
    with pytest.raises(TypeError):
        document["kinds"].append("men")
    with pytest.raises(TypeError):
        document |= {"a": 1}
    assert document["kinds"] == ["women", "youth", "pwd"]


def test_a_rule_is_read_once_and_a_new_version_is_taken_up_soon(owner, service, files, monkeypatch):
    load_rules(owner, files)
    first = in_force(service, "loan_rules", "TZ", date(2026, 1, 1))
    (files / "loan_rules.yaml").write_text(
        RULE + '  - {version: "2025", in_force_from: 2025-07-01, source: "GN 2025", document: {}}\n'
    )
    load_rules(owner, files)

    assert in_force(service, "loan_rules", "TZ", date(2026, 1, 1)) is first
    later = rules.time.monotonic() + rules.KEPT_SECONDS + 1
    monkeypatch.setattr(rules.time, "monotonic", lambda: later)
    assert in_force(service, "loan_rules", "TZ", date(2026, 1, 1)).version == "2025"
