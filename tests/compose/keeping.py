"""What operations do in containers: they ask, take a backup that is tried, and bring a service back to it."""

import json
import time
from collections.abc import Iterator

from stack import Stack, within

SERVICES = ("registry", "loans", "cases", "reports")


def operators_can_ask(stack: Stack) -> Iterator[str]:
    told = json.loads(stack.ustawi("streams", "--service", "reports", "--json"))
    if (sources := {each["source"] for each in told["streams"]}) != {"registry", "loans", "cases"}:
        yield f"reports follows {sorted(sources)}"
    for command in (("status",), ("outbox",), ("audit", "verify"), ("parked", "list"), ("rules", "list")):
        done = stack.docker.run(*stack.words("run", *stack.USTAWI, *command), check=False)
        if done.returncode:
            yield f"ustawi {' '.join(command)} ends with {done.returncode}: {done.stdout}{done.stderr}"
    fresh = json.loads(stack.ustawi("call", "reports", "freshness", "--role", "auditor"))
    if not fresh:
        yield "ustawi call reports freshness: nothing"
    found = json.loads(stack.ustawi("doctor", "--json", check=False))
    if not found["well"]:
        yield f"ustawi doctor: {found['findings']}"


def a_backup_is_taken_and_tried(stack: Stack) -> Iterator[str]:
    """The service takes one at its first start; another is taken by hand, of all that the story has told."""
    if not within(60, lambda: _kinds_verified(stack) >= {"office", "keys"}):
        yield f"the first backup is not there: {stack.compose('logs', '--no-log-prefix', 'backup')}"
    began = time.time()
    told = stack.compose("run", "--rm", "-T", "--no-deps", "backup", "ustawi", "backup", check=False)
    if told.count("restored for a trial, and right") != 2:
        yield f"ustawi backup: {told}"
    # Of one day's backups the newest is kept: it is told by when it was taken, and that it was tried since.
    for what in ("taken", "verified"):
        expression = f"min(ustawi_backup_{what}_timestamp_seconds) > {int(began)}"
        if not within(60, lambda asked=expression: bool(stack.ask(asked))):
            yield f"Prometheus is not told of the newest backup: {expression}"
    if not within(30, lambda: stack.ask("ustawi_backup_failed")[0][1] == 0.0):
        yield "the last try is told as failed"


def a_service_is_brought_back(stack: Stack) -> Iterator[str]:
    """By the words of docs/runbooks/restore.md: what was changed since is gone, and all others go on."""
    stack.compose("run", "--rm", "-T", "--no-deps", "backup", "ustawi", "backup")
    kept = _of_loans(stack)
    stack.sql("UPDATE loans.scope_country SET name = name || ' (changed since)'")
    under_way = stack.compose("run", "--rm", "-T", "--no-deps", "restore", *_LOANS, check=False)
    if "start the services again" in under_way:
        yield "a restore went ahead under a service that runs"
    stack.compose("stop", "loans")
    told = stack.compose("run", "--rm", "-T", "--no-deps", "restore", *_LOANS)
    if "loans: as it was at" not in told:
        yield f"ustawi restore: {told}"
    stack.up()
    stack.ustawi("reconcile")
    after = _of_loans(stack)
    if after[:2] != kept[:2]:
        yield f"loans was {kept} at the backup and is {after}"
    if after[2] == kept[2]:
        yield "the restored service goes on with its old log"
    if not within(60, lambda: not _in_trouble(stack)):
        yield f"after the restore: {_in_trouble(stack)}"
    done = stack.docker.run(*stack.words("run", *stack.USTAWI, "audit", "verify"), check=False)
    if done.returncode:
        yield f"ustawi audit verify: {done.stdout}{done.stderr}"


_LOANS = ("latest", "--service", "loans", "--replace")


def _kinds_verified(stack: Stack) -> set[str]:
    lines = stack.inside("backup", "ustawi", "backup", "list", check=False).splitlines()
    return {line.split()[0] for line in lines if line.endswith(" verified")}


def _of_loans(stack: Stack) -> list[str]:
    """Its commands, its copy of countries and holidays, and its log."""
    return stack.sql(
        """
        SELECT (SELECT count(*) FROM loans.command),
               md5((SELECT string_agg(c::text, '' ORDER BY c::text) FROM loans.scope_country c)
                   || (SELECT string_agg(h::text, '' ORDER BY h::text) FROM loans.scope_holiday h)),
               (SELECT log FROM loans.log_head)
        """
    ).split("|")


def _in_trouble(stack: Stack) -> str:
    """The streams that do not stand at the head of their source, or say that they are forked or stopped."""
    told = json.loads(stack.ustawi("doctor", "--json", check=False))
    return "" if told["well"] else str(told["findings"])
