"""`ustawi migrate`, `rules` and `rebuild`: one-shots of the services, and what their rules are."""

from collections.abc import Sequence
from typing import Any

import click

from ustawi.columns import table
from ustawi.session import WRONG, Session, chosen, operated, services_option


@click.command()
@services_option
@operated
def migrate(session: Session, services: Sequence[str]) -> int:
    """Bring the schemas to what the code needs.

    Runs each service's own `migrate` as the owner of its tables. Migrations only add: services may run meanwhile.
    """
    return _each(session, services, "migrate")


@click.group()
def rules() -> None:
    """Look at the dated rules, and load new ones."""


@rules.command(name="list")
@services_option
@click.option("--on", metavar="YYYY-MM-DD", help="The day; today if left out.")
@click.option("--all", "everything", is_flag=True, help="Also versions that are not in force on that day.")
@operated
def list_(session: Session, services: Sequence[str], on: str | None, everything: bool) -> int:
    """List the versions in force on a day; --json tells also the law that each comes from."""
    found = [
        {"service": service, **rule}
        for service in chosen(services)
        for rule in session.ask(service, "rules_known", on=on)["rules"]
        if everything or rule["in_force"]
    ]
    session.tell(
        {"on": on, "rules": found},
        lines=[
            table(
                ("service", "rule", "country", "version", "in force from", ""),
                [
                    (
                        rule["service"],
                        rule["name"],
                        rule["country"],
                        rule["version"],
                        rule["in_force_from"],
                        "" if rule["in_force"] else "not in force",
                    )
                    for rule in found
                ],
            )
        ],
    )
    return 0


@rules.command()
@services_option
@operated
def diff(session: Session, services: Sequence[str]) -> int:
    """Tell where files and databases differ; exit status 1 when they do."""
    found: list[dict[str, Any]] = []
    for service in chosen(services):
        for rule in session.ask(service, "rules_known")["rules"]:
            if not rule["loaded"]:
                found.append({"service": service, **rule, "difference": "in the file, not loaded"})
            elif not rule["in_file"]:
                found.append({"service": service, **rule, "difference": "loaded, and in no file"})
            elif not rule["same"]:
                found.append({"service": service, **rule, "difference": "other words than the file's"})
    session.tell(
        {"differences": found},
        lines=[
            f"{rule['service']}: {rule['name']} {rule['country']} {rule['version']}: {rule['difference']}"
            for rule in found
        ]
        or ["Files and databases agree."],
    )
    return WRONG if found else 0


@rules.command()
@services_option
@operated
def load(session: Session, services: Sequence[str]) -> int:
    """Load rule versions that are new; one that was loaded never changes. Services take them up within 30 s."""
    return _each(session, services, "rules")


@click.command()
@operated
def rebuild(session: Session) -> int:
    """Make all figures of reports again.

    They are made from the facts, and switched over at once; the figures of before answer until then. Two rebuilds
    exclude each other.
    """
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        session.progress(line)

    _here(session, "reports", "rebuild").one_shot("reports", "rebuild", owner=False, hear=hear)
    session.progress_ends()
    session.tell({"service": "reports", "told": lines}, lines=lines)
    return 0


def _each(session: Session, services: Sequence[str], command: str) -> int:
    told: dict[str, list[str]] = {}
    for service in chosen(services):
        session.progress(f"{service} ...")
        heard: list[str] = []
        _here(session, service, command).one_shot(service, command, hear=heard.append)
        told[service] = heard
    session.progress_ends()
    session.tell(told, lines=[f"{service}: {line}" for service, heard in told.items() for line in heard])
    return 0


def _here(session: Session, service: str, command: str) -> Any:
    """The system on this machine; inside a container nobody may start a service's one-shots."""
    from ustawi.local.system import LocalSystem

    env_file = session.reach.env_file
    if env_file is None:
        run = f"{service} python -m {service} rebuild" if command == "rebuild" else f"init-{service}"
        raise click.UsageError(
            "In containers this runs beside, with the service's own secrets:\n\n"
            f"  docker compose run --rm --no-deps {run}\n"
        )
    return LocalSystem(env_file.parent)
