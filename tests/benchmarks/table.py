"""The figures beside what is to be reached: a table to read, and a dated file to compare with later."""

import json
import os
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measuring import Figure

# name, figure, its reference (None: judged as it stands), floor, goal; a bound below "<" is an upper one
TO_REACH: list[tuple[str, str, str | None, float, float, str]] = [
    ("RPC / raw py-amqp pair", "rpc echo", "rpc echo, bare py-amqp", 0.35, 1.0, ">"),
    ("commands / pgbench, same statements", "command", "command, pgbench", 0.15, 0.60, ">"),
    ("commands / FastStream + asyncpg", "command", "command, FastStream", 1.5, 3.0, ">"),
    ("relay / bare publisher, window 500", "relay", "relay, bare publisher", 0.4, 0.8, ">"),
    ("projection / broker consume alone", "projection", "projection, broker consume alone", 0.3, 0.7, ">"),
    ("rebuild / COPY out + in", "rebuild", "rebuild, COPY out + in", 0.4, 0.75, ">"),
    ("commit to visible at 100/s, p50 ms", "commit to visible, p50", None, 5, 3, "<"),
    ("commit to visible at 100/s, p99 ms", "commit to visible, p99", None, 15, 8, "<"),
    ("whole path sustained, /s", "whole path", None, 1000, 2500, ">"),
    ("memory of a service, idle MB", "memory of a service, idle", None, 80, 45, "<"),
    ("memory of a service, after load MB", "memory of a service, after load", None, 90, 50, "<"),
    ("page of figures over 5 million events, ms", "page of figures", None, 100, 30, "<"),
]


# The part of each path that is one process, and so cannot use more than one processor at a time.
_SINGLE = ("service",)


def by_processor_time(figure: Figure) -> float | None:
    """How often a second this machine, were it ours alone, could do it: told by processor time, which drifts less."""
    costs = {part: statistics.median(values) for part, values in figure.micros.items()}
    busy = sum(costs.values())
    if not busy:
        return None
    return 1e6 / max(busy / (os.cpu_count() or 1), *(costs.get(part, 0.0) for part in _SINGLE), 1e-9)


def judged(figures: dict[str, Figure]) -> list[dict[str, Any]]:
    rows = []
    for name, ours, reference, floor, goal, sense in TO_REACH:
        figure, beside = figures.get(ours), figures.get(reference) if reference else None
        if figure is None or (reference and beside is None):
            rows.append({"name": name, "value": None, "floor": floor, "goal": goal, "says": "not measured"})
            continue
        value = figure.median / beside.median if beside else figure.median
        mine, its = by_processor_time(figure), by_processor_time(beside) if beside else None
        estimate = mine / its if mine and its else mine if figure.unit == "/s" else None
        better = (
            (lambda bound, value=value: value >= bound)
            if sense == ">"
            else (lambda bound, value=value: value <= bound)
        )
        says = "goal" if better(goal) else "floor" if better(floor) else "below"
        noisy = figure.noisy or bool(beside and beside.noisy)
        row = {"name": name, "value": value, "by_processor_time": estimate, "floor": floor, "goal": goal}
        rows.append({**row, "says": says, "noisy": noisy})
    return rows


def show(figures: dict[str, Figure]) -> None:
    print(
        f"\n{'figure':<38}{'median':>10} {'unit':<4}{'spread':>7}  {'p50/p99 ms':<14}cpu µs each, by process"
    )
    for figure in figures.values():
        told = figure.told()
        between = f"{told['p50_ms']:.1f}/{told['p99_ms']:.1f}" if "p50_ms" in told else ""
        cost = "  ".join(f"{part} {micros:,.0f}" for part, micros in told["cpu_micros"].items())
        mark = "  NOISY" if figure.noisy else ""
        print(
            f"{figure.name:<38}{figure.median:>10,.1f} {figure.unit:<4}{figure.spread:>6.0%}  {between:<14}{cost}"
            f"  others {told['others_processors']:.2f}{mark}"
        )
    print(f"\n{'to reach':<44}{'now':>10}{'by cpu':>9}{'floor':>9}{'goal':>9}")
    for row in judged(figures):
        now = "" if row["value"] is None else f"{row['value']:,.2f}"
        estimate = row.get("by_processor_time")
        now += f"{estimate:>9,.2f}" if estimate is not None else " " * 9
        doubt = "  (too noisy to judge)" if row.get("noisy") else ""
        print(f"{row['name']:<44}{now:>19}{row['floor']:>9,g}{row['goal']:>9,g}  {row['says']}{doubt}")


def keep(figures: dict[str, Figure], directory: Path, **about: Any) -> Path:
    """Write everything down under the moment's name; returns the file."""
    directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    file = directory / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    document = {
        "at": now.isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()},
        **about,
        "figures": [figure.told() for figure in figures.values()],
        "to_reach": judged(figures),
    }
    file.write_text(json.dumps(document, indent=1) + "\n")
    return file
