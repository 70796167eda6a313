"""`ustawi call`: any method of any service, as anybody one has a token or the office's key for."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from ustawi.session import NAMES, ROLES, Session, operated
from ustawi.token import ROLES as ALL_ROLES


@click.command()
@click.argument("service", type=click.Choice(NAMES))
@click.argument("method")
@click.argument("body", required=False)
@click.option("--token", envvar="USTAWI_TOKEN", help="A signed token. [env: USTAWI_TOKEN]")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ALL_ROLES),
    help=f"Without a token: the role to sign one for. May be repeated.  [default: {', '.join(ROLES)}]",
)
@click.option("--public", is_flag=True, help="Without any token, as the public asks.")
@click.option("--timeout", default=10.0, show_default=True, type=click.FloatRange(min=0.1, max=600))
@operated
def call(
    session: Session,
    service: str,
    method: str,
    body: str | None,
    token: str | None,
    roles: Sequence[str],
    public: bool,
    timeout: float,
) -> int:
    """Call any method of a service, and print its reply.

    BODY is a JSON object; `-` reads it from the input.

    \b
    ustawi call loans fund_position '{"council": "0192f1a0-..."}'
    ustawi call loans set_aside - --role finance_officer < set-aside.json

    Give a command a command_id of your own: then it is safe to call it again. What a service refuses is told with its
    code and fields; exit status 4, or 3 where nobody answered.
    """
    given = _read(body)
    session.roles, session.token = tuple(roles) or ROLES, token
    client = session.public if public else session.client
    reply = client.call(service, method, given, timeout=timeout)
    click.echo(json.dumps(reply, indent=1, ensure_ascii=False))
    return 0


def _read(body: str | None) -> dict[str, Any]:
    text = sys.stdin.read() if body == "-" else body or "{}"
    try:
        given = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"BODY is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.UsageError("BODY is a JSON object, such as '{\"limit\": 5}'.")
    return given
