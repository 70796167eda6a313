"""`ustawi backup`: take a backup, and look after those that are there."""

from pathlib import Path

import click
import psycopg

from ustawi.backup import running, state
from ustawi.backup.checking import verify as try_backup
from ustawi.backup.folder import KINDS, Folder
from ustawi.backup.places import Place
from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings
from ustawi.init.credentials import Credentials
from ustawi.local.errors import LocalError
from ustawi.local.system import LocalSystem


def place() -> Place:
    """The places that the environment names, else those of the local system."""
    system = LocalSystem()
    return Place.named_by() or Place.of(system.addresses, system.directory / "backups")


@click.group(invoke_without_command=True)
@click.pass_context
def backup(ctx: click.Context) -> None:
    """Take a backup of everything, sealed, and try it by restoring it; delete those that have run out."""
    if ctx.invoked_subcommand:
        return
    try:
        for made in running.run(place(), click.echo):
            click.echo(f"{made.folder} ({made.size()} bytes)")
    except (psycopg.Error, OSError) as error:
        raise LocalError(f"the backup failed: {error}") from None


@backup.command("list")
def list_() -> None:
    """The backups that are there, and how the last try went."""
    where = place()
    for kind in KINDS:
        for each in Folder(where.folder).backups(kind):
            tried = "verified" if each.verified_at else "NOT VERIFIED"
            click.echo(f"{kind:6}  {each.name}  {each.size():>12}  {tried}")
    if told := state.last(where.folder):
        click.echo(f"last try {told['at']}: {told['error'] or 'well'}")


@backup.command()
@click.argument("name", default="latest")
def verify(name: str) -> None:
    """Restore a backup (and the keys' of the same name, if kept) into a server that is thrown away, and compare."""
    where = place()
    folder, keys = Folder(where.folder), Keyring.load(where.key_file)
    office = folder.find("office", name)
    try_backup(office, keys, click.echo)
    for of_keys in folder.backups("keys"):
        if of_keys.name == office.name:
            try_backup(of_keys, keys, click.echo)


@backup.command()
@click.argument("name", default="latest")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True)
@click.option("--key", "key_file", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, help="A folder of secrets."
)
def settings(name: str, folder: Path, key_file: Path, into: Path) -> None:
    """Write the services' own keys out of a backup, for a new machine, before `ustawi init secrets` makes others.

    A file that is there already is left alone, and told.
    """
    keys = Keyring.load(key_file)
    found = Folder(folder).find("office", name)
    found.check_files(found.manifest(keys))
    credentials = Credentials(into)
    for path, value in opened_settings(b"".join(found.part("settings", keys)).decode(), keys).items():
        file = credentials.directory / path
        if file.exists():
            click.echo(f"{file} is there already and stays as it is")
        elif file.parent == credentials.directory:
            file.write_text(value)
        else:
            credentials.write(file.parent.name, file.name, value)


@backup.command()
def prune() -> None:
    """Delete the backups that have run out by deploy/backup/retention.yaml."""
    folder = Folder(place().folder)
    with folder.alone():
        gone = running.prune(folder, say=click.echo)
    if not gone:
        click.echo("nothing has run out")


@backup.command()
@click.option(
    "--hour", default=1, show_default=True, envvar="BACKUP_HOUR", type=click.IntRange(0, 23), help="UTC."
)
@click.option("--host", default="127.0.0.1", show_default=True, envvar="OPS_HOST")
@click.option("--port", default=8000, show_default=True, envvar="OPS_PORT")
def serve(hour: int, host: str, port: int) -> None:
    """Take a backup every day at an hour, and answer Prometheus at /metrics; until it is told to stop."""
    running.serve(place(), hour, host, port, lambda line: click.echo(line))
