"""What must hold of the running system; each check returns what is wrong with it, and nothing when all is well."""

import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from daemon import ROOT
from stack import Stack, service_of, within

DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
SERVICES = ("registry", "loans", "cases", "reports")
PROCESSES = (*SERVICES, "reports-web")


# -- Before anything runs


def every_alert_has_a_page_and_a_test(_: Stack) -> Iterator[str]:
    alerts = [rule for group in _yaml("prometheus/alerts.yml")["groups"] for rule in group["rules"]]
    tests = [
        test
        for file in sorted((ROOT / "deploy/prometheus/tests").glob("*_test.yml"))
        for test in _yaml(f"prometheus/tests/{file.name}")["tests"]
    ]
    fired = {
        case["alertname"] for test in tests for case in test.get("alert_rule_test", []) if case["exp_alerts"]
    }
    for rule in alerts:
        if not (ROOT / rule["annotations"]["runbook"]).is_file():
            yield f"{rule['alert']}: there is no {rule['annotations']['runbook']}"
        if rule["alert"] not in fired:
            yield f"{rule['alert']}: no test sees it fire"
        if rule["labels"]["severity"] not in ("page", "ticket"):
            yield f"{rule['alert']}: severity is {rule['labels']['severity']}"


def configurations_are_valid(stack: Stack) -> Iterator[str]:
    for service, folder, tool, arguments in (
        ("prometheus", "prometheus", "promtool", ("check", "config", "/etc/checked/prometheus.yml")),
        ("prometheus", "prometheus", "promtool", ("test", "rules", "/etc/checked/tests/alerts_test.yml")),
        ("prometheus", "prometheus", "promtool", ("test", "rules", "/etc/checked/tests/backups_test.yml")),
        ("alertmanager", "alertmanager", "amtool", ("check-config", "/etc/checked/alertmanager.yml")),
    ):
        image = stack.docker.environment[f"{service.upper()}_IMAGE"]
        done = stack.docker.run(
            *("run", "--rm", "--network", "none", "--volume", f"{ROOT}/deploy/{folder}:/etc/checked:ro"),
            *("--entrypoint", tool, image, *arguments),
            check=False,
        )
        if done.returncode:
            yield f"{tool} {' '.join(arguments)}: {done.stdout}{done.stderr}"


# -- Once it runs


def all_are_healthy(stack: Stack) -> Iterator[str]:
    for container in stack.containers():
        name, state = service_of(container), container["State"]
        if name.startswith("init-"):
            if state["Status"] != "exited" or state["ExitCode"]:
                yield f"{name}: {state['Status']} ({state['ExitCode']})"
        elif state["Status"] != "running" or state["Health"]["Status"] != "healthy":
            yield f"{name}: {state['Status']}, {state.get('Health', {}).get('Status')}"


def containers_are_closed(stack: Stack) -> Iterator[str]:
    for container in stack.containers():
        name, host = service_of(container), container["HostConfig"]
        if not host["ReadonlyRootfs"]:
            yield f"{name}: its root can be written"
        if host["CapDrop"] != ["ALL"] or host["CapAdd"] or host["Privileged"]:
            yield f"{name}: keeps capabilities"
        if not any(option.startswith("no-new-privileges") for option in host["SecurityOpt"] or []):
            yield f"{name}: may gain privileges"
        if container["Config"]["User"] in ("", "root", "0", "0:0"):
            yield f"{name}: runs as root"
        if not (host["Memory"] and host["NanoCpus"] and host["PidsLimit"]):
            yield f"{name}: lacks a limit"
        if "max-size" not in host["LogConfig"]["Config"]:
            yield f"{name}: its log has no end"
    for container in stack.running():
        name, host = service_of(container), container["HostConfig"]
        if host["RestartPolicy"]["Name"] != "unless-stopped":
            yield f"{name}: does not come back by itself"
        if name in PROCESSES and (container["Config"].get("StopTimeout") or 0) <= 25:
            yield f"{name}: is killed before it can end"


def only_the_page_is_open(stack: Stack) -> Iterator[str]:
    opened = []
    for container in stack.containers():
        for inner, bindings in (container["HostConfig"]["PortBindings"] or {}).items():
            opened += [(service_of(container), inner, each["HostIp"], each["HostPort"]) for each in bindings]
        if container["HostConfig"]["NetworkMode"] == "host":
            yield f"{service_of(container)}: is in the host's network"
    if opened != [("reports-web", "8080/tcp", "127.0.0.1", str(stack.page_port))]:
        yield f"open on this machine: {opened}"
    for network in ("back", "watch"):
        told = stack.docker.run(
            "network", "inspect", "--format", "{{.Internal}}", f"{_project(stack)}_{network}"
        )
        if told.stdout.strip() != "true":
            yield f"the network {network} leads outside"


def secrets_stay_where_they_belong(stack: Stack) -> Iterator[str]:
    for container in stack.containers():
        name = service_of(container)
        for line in container["Config"]["Env"]:
            if re.search(r"://[^/]*:[^/]*@|PRIVATE KEY|PASSWORD=|(DSN|_KEY|KEK)=", line):
                yield f"{name}: its environment holds {line.split('=')[0]}"
        if name.startswith("init-"):
            continue
        held = {
            mount["Name"].split("_", 1)[1]
            for mount in container["Mounts"]
            if "secrets" in mount.get("Name", "")
        }
        allowed = {"postgres-exporter": {"watch-secrets"}, "prometheus": set(), "alertmanager": set()}
        if held != allowed.get(name, {f"{name}-secrets"}):
            yield f"{name}: holds {sorted(held)}"
        if any(mount["RW"] for mount in container["Mounts"] if "secrets" in mount.get("Name", "")):
            yield f"{name}: may write its secrets"


def the_commit_is_told(stack: Stack) -> Iterator[str]:
    for name in PROCESSES:
        told = stack.inside("prometheus", "wget", "-qO-", f"http://{name}:8000/version")
        if json.loads(told)["commit"] in ("", "unknown"):
            yield f"{name}: {told}"


def three_replicas_work_as_one(stack: Stack) -> Iterator[str]:
    stack.up("--scale", "loans=3", "--no-recreate")
    if (count := len(stack.containers("loans"))) != 3:
        yield f"{count} replicas of loans"
    if not within(60, lambda: stack.ask('count(up{service="loans"} == 1)')[0][1:] == (3.0,)):
        yield "Prometheus does not see three replicas"
    if not within(
        30, lambda: [value for _, value in stack.ask('sum(ustawi_relay_leads{service="loans"})')] == [1.0]
    ):
        yield "the relay of loans does not have one leader"


def the_story_is_told(stack: Stack) -> Iterator[str]:
    told = stack.ustawi("demo", check=False)
    if "PASS" not in told or "FAIL" in told:
        yield f"ustawi demo: {told[-4000:]}"


def the_page_answers(stack: Stack) -> Iterator[str]:
    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{stack.page_port}/", timeout=10) as answer:
                return bool(answer.status == 200 and b"<html" in answer.read())
        except (urllib.error.URLError, OSError):
            return False

    if not within(30, answers):
        yield "the page does not answer with 200"


def everything_is_watched(stack: Stack) -> Iterator[str]:
    if not within(60, lambda: not stack.ask("up == 0")):
        yield f"not answering: {[labels for labels, _ in stack.ask('up == 0')]}"
    seen = {labels["service"] for labels, _ in stack.ask('up{job="ustawi"}')}
    if seen != set(PROCESSES):
        yield f"Prometheus sees {sorted(seen)}"
    if (failed := stack.ask("sum(prometheus_rule_evaluation_failures_total)")[0][1]) != 0:
        yield f"{failed:.0f} evaluations of rules failed"
    if not within(60, lambda: bool(stack.ask("prometheus_notifications_alertmanagers_discovered == 1"))):
        yield "Prometheus has no Alertmanager"
    # An alert of the time when it was coming up may be going out still; one that stays is wrong.
    within(90, lambda: not _unexpected(stack))
    for labels in _unexpected(stack):
        yield f"fires with all well: {labels}"


def every_panel_can_be_drawn(stack: Stack) -> Iterator[str]:
    queries = [
        (f"{file.stem}: {title}", expr)
        for file in sorted(DASHBOARDS.glob("*.json"))
        for title, expr in _panels(file)
    ]
    # One shell asks them all: an `exec` for each would take longer than the asking.
    script = "\n".join(
        f"promtool query instant --format=json http://127.0.0.1:9090 {_quoted(expr)} 2>&1 || echo FAILED; echo"
        for _, expr in queries
    )
    answers = stack.inside("prometheus", "sh", stdin=script).split("\n")
    answers = [line for line in answers if line]
    empty = 0
    where = 0
    for name, expr in queries:
        line = answers[where]
        where += 1
        if not line.startswith("["):
            while where < len(answers) and answers[where] != "FAILED":
                where += 1
            where += 1
            yield f"{name}: {expr}: {line}"
        empty += line == "[]"
    print(f"      {len(queries)} queries, {empty} of them with nothing to show now", flush=True)


def every_metric_is_told_by_somebody(stack: Stack) -> Iterator[str]:
    """A renamed metric would leave a panel empty and an alert silent, and nobody would notice."""
    told = stack.inside("prometheus", "wget", "-qO-", "http://127.0.0.1:9090/api/v1/metadata")
    known = set(json.loads(told)["data"]) | {"up", "ALERTS"}
    texts = {file.name: file.read_text() for file in DASHBOARDS.glob("*.json")}
    texts |= {
        name: (ROOT / "deploy" / "prometheus" / name).read_text() for name in ("alerts.yml", "recording.yml")
    }
    recorded = set(re.findall(r"record: (\S+)", texts["recording.yml"]))
    for name, text in sorted(texts.items()):
        for metric in sorted(
            set(re.findall(r"(?<![\w:])(?:ustawi|rabbitmq|pg|process|prometheus)_[a-z0-9_]+", text))
        ):
            base = re.sub(r"_(total|bucket|count|sum)$", "", metric)
            if not known & {metric, base, f"{metric}_total"}:
                yield f"{name}: nobody tells {metric}"
        for metric in sorted(set(re.findall(r"[a-z_]+:ustawi_[a-z_]+:[a-z0-9_]+", text)) - recorded):
            yield f"{name}: {metric} is not recorded"


def what_is_killed_comes_back(stack: Stack) -> Iterator[str]:
    before = stack.containers("cases")[0]
    # `docker kill` would count as our own wish; a crash is a signal from elsewhere.
    try:
        os.kill(before["State"]["Pid"], signal.SIGKILL)
    except (PermissionError, ProcessLookupError):
        print("      left out: the containers' processes cannot be reached from here", flush=True)
        return

    def healthy_again() -> bool:
        state = stack.containers("cases")[0]["State"]
        return bool(
            state["Pid"] not in (0, before["State"]["Pid"]) and state["Health"]["Status"] == "healthy"
        )

    if not within(90, healthy_again):
        yield "cases did not come back"


def all_end_in_order_and_start_again(stack: Stack) -> Iterator[str]:
    stack.compose("stop", "--timeout", "60")
    for container in stack.running():
        # Erlang and PostgreSQL end with 0 or with the signal's own number, never by being killed.
        if container["State"]["ExitCode"] == 137 or container["State"]["OOMKilled"]:
            yield f"{service_of(container)}: had to be killed"
    for name in PROCESSES:
        codes = [each["State"]["ExitCode"] for each in stack.containers(name)]
        if any(codes):
            yield f"{name}: ended with {codes}"
    took = stack.up()
    print(f"      all healthy again, on the same data, after {took:.0f} s", flush=True)
    yield from the_page_answers(stack)


def _unexpected(stack: Stack) -> list[dict[str, str]]:
    """What fires beside what the office itself must hear of: the story has a complaint that is late."""
    firing = [labels for labels, _ in stack.ask('ALERTS{alertstate="firing"}')]
    return [labels for labels in firing if labels["alertname"] not in ("ComplaintsPastDue", "FundShortfall")]


def _panels(file: Path) -> Iterator[tuple[str, str]]:
    for panel in json.loads(file.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / "deploy" / name).read_text())


def _project(stack: Stack) -> str:
    return str(stack.containers()[0]["Config"]["Labels"]["com.docker.compose.project"])
