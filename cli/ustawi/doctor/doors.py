"""Does each process run, and has it what it needs? Asked at the operators' doors."""

import time
from collections.abc import Iterator

from ustawi.doctor.finding import Finding, Ways
from ustawi.reach import Answer, Reach

_SETTING = {"database": "DATABASE_DSN", "keys": "KEYS_DATABASE_DSN", "broker": "AMQP_URI"}


def examine(reach: Reach, ways: Ways, process: str) -> tuple[Answer, list[Finding]]:
    """What a process says of itself; an answer with status 0 is none."""
    answer = reach.look(process, "/ready")
    if not answer.status:
        told = f"The process {process} does not answer: it ended, or it was never started."
        mend = (
            f"Start it: {ways.start(process)}. If it ends again, its last lines say why: {ways.log(process)}"
        )
        return answer, [Finding("service_down", (process,), told, mend, "service-not-ready")]
    why = answer.body.get("why", {})
    missing = list(answer.body.get("missing", ()))
    return answer, list(_missing(ways, process, missing, why))


def _missing(ways: Ways, process: str, missing: list[str], why: dict[str, str]) -> Iterator[Finding]:
    ground = [name for name in missing if name in _SETTING]
    for name in ground:
        yield _ground(ways, process, name, why.get(name, ""))
    if "schema" in missing and not ground:
        yield schema_behind(ways, process, [])
    elif "serving" in missing and not ground:
        told = f"{process} is starting or stopping."
        mend = f"Wait half a minute and ask again; if it stays so: {ways.log(process)}"
        yield Finding("not_serving", (process,), told, mend, "service-not-ready")


def schema_behind(ways: Ways, service: str, names: list[str]) -> Finding:
    which = f": {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}" if names else ""
    return Finding(
        "schema_behind",
        (service,),
        f"The schema of {service} is behind the code; {len(names) or 'some'} migrations are missing{which}.",
        f"Run them: {ways.one_shot(service, 'migrate')}",
        "service-not-ready",
    )


def _ground(ways: Ways, process: str, name: str, why: str) -> Finding:
    server = "rabbitmq" if name == "broker" else "postgres"
    what = "RabbitMQ" if name == "broker" else "PostgreSQL"
    page = "broker-down" if name == "broker" else "database-down"
    setting = _SETTING[name]
    match why:
        case "password":
            told = f"{what} refuses the password that {setting} gives."
            mend = f"Set roles and rights by the kept secrets again: {ways.start()}; then {ways.restart(process)}"
            return Finding("wrong_password", (process,), told, mend, page)
        case "rights" | "missing":
            told = f"{what} lets this user in nowhere: what {setting} names is not there, or closed to it."
            mend = f"Make databases and rights again: {ways.start()}; then check {setting}."
            return Finding("no_rights", (process,), told, mend, page)
        case "":
            told = f"The process is not connected to {what}, which would let it in."
            mend = f"Wait half a minute; if it stays so: {ways.restart(process)}"
            return Finding("not_connected", (process,), told, mend, page)
    code = "broker_refuses" if name == "broker" else "database_refuses"
    how = "does not answer" if why == "silent" else "refuses connections"
    mend = f"Start it: {ways.start(server)}. If it runs, check the host and port in {setting}."
    return Finding(code, (process,), f"{what} {how}.", mend, page)


def skew(answer: Answer, process: str, now: float | None = None) -> Finding | None:
    """A machine whose clock differs from ours by more than what tokens and orders of events can bear."""
    now = time.time() if now is None else now
    if answer.at is None or abs(answer.at - now) < MOST_SKEW:
        return None
    return clocks_differ(process, "this machine", answer.at - now)


# A door tells whole seconds and takes some time to answer; tokens are refused from 5 seconds on.
MOST_SKEW = 3.0


def clocks_differ(one: str, other: str, seconds: float) -> Finding:
    ahead = "ahead of" if seconds > 0 else "behind"
    return Finding(
        "clock_skew",
        (one,),
        f"The clock of {one} is {abs(seconds):.0f} s {ahead} that of {other}; from 5 s on tokens are refused.",
        "Let the machines keep time by NTP: `timedatectl set-ntp true` on each, then `timedatectl`.",
        "clock-skew",
    )
