"""What a service says to its database: every statement with its parameters, as it was sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis.runtime import Runtime

Said = list[tuple[str, Any]]


class _Heard:
    """A connection or cursor that writes down what goes over it."""

    def __init__(self, beneath: Any, into: Said) -> None:
        self._beneath, self._into = beneath, into

    def execute(self, sql: Any, params: Any = None, **how: Any) -> Any:
        self._into.append((sql, params))
        return self._beneath.execute(sql, params, **how)

    def executemany(self, sql: Any, rows: Any) -> None:
        self._into.append((sql, rows[0]))
        self._beneath.executemany(sql, rows)

    def cursor(self, *args: Any, **how: Any) -> "_Heard":
        return _Heard(self._beneath.cursor(*args, **how), self._into)

    def __enter__(self) -> "_Heard":
        self._beneath.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._beneath.__exit__(*exc)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._beneath, name)


@contextmanager
def listening(runtime: Runtime) -> Iterator[Said]:
    """The statements that are sent inside the block, in order."""
    said: Said = []
    transaction = runtime.database.transaction

    @contextmanager
    def heard(**how: Any) -> Iterator[Any]:
        with transaction(**how) as connection:
            yield _Heard(connection, said)

    runtime.database.transaction = heard  # type: ignore[method-assign]
    try:
        yield said
    finally:
        runtime.database.transaction = transaction  # type: ignore[method-assign]
