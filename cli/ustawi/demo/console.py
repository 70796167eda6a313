"""`ustawi demo`."""

import os
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ustawi.local.errors import LocalError
from ustawi.local.system import ROOT, read_env


@click.command()
@click.option(
    "--load", "load_of", default=0, show_default=True, type=click.IntRange(min=0), help="Loans more."
)
@click.option(
    "--env",
    "env_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=ROOT / ".run" / "env",
    show_default="the local system's",
    help="Where the addresses are; AMQP_URI, OFFICE_KEY_FILE and HTTP_URL in the environment come first.",
)
@click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DATA_DIR",
    default=ROOT / "services" / "registry" / "registry" / "data",
    show_default="the registry's",
    help="The folder of the registry's data files.",
)
def demo(load_of: int, env_file: Path, data_dir: Path) -> None:
    """Tell the office's whole story by RPC to the running services, print the report and check the figures.

    Told again, it changes nothing. Exit status 1 when a check fails.
    """
    from chassis.errors import ChassisError
    from ustawi.demo import story
    from ustawi.demo.files import DataFiles
    from ustawi.demo.load import CONNECTIONS
    from ustawi.demo.office import Addresses, NeverApplied, Office
    from ustawi.demo.stage import Stage
    from ustawi.demo.telling import Teller

    names = ("AMQP_URI", "OFFICE_KEY_FILE", "HTTP_URL")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    where = {**({} if given.keys() >= {"AMQP_URI", "OFFICE_KEY_FILE"} else read_env(env_file)), **given}
    teller = Teller()
    office = Office(
        Addresses(where["AMQP_URI"], Path(where["OFFICE_KEY_FILE"]), where.get("HTTP_URL", "")),
        connections=CONNECTIONS,
        say=teller.say,
    )
    today = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).date().isoformat()
    try:
        passed = story.tell(Stage(office, teller, DataFiles(data_dir)), today, load_of)
    except (ChassisError, NeverApplied) as error:
        raise LocalError(_why(error)) from error
    finally:
        office.close()
    if not passed:
        sys.exit(1)


def _why(error: Exception) -> str:
    """What stopped the story, and what to do about it."""
    if getattr(error, "code", "") == "command_id_taken":
        return (
            "this system holds the story as another version of the demonstration told it: `make wipe` first"
        )
    fields = getattr(error, "fields", None)
    return f"the story stopped: {error}{f' {fields}' if fields else ''}"
