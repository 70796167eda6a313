"""`ustawi reconcile`: let streams whose source was restored go on, and list the facts that were lost."""

import csv
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chassis.client import Client
from chassis.errors import ChassisError
from ustawi.init.services import SERVICES
from ustawi.local.errors import LocalError
from ustawi.local.system import ROOT, read_env
from ustawi.token import office_token

COLUMNS = (
    "source",
    "position",
    "type",
    "subject",
    "actor",
    "command",
    "recorded_at",
    "lost_at",
    "event",
    "log",
)
LOOK_EVERY = 0.5


@dataclass(frozen=True)
class Fork:
    """A stream that stands still because its source's log does not continue what it has read."""

    service: str
    source: str
    position: int
    forked: Mapping[str, Any]

    def __str__(self) -> str:
        at, why = self.forked["at"], self.forked["why"]
        return f"{self.service} from {self.source}: read to {self.position}, forked at {at} ({why})"


def forks(client: Client) -> list[Fork]:
    """Every stream that is forked now."""
    return [
        Fork(each.name, stream["source"], stream["position"], stream["forked"])
        for each in SERVICES
        if each.follows
        for stream in client.call(each.name, "streams")["streams"]
        if stream["forked"] is not None
    ]


def reconcile_all(client: Client, found: list[Fork], within: float, say: Any) -> None:
    """Ask for each, and wait until all go on; LocalError naming what did not."""
    for fork in found:
        client.call(fork.service, "reconcile_stream", {"source": fork.source})
    until, left = time.monotonic() + within, {(fork.service, fork.source) for fork in found}
    while left:
        now = {(fork.service, fork.source): fork.forked for fork in forks(client)}
        for pair in sorted(left - now.keys()):
            say(f"{pair[0]} follows {pair[1]} again")
        left &= now.keys()
        if failed := {pair: now[pair]["failed"] for pair in left if "failed" in now[pair]}:
            told = "; ".join(f"{pair[0]} from {pair[1]}: {why}" for pair, why in failed.items())
            raise LocalError(f"reconciling failed: {told}")
        if left and time.monotonic() > until:
            names = ", ".join(f"{service} from {source}" for service, source in sorted(left))
            raise LocalError(f"not within {within:.0f} s: {names}; they go on trying, look again with --list")
        if left:
            time.sleep(LOOK_EVERY)


def lost_facts(client: Client, source: str | None = None) -> Iterator[dict[str, Any]]:
    """The facts that restored sources have lost, oldest first."""
    after = 0
    while page := client.call("reports", "lost_facts", {"source": source, "after": after})["facts"]:
        yield from page
        after = page[-1]["number"]


def listed(facts: Iterator[dict[str, Any]], form: str) -> str:
    """The list as people or programs take it."""
    if form == "json":
        rows = [
            {name: fact[name] for name in COLUMNS} | {"data": json.loads(fact["body"])["data"]}
            for fact in facts
        ]
        return json.dumps(rows, indent=1) + "\n"
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(facts)
    return text.getvalue()


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Change nothing: list the facts that were lost.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option(
    "--source", type=click.Choice([each.name for each in SERVICES]), help="Facts of this service alone."
)
@click.option("--within", default=600.0, show_default=True, help="Seconds to wait for all streams.")
@click.option("--officer", envvar="OFFICER", help="Your own opaque id: what is done is audited under it.")
def reconcile(only_list: bool, form: str, source: str | None, within: float, officer: str | None) -> None:
    """Let the streams go on whose source was restored to an earlier moment.

    Copies are made again from the source's log. Reports puts the facts aside that the source lost, and makes its
    figures again without them; --list tells which they are, so that people can enter them again.
    """
    if not officer:
        raise click.UsageError("say who you are by --officer or OFFICER, such as ops.asha: it is audited")
    client = _client(officer)
    try:
        if only_list:
            click.echo(listed(lost_facts(client, source), form), nl=False)
            for fork in forks(client):
                click.echo(f"standing still: {fork}", err=True)
            return
        found = forks(client)
        for fork in found:
            click.echo(str(fork))
        reconcile_all(client, found, within, click.echo)
        total = client.call("reports", "lost_facts", {"limit": 1})["total"]
        click.echo(f"facts lost so far: {total}" + (" (ustawi reconcile --list)" if total else ""))
    except ChassisError as error:
        raise LocalError(f"{type(error).__name__}: {error}") from None
    finally:
        client.close()


def _client(officer: str) -> Client:
    names = ("AMQP_URI", "OFFICE_KEY_FILE")
    given = {name: os.environ[name] for name in names if os.environ.get(name)}
    where = given if given.keys() >= set(names) else {**read_env(ROOT / ".run" / "env"), **given}
    token = office_token(Path(where["OFFICE_KEY_FILE"]), officer, ["operations"], ["*"], 1)
    return Client(where["AMQP_URI"], token, name="operations")
