"""Signed tokens for officers and portals, made with the office's key."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from chassis.auth import sign
from ustawi.init.keys import office_kid
from ustawi.local.errors import LocalError
from ustawi.local.system import ROOT

LONGEST = 24 * 366  # hours

# As in every service's rules/roles.yaml; `service` is missing because only a service's own key may say it.
ROLES = (
    "ward_officer",
    "council_officer",
    "council_director",
    "region_officer",
    "registrar",
    "case_worker",
    "supervisor",
    "complaints_officer",
    "finance_officer",
    "auditor",
    "operations",
    "portal",
)


def office_token(
    key_file: Path, subject: str, roles: Sequence[str], areas: Sequence[str], hours: float
) -> str:
    """A token signed with the office key in `key_file`; ValueError for what services would refuse."""
    try:
        pem = key_file.read_text()
    except OSError as error:
        raise LocalError(f"cannot read the office's key {key_file}: run `make up` first") from error
    try:
        kid = office_kid(pem)
    except ValueError as error:
        raise LocalError(f"{key_file} holds no private key") from error
    return sign(pem, kid, subject, roles, areas, hours * 3600)


def _an_area(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> Sequence[str]:
    for area in given:
        if area != "*" and not _is_id(area):
            raise click.BadParameter(
                f"{area} is no area id; ask for it by its code: "
                """ustawi call registry area '{"country": "TZ", "code": "TZ-20"}'"""
            )
    return given


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@click.command()
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated."
)
@click.option(
    "--area",
    "areas",
    multiple=True,
    default=["*"],
    show_default=True,
    callback=_an_area,
    help="Area id, or * for all.",
)
@click.option("--subject", required=True, help="Who it is, by an opaque id: never a person's name.")
@click.option(
    "--hours", default=1.0, show_default=True, type=click.FloatRange(min=0, max=LONGEST, min_open=True)
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="OFFICE_KEY_FILE",
    default=ROOT / ".run" / "secrets" / "office" / "signing_key",
    show_default="the local system's",
    help="The office's private key.",
)
def token(roles: Sequence[str], areas: Sequence[str], subject: str, hours: float, key_file: Path) -> None:
    """Print a signed token for an officer or a portal."""
    try:
        click.echo(office_token(key_file, subject, roles, areas, hours))
    except ValueError:
        raise click.BadParameter(
            "give an opaque id of letters, digits and . _ : -, such as ops.asha; never a person's name",
            param_hint="--subject",
        ) from None
    except LocalError as error:
        raise click.ClickException(str(error)) from None
