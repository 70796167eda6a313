"""Who may import whom: the contracts of import-linter hold, and each of them sees what it is there for."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.source import NAMES, ROOT, Module, modules, plant, services

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"
PACKAGES = ("chassis", *NAMES, "ustawi")


def lint(config: Path, root: Path) -> str:
    """What import-linter says about the packages below `root`, by the contracts of `config`."""
    run = subprocess.run(
        [sys.executable, "-c", RUN, "--config", str(config), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def verdicts(said: str) -> dict[str, str]:
    """Contract -> KEPT or BROKEN."""
    return dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b.*$", said, re.MULTILINE))


def test_nobody_imports_what_is_not_theirs() -> None:
    said = lint(ROOT / "pyproject.toml", ROOT)
    assert set(verdicts(said).values()) == {"KEPT"}, said


def test_each_contract_is_broken_by_what_it_forbids(tmp_path: Path) -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(config)
    contracts = set(re.findall(r'^name = "(.+)"$', config, re.MULTILINE))
    for package in PACKAGES:
        plant(tmp_path, f"{package}/__init__.py", "")
    for name in NAMES:
        plant(tmp_path, f"{name}/things/model.py", "")
    assert set(verdicts(lint(tmp_path / "pyproject.toml", tmp_path)).values()) == {"KEPT"}

    plant(tmp_path, "chassis/app.py", "import registry")
    plant(tmp_path, "loans/service.py", "def later():\n    from cases.things import model")
    plant(tmp_path, "cases/service.py", "from ustawi import main")
    plant(tmp_path, "ustawi/main.py", "import reports.things")
    plant(tmp_path, "reports/things/model.py", "import psycopg")
    plant(tmp_path, "registry/service.py", "from nameko.rpc import rpc")
    said = lint(tmp_path / "pyproject.toml", tmp_path)
    assert verdicts(said) == dict.fromkeys(contracts, "BROKEN"), said


# -- What import-linter cannot see: names that are imported by a string


def imported_by_name(module: Module, others: set[str]) -> list[str]:
    """Calls of import_module and the like that name one of `others`."""
    found = []
    for call in module.nodes(ast.Call):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in ("import_module", "__import__", "resolve_name") and call.args:
            words = [part.value for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
            if {str(word).partition(".")[0] for word in words} & others:
                found.append(f"{module.at}:{call.lineno}")
    return found


def smuggled(root: Path) -> list[str]:
    """Imports of another service by its name in a string, in services, chassis and command line."""
    found = []
    for module in [
        *services(root),
        *modules(root, "chassis/chassis/**/*.py"),
        *modules(root, "cli/ustawi/**/*.py"),
    ]:
        found += imported_by_name(module, {*NAMES} - {module.package})
    return found


def test_nobody_imports_a_service_by_its_name_in_a_string() -> None:
    found = smuggled(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("words", ['"cases.events"', 'f"cases.{name}"', '"cases"'])
def test_an_import_by_a_string_is_found(tmp_path: Path, words: str) -> None:
    plant(
        tmp_path,
        "services/loans/loans/sly.py",
        f"from importlib import import_module\nimport_module({words})",
    )
    plant(
        tmp_path,
        "services/cases/cases/own.py",
        f"from importlib import import_module\nimport_module({words})",
    )
    assert smuggled(tmp_path) == ["services/loans/loans/sly.py:2"]
