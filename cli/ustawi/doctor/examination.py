"""All checks, one after another; a part that cannot be asked is a finding, and stops no other."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chassis import troubles, watch
from chassis.errors import ChassisError, Unavailable
from ustawi.doctor import backups, doors, flow, ground
from ustawi.doctor.finding import Finding, Ways, together
from ustawi.session import NAMES, Session

DISK_FREE = 10.0  # percent


class Examination:
    """One look at everything; `findings` and `checks` when `run` is through."""

    def __init__(self, session: Session, *, disk_free: float = DISK_FREE) -> None:
        self._session = session
        self._ways = Ways(session.reach.contained)
        self._disk_free = disk_free
        self._found: list[Finding] = []
        self.checks = 0

    @property
    def findings(self) -> list[Finding]:
        return together(self._found)

    def run(self) -> None:
        self._session.progress("asking the processes ...")
        up = self._doors()
        self._backups()
        if self._may_ask():
            told = {
                service: answers
                for service in NAMES
                if service in self._session.reach.doors and service in up and (answers := self._ask(service))
            }
            self._flow(told)
            for service, answers in told.items():
                self._add(ground.examine(self._ways, service, answers["ground"], self._disk_free), 8)
                self._add(ground.rules(self._ways, service, answers["rules"]), 3)
            if "reports" in told:
                self._add(ground.figures(self._session.ask("reports", "figures_versions")))

    def _add(self, findings: Iterable[Finding], checks: int = 1) -> None:
        self.checks += checks
        self._found.extend(findings)

    def _backups(self) -> None:
        env_file, named = self._session.reach.env_file, os.environ.get("BACKUP_FOLDER")
        folder = Path(named) if named else env_file.parent / "backups" if env_file else None
        if folder and folder.is_dir():
            self._add(backups.examine(folder), 3)

    def _doors(self) -> set[str]:
        """Ask every process; returns those that answered and lack neither database nor broker."""
        up = set()
        for process in self._session.reach.doors:
            answer, findings = doors.examine(self._session.reach, self._ways, process)
            self._add(findings, 3)
            late = doors.skew(answer, process)
            self._add([late] if late else [])
            if answer.status and not {"database", "broker"} & set(answer.body.get("missing", ())):
                up.add(process)
        return up

    def _may_ask(self) -> bool:
        """Whether this command has what it takes to ask by RPC."""
        key, reach = self._session.reach.office_key, self._session.reach
        problem = watch.problem_of(key)
        self._add([ground.key_file("ustawi", "the office's private key", problem)] if problem else [])
        if reach.env_file:
            opened = _open(reach.env_file)
            self._add([ground.key_file("ustawi", str(reach.env_file), "open")] if opened else [])
        why = troubles.of_broker(reach.amqp_uri)
        self.checks += 1
        if why:
            told = {"password": "refuses the password of", "silent": "does not answer"}.get(why, "refuses")
            self._found.append(
                Finding(
                    "wrong_password" if why == "password" else "broker_refuses",
                    ("ustawi",),
                    f"RabbitMQ {told} this command: half of the checks could not be made.",
                    f"Start it: {self._ways.start('rabbitmq')}; then ask again.",
                    "broker-down",
                )
            )
        return not why and problem != "unreadable"

    def _ask(self, service: str) -> dict[str, Any] | None:
        session = self._session
        session.progress(f"asking {service} ...")

        def ask(method: str) -> dict[str, Any]:
            return session.ask(service, method, timeout=5)

        self.checks += 1
        try:
            return {
                "outbox": ask("outbox"),
                "streams": ask("streams")["streams"],
                "queues": ask("queues")["queues"],
                "ground": ask("ground"),
                "rules": ask("rules_known")["rules"],
            }
        except Unavailable as error:
            told = f"{service} does not answer calls: {error.message}"
            mend = f"{self._ways.log(service)}; then {self._ways.restart(service)}"
        except ChassisError as error:
            told = f"{service} refuses this command: {error.message}"
            mend = "Check that the key set holds the office's public key, that clocks agree, and that versions match."
        self._found.append(Finding("no_answer", (service,), told, mend, "rpc-errors-burn"))
        return None

    def _flow(self, told: dict[str, dict[str, Any]]) -> None:
        heads = {service: answers["outbox"]["position"] for service, answers in told.items()}
        for service, answers in told.items():
            last = self._outbox_again(service, answers["outbox"])
            self._add(flow.outbox(self._ways, service, answers["outbox"], last))
            self._add(flow.streams(service, answers["streams"], heads), 4)
            standing = {row["source"] for row in answers["streams"] if row["forked"] or row["stopped"]}
            self._add(flow.queues(self._ways, service, answers["queues"], standing), 2)

    def _outbox_again(self, service: str, first: dict[str, Any]) -> dict[str, Any]:
        if first["published"] == first["position"]:
            return first
        try:
            return self._session.ask(service, "outbox")
        except ChassisError:
            return first


def _open(file: Path) -> bool:
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False
