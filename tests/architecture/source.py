"""The repository's own source as trees, for rules that look at it: each takes the root to look under."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NAMES = ("registry", "loans", "cases", "reports")


@dataclass(frozen=True)
class Module:
    """One file of Python: where it stands, and what it says."""

    root: Path
    path: Path

    @property
    def at(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def package(self) -> str:
        """The outermost package that the file belongs to."""
        top = self.path.parent
        while (top.parent / "__init__.py").is_file():
            top = top.parent
        return top.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    def nodes(self, *kinds: Any) -> Iterator[Any]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of everything that is imported: `from a.b import c` is a.b.c."""
        for node in self.nodes(ast.Import, ast.ImportFrom):
            for alias in node.names:
                if isinstance(node, ast.Import):
                    yield node.lineno, alias.name
                else:
                    yield node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}"

    def texts(self) -> Iterator[tuple[int, str]]:
        """Line and words of every string but docstrings; of an f-string, its fixed parts with {} between."""
        skipped = {id(node) for node in self._docstrings()}
        for node in self.nodes(ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
        for node in self.nodes(ast.Constant, ast.JoinedStr):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.JoinedStr):
                yield (
                    node.lineno,
                    "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values),
                )
            elif isinstance(node.value, str):
                yield node.lineno, node.value

    def _docstrings(self) -> Iterator[ast.AST]:
        for node in self.nodes(ast.Expr):
            if isinstance(node.value, ast.Constant):
                yield node.value


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def modules(root: Path, pattern: str) -> list[Module]:
    """The files of Python that match a pattern below `root`."""
    return [Module(root, path) for path in sorted(root.glob(pattern))]


def services(root: Path) -> list[Module]:
    """Every module of every service's package."""
    return modules(root, "services/*/*/**/*.py")


def plant(root: Path, path: str, text: str) -> None:
    """Write a file below `root`, and the packages on the way to it."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    top = file.parent
    while path.endswith(".py") and top.parent.name not in ("services", "") and top.parent != root:
        (top / "__init__.py").touch()
        top = top.parent
