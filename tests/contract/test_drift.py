"""The committed contracts are what the code says now, and a check that sees when they are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chassis.contracts.__main__ import found, main
from chassis.contracts.documents import contract_of
from chassis.contracts.folder import differences, write
from chassis.contracts.json_schema import Untellable
from contract.services import NAMES, contract, service

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_contract_is_what_the_code_says(name: str) -> None:
    drifted = differences(contract(name), contract_of(service(name)))
    assert not drifted, "\n".join(drifted)


def test_a_contract_that_drifted_is_told_file_by_file(tmp_path: Path) -> None:
    documents = contract_of(service("loans"))
    write(tmp_path, documents)
    assert differences(tmp_path, documents) == []

    (tmp_path / "asyncapi.yaml").unlink()
    (tmp_path / "events" / "loan_repaid.schema.json").write_text("{}")
    (tmp_path / "events" / "loan_forgotten.schema.json").write_text("{}")
    assert differences(tmp_path, documents) == [
        "changed    events/loan_repaid.schema.json",
        "left over  events/loan_forgotten.schema.json",
        "missing    asyncapi.yaml",
    ]
    write(tmp_path, documents)
    assert differences(tmp_path, documents) == []


def test_a_field_that_changed_in_the_code_is_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loans = service("loans")
    write(tmp_path, contract_of(loans))
    monkeypatch.setattr(loans.published["loan_repaid"], "version", 2)
    assert differences(tmp_path, contract_of(loans)) == [
        "changed    events/loan_repaid.example.json",
        "changed    events/loan_repaid.schema.json",
    ]


def test_what_cannot_be_told_is_refused_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loans = service("loans")
    monkeypatch.setattr(loans.published["loan_repaid"], "example", {})
    monkeypatch.setattr(loans.published["fund_set_aside"], "__doc__", "Money. Subject: the office.")
    monkeypatch.delattr(loans.operations["set_aside"].takes, "example")
    with pytest.raises(Untellable) as refused:
        contract_of(loans)
    assert str(refused.value).splitlines() == [
        "loans: FundSetAside: its subject 'office' is none of its fields",
        "loans: LoanRepaid: no loan in its example",
        "loans: SetAsideIn: no example",
    ]


def test_the_command_checks_all_services_and_says_the_same_under_any_hash_seed() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "chassis.contracts", "check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert found(ROOT / "tests") == sorted(NAMES)


def test_the_command_fails_on_drift_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("chassis.contracts.folder.folder_of", lambda service: tmp_path)
    assert main(["write", "loans"]) == 0
    assert main(["check", "loans"]) == main(["--check", "loans"]) == 0
    (tmp_path / "asyncapi.yaml").write_text("")
    assert main(["check", "loans"]) == 1
    assert "changed    asyncapi.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_every_generated_file_says_so_where_it_can(name: str) -> None:
    for path, text in contract_of(service(name)).items():
        assert ("python -m chassis.contracts" in text) != path.endswith(".example.json"), path


@pytest.mark.parametrize("name", NAMES)
def test_asyncapi_names_every_event_and_method_once_and_every_reference_leads_somewhere(name: str) -> None:
    document = yaml.safe_load((contract(name) / "asyncapi.yaml").read_text(encoding="utf-8"))
    sends = {f"publish.{type}" for type in service(name).published}
    answers = {f"answer.{method}" for method in service(name).operations}
    assert document["operations"].keys() == sends | answers
    assert document["channels"].keys() == {f"events.{type}" for type in service(name).published} | {
        f"rpc.{method}" for method in service(name).operations
    } | {"replies"}
    for reference in _references(document):
        if reference.startswith("#/"):
            _follow(document, reference)
        else:
            assert (contract(name) / reference).is_file(), reference


def _references(document: object) -> set[str]:
    if isinstance(document, dict):
        own = {document["$ref"]} if isinstance(document.get("$ref"), str) else set()
        return own.union(*map(_references, document.values()))
    return set().union(*map(_references, document)) if isinstance(document, list) else set()


def _follow(document: dict, reference: str) -> None:
    at: object = document
    for step in reference.removeprefix("#/").split("/"):
        assert isinstance(at, dict)
        assert step in at, reference
        at = at[step]
