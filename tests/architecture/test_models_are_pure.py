"""A model holds rules and nothing else: it imports its own package's rules alone, and asks no clock."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.source import ROOT, Module, plant, services

RULES = {"model", "rule_broken"}  # the modules that a model may share with others of its package

# Of the standard library, too, a rule has no business with these.
WORLD = {
    *(
        "os",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "glob",
        "socket",
        "ssl",
        "select",
        "http",
        "urllib",
        "smtplib",
    ),
    *(
        "subprocess",
        "multiprocessing",
        "threading",
        "asyncio",
        "concurrent",
        "signal",
        "sqlite3",
        "random",
        "secrets",
    ),
    *("time", "logging", "importlib"),
}
ASKS = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom"}  # of a clock or of chance
DOES = {"open", "print", "input", "exec", "eval", "__import__"}


def impurities(root: Path) -> list[str]:
    """Where the models of all services do more than judge what they are given."""
    return [
        f"{module.at}:{line}: {what}"
        for module in services(root)
        if module.path.name == "model.py"
        for line, what in sorted({*_imports(module), *_calls(module)})
    ]


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in module.imports():
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            if top in WORLD:
                yield line, f"imports {top}"
        elif top != module.package or not RULES & set(name.split(".")[1:]):
            yield line, f"imports {name}"


def _calls(module: Module) -> Iterator[tuple[int, str]]:
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKS:
            yield call.lineno, f"asks {call.func.attr}()"
        if isinstance(call.func, ast.Name) and call.func.id in ASKS | DOES:
            yield call.lineno, f"calls {call.func.id}()"


def test_models_are_pure() -> None:
    found = impurities(ROOT)
    assert not found, "\n".join(found)
    assert sum(module.path.name == "model.py" for module in services(ROOT)) > 4


@pytest.mark.parametrize(
    "line",
    [
        "import psycopg",
        "from chassis.errors import Refused",
        "from loans.fund.store import lock_fund",
        "from loans import events",
        "from cases.people.model import age",
        "from .store import rows",
        "import os",
        "def f():\n    import time",
        "from datetime import date\ndate.today()",
        "from uuid import uuid4\nuuid4()",
        "open('rules.yaml')",
    ],
)
def test_a_model_that_does_more_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "services/loans/loans/fund/model.py", line)
    assert len(impurities(tmp_path)) == 1


def test_a_model_may_use_the_standard_library_and_other_rules_of_its_package(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "services/loans/loans/fund/model.py",
        "from datetime import date\nfrom loans.rule_broken import RuleBroken\nimport loans.pots.model\n"
        "from loans.ledger.model import Entry\nfrom loans.ledger import model as ledger\n",
    )
    assert impurities(tmp_path) == []
