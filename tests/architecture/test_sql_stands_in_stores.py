"""A service's SQL stands in `store.py` and in files of SQL: nowhere else is a table asked or changed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.source import ROOT, Module, plant, services

HOMES = {"store.py"}

# A statement at its beginning; one within a text, as we write it; and a parameter of psycopg's.
STATEMENT = re.compile(
    r"^\s*(select\s|insert\s+into\s|update\s+\S+\s+(as\s+)?(\w+\s+)?set\s|delete\s+from\s|with\s+(recursive\s+)?\w+\s+as\s"
    r"|merge\s+into\s|truncate\s|copy\s+\w+.*\s(from|to)\s|(create|alter|drop)\s+(table|index|view|function|schema)\s)",
    re.IGNORECASE | re.DOTALL,
)
WITHIN = re.compile(
    r"\bSELECT\s.+\sFROM\s|\bINSERT\s+INTO\s|\bUPDATE\s+\S+\s+SET\s|\bDELETE\s+FROM\s|\bJOIN\s.+\s(ON|USING)\b|\bORDER\s+BY\s",
    re.DOTALL,
)
PARAMETER = re.compile(r"%\(\w+\)s")
ASKING = {"one", "all", "value", "run", "many", "fresh", "execute", "executemany", "copy"}
ASKED = {"tx", "connection", "cursor", "conn", "database"}


def strays(root: Path) -> list[str]:
    """SQL, or the asking of a database, outside its homes."""
    return [
        f"{module.at}:{line}: {what}"
        for module in services(root)
        if module.path.name not in HOMES
        for line, what in sorted({*_statements(module), *_questions(module)})
    ]


def _statements(module: Module) -> Iterator[tuple[int, str]]:
    for line, text in module.texts():
        prose = text[:1].isupper() and text[1:2].islower()  # "Select a pot": no statement begins so
        if (STATEMENT.search(text) and not prose) or WITHIN.search(text) or PARAMETER.search(text):
            yield line, "holds SQL"


def _questions(module: Module) -> Iterator[tuple[int, str]]:
    for call in module.nodes(ast.Call):
        asked = call.func.value if isinstance(call.func, ast.Attribute) else None
        if asked is not None and call.func.attr in ASKING:
            name = getattr(asked, "attr", getattr(asked, "id", ""))
            if name in ASKED and (call.args or call.keywords):
                yield call.lineno, f"asks {name}.{call.func.attr}()"


def test_sql_stands_in_stores_and_migrations_alone() -> None:
    found = strays(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'SQL = "SELECT 1"',
        'SQL = "  select amount from pot where pot = 1"',
        'SQL = """\n    WITH due AS (SELECT 1) SELECT * FROM due\n"""',
        'SQL = "INSERT INTO pot VALUES (1)"',
        'SQL = "UPDATE pot SET amount = 1"',
        'SQL = f"UPDATE {table} SET amount = 1"',
        'SQL = "DELETE FROM pot"',
        'SQL = "TRUNCATE pot"',
        'SQL = "EXISTS (SELECT x FROM pot)"',
        'WHERE = "pot = %(pot)s"',
        "def f(tx):\n    tx.run(statement)",
        "def f(self):\n    self.connection.execute(statement)",
    ],
)
def test_stray_sql_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "services/loans/loans/fund/rpc.py", line)
    plant(tmp_path, "services/loans/loans/fund/store.py", line)
    assert [stray.partition(":")[0] for stray in strays(tmp_path)] == ["services/loans/loans/fund/rpc.py"]


@pytest.mark.parametrize(
    "line",
    [
        '"""SELECT is what stores do."""',
        'MESSAGE = "Select a pot and set the amount."',
        'MESSAGE = "Update the form, then send it again."',
        'MESSAGE = "With this group as guarantor nothing is lent."',
        "def f(tx):\n    tx.emit(Event)\n    rows.all()",
    ],
)
def test_plain_words_are_no_sql(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "services/loans/loans/fund/rpc.py", line)
    assert strays(tmp_path) == []
