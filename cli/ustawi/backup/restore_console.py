"""`ustawi restore`: bring the whole office, or one service, back to a backup."""

from pathlib import Path

import click
import psycopg

from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Folder
from ustawi.backup.restoring import Restored, Target
from ustawi.backup.restoring import restore as bring_back
from ustawi.backup.sealing import Keyring
from ustawi.init.credentials import Credentials
from ustawi.init.postgres import BACKUP
from ustawi.init.services import SERVICES, ServiceGround, service
from ustawi.init.settings import Addresses, Where, role_password
from ustawi.local.postgres import SUPERUSER, dsn
from ustawi.local.system import LocalSystem

NAMES = [each.name for each in SERVICES]


def target_of(addresses: Addresses, superuser_dsn: str) -> Target:
    """A target at these addresses."""

    def owner_dsn(ground: ServiceGround, keys: bool) -> str:
        return addresses.dsn(ground.name, owner=True, keys=keys)

    return Target(
        superuser_dsn,
        owner_dsn,
        lambda role: role_password(addresses.credentials, role),
        addresses.where.database,
        addresses.where.keys_database,
    )


@click.command()
@click.argument("name")
@click.option(
    "--service", "names", multiple=True, type=click.Choice(NAMES), help="One service; may be repeated."
)
@click.option(
    "--keys", "keys_name", help="Restore the keys of persons too, from their backup of this name, or latest."
)
@click.option("--replace", is_flag=True, help="Give up what stands there now.")
@click.option(
    "--secrets",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="USTAWI_SECRETS",
    help="The folder of all secrets, where the servers are run by something else.",
)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), envvar="BACKUP_FOLDER")
@click.option("--postgres-host", default="postgres", show_default=True)
@click.option("--postgres-port", default=5432, show_default=True)
def restore(
    name: str,
    names: tuple[str, ...],
    keys_name: str | None,
    replace: bool,
    secrets: Path | None,
    folder: Path | None,
    postgres_host: str,
    postgres_port: int,
) -> None:
    """Bring the office back to the backup NAME (or `latest`): all services, or those of --service.

    Keys of persons stay as they are unless --keys names a backup of them: a key that was destroyed since is not to
    come back. Afterwards start the services; those that follow a restored one stop with "log forked" until
    `ustawi reconcile` where they had read further.
    """
    wanted = [service(each) for each in names] or list(SERVICES)
    local = None if secrets else LocalSystem(say=click.echo)
    try:
        if local is None:
            assert secrets is not None
            if folder is None:
                raise BackupError("say where the backups are: --folder or BACKUP_FOLDER")
            credentials = Credentials(secrets)
            where = Where(postgres_host, postgres_port, "", 0)
            addresses = Addresses(credentials, where, credentials.directory / "keys.json")
            superuser = dsn(
                postgres_host,
                postgres_port,
                "postgres",
                SUPERUSER,
                credentials.password(SUPERUSER, "password"),
            )
        else:
            folder = folder or local.directory / "backups"
            local.postgres.start()
            addresses, superuser = local.addresses, local.postgres.dsn()
            if halted := local.halt([each.name for each in wanted]):
                click.echo(f"stopped {', '.join(halted)}")
        there = Folder(folder)
        with there.alone():
            done = bring_back(
                target_of(addresses, superuser),
                there,
                Keyring.load(addresses.credentials.path(BACKUP, "key")),
                there.find("office", name),
                wanted,
                of_keys=there.find("keys", keys_name) if keys_name else None,
                replace=replace,
                say=click.echo,
            )
        if local is not None:
            local.schemas_replaced(done.services)
    except psycopg.Error as error:
        raise BackupError(f"the restore failed, and what was there stays: {error}") from None
    _tell(done, there.find("office", name).name, local is not None)


def _tell(done: Restored, name: str, local: bool) -> None:
    for each, position in done.services.items():
        click.echo(f"{each}: as it was at {name}; its new log begins behind position {position}")
    for each in done.keys:
        click.echo(f"{each}: the keys of its persons were restored")
    if done.erased_again:
        click.echo(f"erased again: {done.erased_again} persons")
    followers = sorted(
        {each.name for each in SERVICES if set(each.follows) & done.services.keys()} - done.services.keys()
    )
    if followers:
        click.echo(f"{', '.join(followers)} may have read further: look with `ustawi reconcile --list`")
    click.echo("start the services: make up" if local else "start the services again")
