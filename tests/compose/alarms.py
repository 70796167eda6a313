"""Real faults in the running system: the alert for each fires, by the rules as they are shipped, and stops after."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stack import Stack, within

# A rule waits up to a minute and a half before it fires; a scrape and an evaluation come before.
FIRES_WITHIN, STOPS_WITHIN = 200, 150

_BREAK = """
    CREATE FUNCTION loans.no_such_day() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a fault that was planted'; END $$;
    CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON loans.scope_holiday
        FOR EACH ROW EXECUTE FUNCTION loans.no_such_day();
"""
_MEND = "DROP FUNCTION loans.no_such_day() CASCADE"


def alerts_fire_and_stop(stack: Stack) -> Iterator[str]:
    """A service that is away, an event that cannot be taken in and facts that nobody publishes, all at once."""
    wanted = {("ServiceDown", "cases"), ("EventsParked", "loans"), ("OutboxOld", "registry")}
    stack.sql(_BREAK)
    try:
        _override(stack, "2030-02-04", holiday=True)
        if not within(60, lambda: stack.sql("SELECT count(*) FROM loans.parked_event") != "0"):
            yield "the event that cannot be taken in was not parked"
        with _forgotten_lock(stack):
            _override(stack, "2030-02-04", holiday=False)
            stack.compose("stop", "cases")
            yield from _told(stack, wanted)
    finally:
        stack.sql(_MEND)
        stack.up("--no-recreate")
    parked = json.loads(stack.ustawi("parked", "list", "--json", check=False))
    if {each["subject"] for each in parked["subjects"]} != {"TZ"}:
        yield f"ustawi parked list: {parked}"
    stack.ustawi("parked", "redrive", "--service", "loans")
    yield from _silent(stack, wanted)
    same = "SELECT count(*) FROM {}.scope_holiday WHERE \"on\" = '2030-02-04' AND overridden"
    if not within(30, lambda: {stack.sql(same.format(name)) for name in ("registry", "loans")} == {"0"}):
        yield "loans did not take in what was parked"


def a_broker_that_is_away_is_told_and_found_again(stack: Stack) -> Iterator[str]:
    """It comes back at another address than it had, as after any stop something else may have taken that."""
    wanted = {("BrokerDown", "")}
    before = _address(stack, "rabbitmq")
    stack.compose("stop", "rabbitmq")
    squatters = list(_squat(stack, before))
    try:
        yield from _told(stack, wanted)
    finally:
        stack.compose("start", "rabbitmq")
        stack.docker.run("rm", "--force", *squatters)
    if _address(stack, "rabbitmq") == before:
        yield "the broker came back at its old address, which shows nothing"
    # Not `up --wait`, which gives up as soon as it sees a service that is not well yet.
    if not within(STOPS_WITHIN, stack.is_well):
        yield "not every container is well again"
    yield from _silent(stack, wanted)


def _told(stack: Stack, wanted: set[tuple[str, str]]) -> Iterator[str]:
    """What of these does not fire, in Prometheus and in Alertmanager."""
    if not within(FIRES_WITHIN, lambda: wanted <= _firing(stack)):
        yield f"silent after {FIRES_WITHIN} s: {sorted(wanted - _firing(stack))}"
        return
    if not within(30, lambda: wanted <= _at_the_manager(stack)):
        yield f"Alertmanager does not know of {sorted(wanted - _at_the_manager(stack))}"


def _silent(stack: Stack, wanted: set[tuple[str, str]]) -> Iterator[str]:
    if not within(STOPS_WITHIN, lambda: not wanted & _firing(stack)):
        yield f"fires {STOPS_WITHIN} s after all was mended: {sorted(wanted & _firing(stack))}"


def _firing(stack: Stack) -> set[tuple[str, str]]:
    return {
        (labels["alertname"], labels.get("service", ""))
        for labels, _ in stack.ask('ALERTS{alertstate="firing"}')
    }


def _at_the_manager(stack: Stack) -> set[tuple[str, str]]:
    told = stack.inside("alertmanager", "wget", "-qO-", "http://127.0.0.1:9093/api/v2/alerts")
    return {(each["labels"]["alertname"], each["labels"].get("service", "")) for each in json.loads(told)}


def _squat(stack: Stack, address: str) -> Iterator[str]:
    """Start containers that do nothing until one has been given this address; their ids."""
    sleeper = ("--detach", "--rm", "--no-deps", "--entrypoint", "sleep", "ustawi", "3600")
    for _ in range(8):
        squatter = stack.compose("run", *sleeper).strip()
        yield squatter
        if _at(json.loads(stack.docker.run("inspect", squatter).stdout)[0]) == address:
            return


def _address(stack: Stack, service: str) -> str:
    return _at(stack.containers(service)[0])


def _at(container: dict[str, Any]) -> str:
    networks = container["NetworkSettings"]["Networks"]
    return next(str(each["IPAddress"]) for name, each in networks.items() if name.endswith("_back"))


def _override(stack: Stack, on: str, *, holiday: bool) -> None:
    body = {"country": "TZ", "on": on, "holiday": holiday, "name": "Sikukuu", "instrument": "GN 1 (Mfano)"}
    stack.ustawi("call", "registry", "override_holiday", json.dumps(body), "--role", "registrar")


@contextmanager
def _forgotten_lock(stack: Stack) -> Iterator[None]:
    """Somebody's session holds the head of the registry's log, and is forgotten: the relay waits behind it."""
    hold = "SET application_name = 'forgotten'; BEGIN; SELECT 1 FROM registry.log_head FOR UPDATE; SELECT pg_sleep(900)"
    held = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'forgotten' AND query LIKE '%sleep%'"
    )
    session = subprocess.Popen(
        ["docker", *stack.words("exec", "-T", "postgres", "psql", "-U", "postgres", "ustawi", "-c", hold)],
        env=stack.docker.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert within(30, lambda: stack.sql(held + " AND state = 'active'") != "0"), "the lock was not taken"
        yield
    finally:
        stack.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'forgotten'"
        )
        session.wait(30)
