"""The command line `ustawi`."""

import sys
import time
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

import click
from rich.console import Console

from ustawi.init.console import init
from ustawi.local.errors import LocalError
from ustawi.local.system import LocalSystem
from ustawi.operate.status import show, status
from ustawi.token import token

# Without a terminal (a log, a pipe) rich would fold lines at 80 columns, and folded addresses cannot be used.
_out = Console(highlight=False, soft_wrap=True)


class Commands(click.Group):
    """The commands, some of them imported only when asked for: they need much that `up` does not."""

    later: Mapping[str, str] = {
        "backup": "ustawi.backup.console",
        "demo": "ustawi.demo.console",
        "doctor": "ustawi.doctor.console",
        "audit": "ustawi.audit.console",
        "call": "ustawi.operate.call",
        "export": "ustawi.carry.out",
        "import": "ustawi.carry.into",
        "migrate": "ustawi.operate.shots",
        "rebuild": "ustawi.operate.shots",
        "rules": "ustawi.operate.shots",
        "outbox": "ustawi.operate.outbox",
        "streams": "ustawi.operate.streams",
        "resume": "ustawi.operate.streams",
        "parked": "ustawi.operate.parked",
        "dead-letters": "ustawi.operate.letters",
        "reconcile": "ustawi.reconcile",
        "restore": "ustawi.backup.restore_console",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *filter(self._is_there, self.later)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now if need be."""
        if cmd_name in self.later and self._is_there(cmd_name):
            command: click.Command = getattr(import_module(self.later[cmd_name]), _attribute(cmd_name))
            return command
        return super().get_command(ctx, cmd_name)

    def _is_there(self, name: str) -> bool:
        return find_spec(self.later[name]) is not None


def _attribute(command: str) -> str:
    """The name in its module: `import` is a word of the language."""
    return f"{command}_" if command == "import" else command.replace("-", "_")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run and look after Ustawi.

    Every command tells more with --help, and most answer as JSON with --json. Exit status: 0 done and well; 1
    something is wrong, and was told; 2 not written as it must be; 3 not reached; 4 refused by a service.
    """


cli.add_command(init)
cli.add_command(token)
cli.add_command(status)


@cli.command()
def up() -> None:
    """Start what is missing here, and wait until all is ready."""
    began = time.monotonic()
    system = LocalSystem(say=_out.print)
    started = system.up()
    show(system.states(), _out)
    what = f"started {', '.join(started)}" if started else "everything was running"
    _out.print(f"Ready in {time.monotonic() - began:.1f} s ({what}).")
    _out.print(
        f"Addresses are in {system.environment_file}; a token: .venv/bin/ustawi token --role ROLE --subject ID"
    )


@cli.command()
def down() -> None:
    """End exactly what `up` started; data stays."""
    ended = LocalSystem(say=_out.print).down()
    _out.print(f"ended {', '.join(ended)}" if ended else "nothing was running")


@cli.command()
@click.argument("names", nargs=-1)
def restart(names: tuple[str, ...]) -> None:
    """Restart processes here, or all of them.

    NAMES are of registry, loans, cases, reports, reports-web.
    """
    system = LocalSystem(say=_out.print)
    system.restart(names)
    show(system.states(), _out)


@cli.command()
@click.confirmation_option(prompt="Delete all local data, secrets and logs?")
def wipe() -> None:
    """End everything and delete the local data, secrets and logs."""
    LocalSystem(say=_out.print).wipe()


def main() -> None:
    """Run the command line; what is wrong with the machine is told in words, not by a stack."""
    try:
        cli(prog_name="ustawi")
    except LocalError as error:
        click.echo(f"ustawi: {error}", err=True)
        sys.exit(1)
