"""Every line of a service as one JSON object, whoever wrote it: ours, and what libraries write.

Nothing personal gets in. Our own lines hold what we put there, by explicit keys. In a library's line the
values inside the text may be anything, a message body for instance: numbers are kept, and of the rest only
the type is told. Of an error, its type and where it arose are told, never its message, which may quote a
person's words.
"""

import json
import logging
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePath
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter

# Libraries whose debug lines show what they carry.
_LOUD = ("amqp", "kombu", "nameko", "eventlet", "psycopg", "urllib3", "sentry_sdk", "opentelemetry")
_LONGEST = 500  # characters of one value
_FRAMES = 8

Line = MutableMapping[str, Any]


def configure(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every line of this process, as JSON, to `stream` (standard output unless told).

    `service` names the process in each line and is, with `chassis`, the package whose own lines are trusted.
    """
    shared: list[Any] = [merge_contextvars, structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name]
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, _Foreign(frozenset({"chassis", service, "py", "__main__"}))],
            processors=[ProcessorFormatter.remove_processors_meta, _Shape(service), _one_line],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("nameko.containers").setLevel(logging.ERROR)  # a refusal is an answer, and is counted
    logging.getLogger("psycopg.pool").setLevel(logging.WARNING)  # a line for every connection lent
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(root.level, logging.INFO))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def get(name: str) -> Any:
    """A logger: `log.info("relay_published", count=3)`; the event is a word, the values have names."""
    return structlog.get_logger(name)


@contextmanager
def bound(**ids: Any) -> Iterator[None]:
    """Carry `ids` (call, traceparent, ...) in every line written inside; those that are None are left out."""
    with bound_contextvars(**{name: value for name, value in ids.items() if value is not None}):
        yield


def fault_of(error: BaseException) -> dict[str, Any]:
    """What may be told of an error: its type, its codes, and the lines that it passed, innermost first."""
    told: dict[str, Any] = {"type": type(error).__name__}
    for name in ("code", "sqlstate", "errno"):
        value = getattr(error, name, None)
        if isinstance(value, str | int):
            told[name] = value
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    if constraint:
        told["constraint"] = constraint
    frames = list(reversed(extract_tb(error.__traceback__)))[:_FRAMES]
    told["at"] = [f"{'/'.join(PurePath(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = type(cause).__name__
    return told


def fault(error: BaseException) -> str:
    """`fault_of` in one line, for a column or a message."""
    told = fault_of(error)
    codes = " ".join(str(told[name]) for name in ("code", "sqlstate", "constraint") if name in told)
    return f"{told['type']}{f' {codes}' if codes else ''} at {' < '.join(told['at'][:6])}"


class _Foreign:
    """Renders the text of a line that came by the standard library's logging."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted
        self._add_extra = ExtraAdder()

    def __call__(self, logger: Any, method: str, line: Line) -> Line:
        args = line.pop("positional_args", None)
        message = line["_record"].msg
        if line.get("logger", "").partition(".")[0] in self._trusted:
            line["event"] = _rendered(message, args)
            return self._add_extra(logger, method, line)
        line["event"] = _rendered(message if isinstance(message, str) else _mask(message), _masked(args))
        return line


def _rendered(message: Any, args: Any) -> str:
    try:
        return str(message) % args if args else str(message)
    except (TypeError, ValueError, KeyError):  # a mask where a number should stand: the bare text says enough
        return str(message)


def _masked(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {name: _mask(value) for name, value in args.items()}
    return tuple(_mask(value) for value in args) if isinstance(args, tuple) else None


def _mask(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else _TypeOnly(value)


class _TypeOnly:
    def __init__(self, value: Any) -> None:
        self._name = value.__name__ if isinstance(value, type) else type(value).__name__

    def __repr__(self) -> str:
        return f"<{self._name}>"


class _Shape:
    """Puts the same keys first in every line, and an error in the form in which it may be told."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, logger: Any, method: str, line: Line) -> Line:
        raised = line.pop("exc_info", None)
        line.pop("stack_info", None)
        error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
        if isinstance(error, BaseException):
            line["error"] = fault_of(error)
        first = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": line.pop("level", method),
            "service": self._service,
            "logger": line.pop("logger", "root"),
            "event": line.pop("event", ""),
        }
        return {**first, **line}


def _one_line(_: Any, __: str, line: Line) -> str:
    shortened = {
        name: value[:_LONGEST] + "…" if isinstance(value, str) and len(value) > _LONGEST else value
        for name, value in line.items()
    }
    return json.dumps(shortened, default=_plain)


def _plain(value: Any) -> Any:
    """A value of ours as JSON has it; of what is no id, date, code or set of them, only the type."""
    if isinstance(value, UUID | PurePath):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, type):
        return value.__name__
    return f"<{type(value).__name__}>"


def _uncaught(kind: type[BaseException], error: BaseException | None, _: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.exit(130)
    logging.getLogger("chassis").critical("uncaught", exc_info=error)
