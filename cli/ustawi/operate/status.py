"""`ustawi status`: how every process is doing."""

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ustawi.columns import table
from ustawi.local.system import LocalSystem, State
from ustawi.reach import PROCESSES
from ustawi.session import WRONG, Session, operated


@click.command()
@operated
def status(session: Session) -> int:
    """Tell how every process is doing.

    On this machine and inside a container alike; `ustawi doctor` tells what to do. Exit status 1 unless all are ready.
    """
    here = session.here
    if here is not None and not (states := LocalSystem(here).states()):
        raise click.ClickException("nothing has been started here: run `make up`")
    rows = _inside(session) if here is None else [_row(state) for state in states]
    session.tell(
        {"ready": all(row["state"] == "ready" for row in rows), "processes": rows},
        lines=[
            table(
                ("process", "state", "pid", "version", "address"),
                [[row[name] for name in ("process", "state", "pid", "version", "address")] for row in rows],
            )
        ],
    )
    return 0 if all(row["state"] == "ready" for row in rows) else WRONG


def show(states: Sequence[State], out: Console) -> None:
    """The same after `up` and `restart`, in colours."""
    made = Table(box=None, pad_edge=False)
    for heading in ("process", "state", "pid", "version", "address"):
        made.add_column(heading, no_wrap=True)
    for state in states:
        row = _row(state)
        colour = {"ready": "green", "not ready": "yellow", "down": "red"}[row["state"]]
        made.add_row(
            *(row["process"], f"[{colour}]{row['state']}[/{colour}]", str(row["pid"] or "")),
            *(row["version"], row["address"]),
        )
    out.print(made)


def _row(state: State) -> dict[str, Any]:
    condition = "ready" if state.ready else "not ready" if state.process else "down"
    return {
        "process": state.name,
        "state": condition,
        "pid": state.process.pid if state.process else None,
        "version": state.version,
        "address": state.address,
    }


def _inside(session: Session) -> list[dict[str, Any]]:
    """Inside a container processes are known by their doors alone."""
    rows = []
    for process in PROCESSES:
        answer = session.reach.look(process, "/ready")
        version = session.reach.look(process, "/version").body.get("commit", "") if answer.status else ""
        missing = ", ".join(answer.body.get("missing", ()))
        condition = {200: "ready", 0: "down"}.get(answer.status, f"not ready: {missing}")
        rows.append(
            {
                "process": process,
                "state": condition,
                "pid": None,
                "version": version,
                "address": session.reach.doors[process],
            }
        )
    return rows
