"""What watches the system names things that exist: metrics that the code tells, pages that somebody wrote."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
NAMERS = [PROMETHEUS / "alerts.yml", PROMETHEUS / "recording.yml", *DASHBOARDS]

OWN_METRIC = re.compile(r"(?<![\w:])ustawi_[a-z0-9_]+")
RECORDED = re.compile(r"[a-z_]+:ustawi_[a-z_]+:[a-z0-9_]+")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def code() -> str:
    """Everywhere that a metric may be defined."""
    folders = (ROOT / "chassis" / "chassis", ROOT / "services", ROOT / "cli" / "ustawi" / "backup")
    return "\n".join(file.read_text() for folder in folders for file in folder.rglob("*.py"))


@pytest.mark.parametrize(
    "alert", alerts(), ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}"
)
def test_an_alert_has_a_page_that_tells_what_to_do(alert: dict[str, Any]) -> None:
    assert (ROOT / alert["annotations"]["runbook"]).is_file()
    assert alert["labels"]["severity"] in ("page", "ticket")


def test_each_alert_is_seen_firing_by_a_rule_test() -> None:
    files = sorted((PROMETHEUS / "tests").glob("*_test.yml"))
    cases = [case for file in files for case in yaml.safe_load(file.read_text())["tests"]]
    fired = {
        each["alertname"] for case in cases for each in case.get("alert_rule_test", []) if each["exp_alerts"]
    }
    assert {alert["alert"] for alert in alerts()} <= fired


@pytest.mark.parametrize("file", NAMERS, ids=lambda file: file.name)
def test_rules_and_panels_name_only_metrics_that_the_code_tells(file: Path, code: str) -> None:
    named = set(OWN_METRIC.findall(file.read_text()))
    unknown = {
        name
        for name in named
        if f'"{name}"' not in code and f'"{re.sub(r"_(bucket|count|sum)$", "", name)}"' not in code
    }
    assert not unknown


@pytest.mark.parametrize("file", NAMERS, ids=lambda file: file.name)
def test_rules_and_panels_name_only_what_is_recorded(file: Path) -> None:
    recorded = set(re.findall(r"record: (\S+)", (PROMETHEUS / "recording.yml").read_text()))
    assert set(RECORDED.findall(file.read_text())) <= recorded


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.name)
def test_the_panels_of_a_dashboard_do_not_overlap(file: Path) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in json.loads(file.read_text())["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert (x, y) not in taken, f"{panel['title']} lies over {taken[x, y]}"
                taken[x, y] = panel["title"]
