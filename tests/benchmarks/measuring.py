"""What an operation costs: processor time of each process from /proc, memory, medians, and whether it can be trusted.

The machine may be shared. So what is compared runs in turns within the same minute, ratios are of medians, and the
processor time that strangers took meanwhile is told beside each figure.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
NOISY_SPREAD = 0.25  # of the median, between the repeats of one figure
NOISY_OTHERS = 0.20  # of the machine's processors, taken by strangers


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def family(root: int) -> list[int]:
    """A process and all that descend from it now."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, at = [root], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found


def cpu_seconds(root: int) -> float:
    """Processor time of a process, its living descendants and those that it has already buried."""
    total = 0
    for pid in family(root):
        if stat := _stat(pid):
            total += int(stat[11]) + int(stat[12])
            if pid == root:
                total += int(stat[13]) + int(stat[14])
    return total / _TICK


def memory_mb(pid: int, name: str = "VmRSS") -> float:
    """Memory that a process holds (VmRSS) or has held at most (VmHWM), in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def machine_busy() -> float:
    """Processor time that the whole machine has spent working, in seconds."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, soft, *_ = map(int, first)
    return (user + nice + system + irq + soft) / _TICK


@dataclass
class Watch:
    """The cost of one stretch of work."""

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)  # seconds by part
    others: float = 0.0  # processors that strangers kept busy

    def micros(self, operations: float) -> dict[str, float]:
        return {part: spent / max(operations, 1) * 1e6 for part, spent in self.cpu.items()}


@contextmanager
def watching(parts: Mapping[str, Iterable[int]]) -> Iterator[Watch]:
    """Measure the processor time of `parts` (name -> root processes) over a block."""
    watch = Watch()
    roots = {name: list(pids) for name, pids in parts.items()}
    mine = os.getpid()
    before = {name: sum(map(cpu_seconds, pids)) for name, pids in roots.items()}
    own, busy, began = cpu_seconds(mine), machine_busy(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - began
    watch.cpu = {name: sum(map(cpu_seconds, pids)) - before[name] for name, pids in roots.items()}
    known = {pid for pids in roots.values() for pid in pids if pid not in family(mine)}
    ours = sum(spent for name, spent in watch.cpu.items() if known.intersection(roots[name]))
    ours += cpu_seconds(mine) - own
    watch.others = max(0.0, (machine_busy() - busy - ours) / watch.seconds)


@dataclass
class Figure:
    """One figure of one path: its repeats, and what it cost."""

    name: str
    unit: str = "/s"
    values: list[float] = field(default_factory=list)
    micros: dict[str, list[float]] = field(default_factory=dict)
    others: list[float] = field(default_factory=list)
    more: dict[str, list[float]] = field(default_factory=dict)  # p50_ms, p99_ms and the like

    def add(self, value: float, watch: Watch | None = None, operations: float = 0, **more: float) -> None:
        self.values.append(value)
        if watch is not None:
            self.others.append(watch.others)
            for part, micros in watch.micros(operations).items():
                self.micros.setdefault(part, []).append(micros)
        for name, each in more.items():
            self.more.setdefault(name, []).append(each)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    @property
    def noisy(self) -> bool:
        cores = os.cpu_count() or 1
        return self.spread > NOISY_SPREAD or any(taken > NOISY_OTHERS * cores for taken in self.others)

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "values": self.values,
            "spread": self.spread,
            "noisy": self.noisy,
            "cpu_micros": {part: statistics.median(values) for part, values in self.micros.items()},
            "others_processors": max(self.others, default=0.0),
            **{name: statistics.median(values) for name, values in self.more.items()},
        }


def in_turns(rounds: int, *steps: Callable[[], None]) -> None:
    """Each step once, then each again: what drifts drifts under all of them."""
    for _ in range(rounds):
        for step in steps:
            step()
