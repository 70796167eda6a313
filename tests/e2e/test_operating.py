"""Calls, imports and exports by `ustawi`, on the whole system."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from e2e import small_world
from ustawi.demo.office import Office
from ustawi.main import cli

pytestmark = pytest.mark.xdist_group("e2e")


@pytest.fixture(scope="module")
def world(system) -> dict[str, str]:
    """Two countries with a few areas; area code -> id."""
    office = Office(system.addresses, say=print)
    small_world.define(office)
    office.until_all_applied()
    areas = dict(office.areas)
    office.close()
    return areas


def area_file(folder: Path, count: int, *, broken: int | None = None) -> Path:
    """A CSV file of hamlets; one of them, if asked, names a parent that nobody knows."""
    lines = ["code,level,name,parent,valid_from"]
    for number in range(count):
        parent = "TZ-90.nowhere" if number == broken else small_world.WARD
        lines.append(f"{small_world.WARD}.h{number:03},hamlet,Kitongoji {number},{parent},2015-01-01")
    file = folder / "areas.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


IMPORT = ("--country", "TZ", "--source", "made for tests", "--instrument", "none", "--chunk", "10")


def test_an_import_that_broke_off_goes_on_where_it_stopped(world, ustawi, tmp_path):
    before = ustawi("call", "registry", "log_head", "--json")["position"]
    broken = ustawi("import", "areas", str(area_file(tmp_path, 35, broken=25)), *IMPORT, exits=4)
    assert "2 of 4 chunks are in. The next, lines 22 to 31, is not" in broken
    mended = area_file(tmp_path, 35)
    told = ustawi("import", "areas", str(mended), *IMPORT, "--json")
    assert told == {"rows": 35, "chunks": 4, "dry_run": False, "created": 35, "unchanged": 0}
    assert ustawi("import", "areas", str(mended), *IMPORT, "--json") == told  # and nothing twice
    assert ustawi("call", "registry", "log_head", "--json")["position"] <= before + 35


def test_a_dry_run_sends_nothing_and_a_wrong_file_is_told_by_line(world, ustawi, tmp_path):
    file = area_file(tmp_path, 3)
    assert "3 rows in 1 chunk would be sent." in ustawi("import", "areas", str(file), *IMPORT, "--dry-run")
    file.write_text("code;name\n")
    assert "line 1: the columns" in ustawi("import", "areas", str(file), *IMPORT, exits=2)


def test_a_bank_statement_is_taken_in_and_its_unknown_lines_wait(world, ustawi, tmp_path):
    file = tmp_path / "statement.csv"
    file.write_text(
        "on,bank_reference,receipt_number,amount\n2026-02-02,NMB 1,,6500000\n2026-02-03,NMB 2,ERV 7,-20\n"
    )
    statement = ("--council", small_world.COUNCIL, "--country", "TZ", "--statement", "ST 2/2026")
    told = ustawi("import", "bank-statement", str(file), *statement, "--json")
    assert (told["new"], told["unmatched"]) == (2, 2)
    again = ustawi("import", "bank-statement", str(file), *statement, "--json")
    assert again == told
    lines = ustawi(
        "call", "loans", "bank_lines", json.dumps({"council": world[small_world.COUNCIL]}), "--json"
    )["lines"]
    assert sorted(line["amount"] for line in lines) == [-20, 6_500_000]


def test_events_are_exported_in_order_and_an_export_goes_on_in_its_file(world, ustawi, tmp_path):
    file = tmp_path / "registry.jsonl"
    assert ustawi("export", "events", "registry", "--out", str(file), "--limit", "4", "--json")["events"] == 4
    with file.open("a") as target:
        target.write('{"specversion":"1.0","id":"cut off in the mid')
    ustawi("export", "events", "registry", "--out", str(file))
    events = [json.loads(line) for line in file.read_text().splitlines()]
    head = ustawi("call", "registry", "log_head", "--json")["position"]
    assert [event["position"] for event in events] == list(range(1, head + 1))
    assert "leave --after out" in ustawi(
        "export", "events", "registry", "--out", str(file), "--after", "1", exits=2
    )
    piped = ustawi("export", "events", "registry", "--after", str(head - 1))
    assert json.loads(piped)["position"] == head


def test_figures_are_exported_as_published_or_for_officers(world, ustawi, tmp_path):
    file = tmp_path / "figures.csv"
    ustawi(
        *("export", "figures", "groups_registered", "loans_outstanding"),
        *("--country", "TZ", "--fiscal-year", "2025/26", "--out", str(file)),
    )
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [(row["indicator"], row["unit"]) for row in rows] == [
        ("groups_registered", "count"),
        ("loans_outstanding", "money"),
    ]
    wrong = ustawi("export", "figures", "happiness", "--country", "TZ", "--fiscal-year", "2025/26", exits=2)
    assert "no such indicator: happiness" in wrong


@pytest.mark.parametrize(
    ("arguments", "exits", "told"),
    [
        (("loans", "fund_position", '{"council": "x"}'), 4, "council: Give a UUID"),
        (("loans", "no_such_method"), 4, "[no_such_method]"),
        (("loans", "log_head", "--public"), 4, "[token_missing]"),
        (("loans", "log_head", "--token", "nonsense"), 4, "Sign in again"),
        (("loans", "log_head", "--role", "portal"), 4, "[forbidden]"),
        (("loans", "log_head", "[1]"), 2, "JSON object"),
        (("loans", "log_head", "{"), 2, "not JSON"),
    ],
)
def test_what_a_service_refuses_is_told_in_its_words(
    system, ustawi, arguments: tuple[str, ...], exits: int, told: str
):
    assert told in ustawi("call", *arguments, exits=exits)


def test_with_json_a_refusal_is_json_too(system, env_file):
    done = CliRunner().invoke(cli, ["call", "loans", "loan", "{}", "--json", "--env", str(env_file)])
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.exit_code, told["error"], list(told["fields"])) == (4, "Invalid", ["loan"])


def test_rules_in_force_on_a_day_are_listed_and_files_and_databases_agree(system, ustawi):
    now = ustawi("rules", "list", "--service", "loans", "--json")["rules"]
    then = ustawi("rules", "list", "--service", "loans", "--on", "2020-01-01", "--json")["rules"]
    version = {rule["name"]: rule["version"] for rule in now}["loan_rules"]
    assert version == "2024"
    assert {rule["name"]: rule["version"] for rule in then}["loan_rules"] == "2019"
    assert ustawi("rules", "diff") == "Files and databases agree.\n"


def test_in_a_container_one_shots_are_named_and_not_run(system, monkeypatch):
    monkeypatch.setenv("AMQP_URI", system.addresses.amqp_uri)
    monkeypatch.setenv("OFFICE_KEY_FILE", str(system.addresses.office_key))
    for command, told in (("migrate", "init-registry"), ("rebuild", "reports python -m reports rebuild")):
        done = CliRunner().invoke(cli, [command])
        assert (done.exit_code, told in done.output) == (2, True)
    for name, service in system.services.items():
        monkeypatch.setenv(f"{name.upper()}_OPS_URL", f"http://127.0.0.1:{service.port}")
    monkeypatch.setenv("REPORTS_WEB_OPS_URL", "http://127.0.0.1:9")
    done = CliRunner().invoke(cli, ["status", "--json"])
    states = {row["process"]: row["state"] for row in json.loads(done.stdout)["processes"]}
    assert done.exit_code == 1
    assert states == {
        **dict.fromkeys(("registry", "loans", "cases", "reports"), "ready"),
        "reports-web": "down",
    }
