"""Money is whole units in integers, from the request to the column: no float, no decimal, no rounding."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.source import ROOT, Module, plant, services

MONEY = {
    *(
        "amount",
        "amounts",
        "principal",
        "outstanding",
        "credit",
        "balance",
        "available",
        "reserved",
        "shortfall",
    ),
    *(
        "pledged",
        "value",
        "money",
        "price",
        "fee",
        "fine",
        "debit",
        "disbursed",
        "repaid",
        "overdue",
        "cost",
        "pot",
    ),
}
_INEXACT_COLUMN = re.compile(r"\b(real|float\d?|double\s+precision)\b", re.IGNORECASE)
_DECIMAL_COLUMN = re.compile(r"^\s*\"?(\w+)\"?\s+(numeric|decimal|money)\b", re.IGNORECASE)


def broken_money(root: Path) -> list[str]:
    """Where an amount could stop being whole: in rules and schemas of Python, and in columns."""
    found = []
    for module in services(root):
        schemas = module.path.parent.name == "events"
        if schemas or module.path.name in ("model.py", "schemas.py", "events.py", "foreign.py", "rpc.py"):
            found += [f"{module.at}:{line}: {what}" for line, what in sorted(set(_floats(module)))]
    for path in sorted(root.glob("services/*/*/migrations/*.sql")):
        found += [
            f"{path.relative_to(root).as_posix()}:{line}: {what}" for line, what in _columns(path.read_text())
        ]
    return found


def _floats(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes(ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.AugAssign):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"the float {node.value}"
        elif isinstance(node, ast.Name) and node.id in ("float", "Decimal"):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr in ("Float", "Decimal", "Number"):
            yield node.lineno, f"a field of {node.attr}"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and _of_money(node):
            yield node.lineno, "money divided by /"


def _of_money(node: ast.AST) -> bool:
    names = [getattr(part, "attr", getattr(part, "id", "")) for part in ast.walk(node)]
    keys = [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return any(MONEY & set(str(word).split("_")) for word in [*names, *keys])


def _columns(sql: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(sql.splitlines(), start=1):
        line = line.partition("--")[0]
        if _INEXACT_COLUMN.search(line):
            yield number, "an inexact column"
        elif (decimal := _DECIMAL_COLUMN.search(line)) and MONEY & set(decimal[1].lower().split("_")):
            yield number, f"{decimal[1]} is not a whole number"


def test_money_is_whole() -> None:
    found = broken_money(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "RATE = 0.4",
        "def split(amount: float): ...",
        "from decimal import Decimal\nx = Decimal('1')",
        "amount = fields.Float()",
        "def share(amount, parts):\n    return amount / parts",
        "def share(row):\n    return row['outstanding'] / 2",
    ],
)
def test_money_that_could_break_is_found_in_rules(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "services/loans/loans/fund/model.py", line)
    assert len(broken_money(tmp_path)) == 1


@pytest.mark.parametrize(
    "line", ["    amount numeric NOT NULL,", "    share real,", "    x double precision", "  amount money,"]
)
def test_money_that_could_break_is_found_in_columns(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "services/loans/loans/migrations/0001_pots.sql", line)
    assert len(broken_money(tmp_path)) == 1


def test_whole_money_is_left_alone(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "services/loans/loans/fund/model.py",
        "def half(amount: int) -> int:\n    return amount // 2",
    )
    plant(
        tmp_path,
        "services/loans/loans/migrations/0001_pots.sql",
        "    amount bigint, -- never real\n    weight numeric",
    )
    assert broken_money(tmp_path) == []
