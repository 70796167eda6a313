"""One command of an operator: who asks, how services are asked, and how it is told.

Exit status of every command:

    0   done, and nothing is wrong
    1   something is wrong, and was told
    2   the command was not written as it must be
    3   a service, the broker or a file could not be reached
    4   a service refused, and said why
"""

import functools
import json
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rich.console import Console
from rich.text import Text

from chassis.client import Client
from chassis.errors import ChassisError, Unavailable
from ustawi.columns import Columns
from ustawi.init.services import SERVICES
from ustawi.local.errors import LocalError
from ustawi.reach import LOCAL, Reach, inside
from ustawi.token import office_token

WRONG, AWAY, REFUSED = 1, 3, 4
NAMES = tuple(ground.name for ground in SERVICES)
ROLES = ("operations", "auditor")
_TRIES = 3
_TOKEN_HOURS, _TOKEN_RENEWED = 1.0, 1800.0


class Session:
    """What a command works with. Nothing is connected before the first question."""

    def __init__(
        self,
        env_file: Path = LOCAL,
        officer: str | None = None,
        *,
        as_json: bool = False,
        token: str | None = None,
        roles: Sequence[str] = ROLES,
    ) -> None:
        self.as_json = as_json
        self.roles, self.token = tuple(roles), token
        self._env_file, self._officer = env_file, officer
        self._signed: tuple[str, float] = ("", float("-inf"))
        # Without a terminal (a pipe, a log) nothing is coloured and no line is folded or cut.
        plain = not sys.stdout.isatty()
        self.console = Console(highlight=False, soft_wrap=plain, width=2000 if plain else None)

    @functools.cached_property
    def reach(self) -> Reach:
        return Reach.find(self._env_file)

    @property
    def here(self) -> Path | None:
        """The folder of the system on this machine; None inside a container."""
        return None if inside(os.environ) else self._env_file.parent

    @functools.cached_property
    def client(self) -> Client:
        return Client(self.reach.amqp_uri, self._bearer, name="operations")

    @functools.cached_property
    def public(self) -> Client:
        """Without a token, as a stranger."""
        return Client(self.reach.amqp_uri, name="public")

    @property
    def officer(self) -> str:
        return self._officer or "operations"

    # -- Asking

    def ask(self, service: str, method: str, /, timeout: float = 10, **body: Any) -> dict[str, Any]:
        """Ask a question, again after a failure of the moment."""
        for left in reversed(range(_TRIES)):
            try:
                reply: dict[str, Any] = self.client.call(service, method, _given(body), timeout=timeout)
                return reply
            except Unavailable as error:
                if not left or error.code in ("no_answer", "no_such_service", "broker_away"):
                    raise
        raise AssertionError("unreachable")

    def ask_as_public(self, service: str, method: str, /, timeout: float = 10, **body: Any) -> dict[str, Any]:
        """Ask without a token, as a stranger."""
        reply: dict[str, Any] = self.public.call(service, method, _given(body), timeout=timeout)
        return reply

    def do(
        self, service: str, method: str, /, command_id: str | None = None, timeout: float = 20, **body: Any
    ) -> dict[str, Any]:
        """Have something done, once: what is repeated goes under the same command id."""
        if self.token is None and not self._officer:
            raise click.UsageError(
                "Say who does this: --officer ID, or OFFICER in the environment. It is your own opaque id, such as"
                " ops.asha, and is kept with what you did."
            )
        return self.ask(service, method, timeout=timeout, **body, command_id=command_id or str(uuid4()))

    def _bearer(self) -> str:
        if self.token is not None:
            return self.token
        token, signed_at = self._signed
        if time.monotonic() - signed_at > _TOKEN_RENEWED:
            try:
                token = office_token(self.reach.office_key, self.officer, self.roles, ["*"], _TOKEN_HOURS)
            except ValueError as error:
                raise click.UsageError(f"--officer: {error}") from None
            self._signed = token, time.monotonic()
        return token

    # -- Telling

    def tell(self, data: Mapping[str, Any], *, lines: Iterable[str | Columns | Text] = ()) -> None:
        """The answer: `data` as JSON where that was asked for, else `lines` for people."""
        if self.as_json:
            click.echo(json.dumps(data, indent=1, default=str, ensure_ascii=False))
            return
        for line in lines:
            if isinstance(line, Columns):
                self.console.print(line.for_people()) if self.terminal else click.echo(line.plain())
            elif isinstance(line, Text):
                self.console.print(line)
            else:
                self.console.print(self._indented(line), markup=False)

    def _indented(self, line: str) -> str:
        """A line of a block keeps its indent where a terminal would fold it."""
        if not line.startswith("  ") or not self.terminal:
            return line
        indent = line[: len(line) - len(line.lstrip())]
        folded = textwrap.fill(
            line.strip(), self.console.width, initial_indent=indent, subsequent_indent=indent
        )
        return folded + ("\n" if line.endswith("\n") else "")

    @property
    def terminal(self) -> bool:
        """Whether a person looks on, and not a pipe."""
        return sys.stdout.isatty()

    def progress(self, line: str) -> None:
        """How far it is: to the error output, and only where somebody looks on."""
        if sys.stderr.isatty() and not self.as_json:
            click.echo(f"\r\x1b[2K{line}", err=True, nl=False)

    def progress_ends(self) -> None:
        if sys.stderr.isatty() and not self.as_json:
            click.echo("\r\x1b[2K", err=True, nl=False)

    def close(self) -> None:
        for name in ("client", "public"):
            if name in self.__dict__:
                getattr(self, name).close()


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def operated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its `session`, the options that all commands have, and exit codes for what goes wrong."""

    @click.option("--json", "as_json", is_flag=True, help="Answer as one JSON document.")
    @click.option(
        "--officer",
        envvar="OFFICER",
        metavar="ID",
        help="Who does this: your own opaque id, such as ops.asha. [env: OFFICER]",
    )
    @click.option(
        "--env",
        "env_file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="USTAWI_ENV",
        default=LOCAL,
        show_default="the local system's",
        help="File of addresses; not read where AMQP_URI and OFFICE_KEY_FILE are set.",
    )
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, officer: str | None, env_file: Path, **kwargs: Any) -> None:
        session = Session(env_file, officer, as_json=as_json)
        with ending(session):
            status = function(session, *args, **kwargs)
            if status:
                sys.exit(status)

    return run


class ending:
    """Closes the session, and turns what callers are told into words and an exit status."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._session.progress_ends()
        self._session.close()
        if isinstance(error, ChassisError):
            self._fail(type(error).__name__, error.code, error.message, error.fields)
            sys.exit(AWAY if isinstance(error, Unavailable) else REFUSED)
        if isinstance(error, LocalError | OSError) and not isinstance(error, BrokenPipeError):
            self._fail("Away", "not_reached", str(error), {})
            sys.exit(AWAY)
        if isinstance(error, BrokenPipeError):  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)

    def _fail(self, kind: str, code: str, message: str, fields: Mapping[str, Any]) -> None:
        if self._session.as_json:
            told = {"error": kind, "code": code, "message": message, "fields": fields}
            click.echo(json.dumps(told, default=str, ensure_ascii=False))
            return
        click.echo(f"ustawi: {message} [{code}]", err=True)
        for name, what in fields.items():
            click.echo(
                f"  {name}: {what if isinstance(what, str) else json.dumps(what, default=str)}", err=True
            )


def services_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--service`, once or more; all of them where it is left out."""
    return click.option(
        "--service", "services", multiple=True, type=click.Choice(NAMES), help="May be repeated; else all."
    )(function)


def chosen(services: Sequence[str]) -> tuple[str, ...]:
    return tuple(services) or NAMES


def paced(
    items: Iterable[Any],
    rate: float | None,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Any]:
    """The items, at most `rate` of them a second."""
    begins = now()
    for number, item in enumerate(items):
        if rate:
            early = begins + number / rate - now()
            if early > 0:
                wait(early)
        yield item
