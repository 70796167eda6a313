"""`ustawi init`: the one-shots that prepare a place where the servers are run by something else."""

from pathlib import Path

import click

from ustawi.init import postgres as init_postgres
from ustawi.init import rabbitmq as init_rabbitmq
from ustawi.init.credentials import Credentials
from ustawi.init.rotation import rotate_kek
from ustawi.init.settings import Addresses, Where, role_password, user_password
from ustawi.local.postgres import SUPERUSER, dsn

_folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="USTAWI_SECRETS",
    required=True,
    help="Where the secrets, keys.json and definitions.json are kept.",
)


@click.group()
def init() -> None:
    """Prepare secrets, keys, databases and rights; safe to repeat."""


init.add_command(rotate_kek)


@init.command()
@_folder
@click.option("--postgres-host", default="postgres", show_default=True)
@click.option("--postgres-port", default=5432, show_default=True)
@click.option("--rabbitmq-host", default="rabbitmq", show_default=True)
@click.option("--rabbitmq-port", default=5672, show_default=True)
@click.option("--rabbitmq-major", default=4, show_default=True, help="The broker's major version.")
def secrets(
    folder: Path,
    postgres_host: str,
    postgres_port: int,
    rabbitmq_host: str,
    rabbitmq_port: int,
    rabbitmq_major: int,
) -> None:
    """Make every secret that is missing, the key set, and the broker's definitions; comes first."""
    credentials = Credentials(folder)
    credentials.password(SUPERUSER, "password")
    where = Where(postgres_host, postgres_port, rabbitmq_host, rabbitmq_port)
    Addresses(credentials, where, credentials.directory / "keys.json").write()
    text = init_rabbitmq.definitions(lambda user: user_password(credentials, user), major=rabbitmq_major)
    # The broker's account reads it, and it holds no more than salted hashes.
    credentials.write("rabbitmq", "definitions.json", text)
    click.echo(f"secrets are in {folder}")


@init.command()
@_folder
@click.option("--postgres-host", default="postgres", show_default=True)
@click.option("--postgres-port", default=5432, show_default=True)
def database(folder: Path, postgres_host: str, postgres_port: int) -> None:
    """Make roles, databases, schemas and rights. Run when PostgreSQL answers, as its superuser."""
    credentials = Credentials(folder)
    superuser = dsn(
        postgres_host, postgres_port, "postgres", SUPERUSER, credentials.password(SUPERUSER, "password")
    )
    init_postgres.prepare(superuser, lambda role: role_password(credentials, role))
    click.echo("databases, schemas and rights are in place")
