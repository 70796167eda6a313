"""Replacing a key encryption key while processes work.

First every process gets to know the new key, which wraps nothing yet: else one that has it would wrap what another
cannot read. Then the new one wraps; then what the old one wrapped is wrapped anew; then the old one goes.
"""

import base64
import secrets
from pathlib import Path

import click

from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings, sealed_settings
from ustawi.init.credentials import Credentials
from ustawi.init.postgres import BACKUP
from ustawi.init.services import SERVICES, service
from ustawi.local.errors import LocalError
from ustawi.local.system import ROOT

KEK = "kek"


def versions(text: str) -> dict[int, str]:
    """The keys in a setting such as `2:<base64>,1:<base64>`, by version, the one that wraps first.

    `<base64>` alone is version 1.
    """
    parts = [part.strip().rpartition(":") for part in text.strip().split(",")]
    return {int(version or 1): key for version, _, key in parts}


def with_next(text: str) -> str:
    """The same with a new key behind it, which wraps nothing yet; LocalError while another one is still there."""
    there = versions(text)
    if len(there) > 1:
        raise LocalError("a replacement is under way already: finish it by `--drop-old`")
    newest = max(there)
    if newest == 255:
        raise LocalError("there have been 255 keys, and the wrapped form has no room for another version")
    new = base64.b64encode(secrets.token_bytes(32)).decode()
    return f"{newest}:{there[newest]},{newest + 1}:{new}\n"


def newest_first(text: str) -> str:
    """The same, and the newest key wraps from now on."""
    there = versions(text)
    return ",".join(f"{version}:{there[version]}" for version in sorted(there, reverse=True)) + "\n"


def newest_alone(text: str) -> str:
    """The same without the older keys; LocalError while one of those wraps."""
    there = versions(text)
    newest = max(there)
    if next(iter(there)) != newest:
        raise LocalError("the old key still wraps: go on with `--use-new`, a restart and `rewrap` first")
    return f"{newest}:{there[newest]}\n"


def seal_again(credentials: Credentials, holder: str) -> None:
    """Put the key into what backups hold beside the databases: the next one must open what it wraps."""
    file = credentials.path(BACKUP, "settings.sealed")
    if not file.exists():
        return
    keys, before = Keyring.load(credentials.path(BACKUP, "key")), file.read_text()
    values = opened_settings(before, keys) | {f"{holder}/{KEK}": credentials.path(holder, KEK).read_text()}
    credentials.write(BACKUP, file.name, sealed_settings(values, keys, before))


@click.command("rotate-kek")
@click.argument(
    "name", metavar="SERVICE", type=click.Choice([each.name for each in SERVICES if each.personal])
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="USTAWI_SECRETS",
    default=ROOT / ".run" / "secrets",
    show_default="the local system's",
)
@click.option("--use-new", "step", flag_value="use", help="Second step: after every process was restarted.")
@click.option(
    "--drop-old",
    "step",
    flag_value="drop",
    help="Last step: after `rewrap` told that no key needs the old one.",
)
def rotate_kek(name: str, folder: Path, step: str | None) -> None:
    """Put a new key encryption key of SERVICE beside the one that it has; docs/runbooks/key-rotation.md."""
    credentials = Credentials(folder)
    file = credentials.path(service(name).name, KEK)
    try:
        text = file.read_text()
    except OSError as error:
        raise LocalError(f"{file} cannot be read: {error.strerror}") from None
    change = {"use": newest_first, "drop": newest_alone, None: with_next}[step]
    credentials.write(name, KEK, change(text))
    seal_again(credentials, name)
    click.echo(f"{file} holds version {', '.join(str(each) for each in sorted(versions(file.read_text())))}")
    click.echo(
        "restart the processes one after the other"
        + {"use": f", then: python -m {name} rewrap", "drop": "", None: ", then --use-new"}[step]
    )
