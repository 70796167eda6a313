"""`make faults`: commands to all four services while everything beneath and between them is hurt; then the verdict.

`FAULT_SECONDS` (600) is how long faults are chosen, `FAULT_SEED` repeats the choices of another run, and
`FAULTS` names, by parts of their names with commas between, the only ones to choose from.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

from instances import SharedServers
from reliability import load
from reliability.catalogue import CATALOGUE, Missed, Site, settle
from reliability.history import History
from reliability.house import NAMES, House
from reliability.remains import collect
from reliability.table import Tally, refusals, totals
from reliability.verdict import Violation, judge
from running import ROOT

WITHIN = 120.0  # seconds in which all must be well again after any fault
DIRECTORY = ROOT / ".run" / "faults"


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Run, judge, tell; 0 when every promise was kept."""
    signal.signal(signal.SIGTERM, _interrupt)
    seconds = float(os.environ.get("FAULT_SECONDS") or 600)
    seed = os.environ.get("FAULT_SEED") or str(random.SystemRandom().randrange(10**6))
    wanted = [part.strip() for part in os.environ.get("FAULTS", "").split(",") if part.strip()]
    names = [name for name in CATALOGUE if not wanted or any(part in name for part in wanted)]
    say(
        f"seed {seed}, {seconds:.0f} s, {len(names)} kinds of faults (FAULT_SEED={seed} chooses the same again)"
    )
    shutil.rmtree(DIRECTORY / "services", ignore_errors=True)
    servers = SharedServers(DIRECTORY)
    with servers.with_postgres(), servers.with_rabbitmq():
        house = House(DIRECTORY / "services", servers)
        try:
            house.open()
            return _run(house, names, seconds, seed)
        finally:
            house.close()
            servers.rabbitmq.remove()
            servers.postgres.remove()


def _run(house: House, names: list[str], seconds: float, seed: str) -> int:
    history, tally = History(), Tally()
    world = load.set_up(house, history)
    site = Site(house, history, world, seed)
    callers = load.Load(house, history, world, seed)
    callers.start()
    broken = _hurt(site, tally, names, seconds)
    callers.stop()
    site.desk.close()
    try:
        house.until_published(WITHIN)
        house.until_caught_up(WITHIN)
    except AssertionError as error:
        broken.append(Violation("standing", f"does not come to rest: {error}"))
    remains = collect(house)
    violations = [*broken, *judge(history, remains)]
    for line in tally.lines(names):
        say(line)
    say(totals(history.counts(), sum(map(len, remains.effects.values())), violations))
    for line in refusals(history):
        say(line)
    for violation in violations[:50]:
        say(f"VIOLATION {violation}")
    if violations:
        say(f"the services' own words are in {house.directory}")
    never = [name for name in tally.missed if name not in tally.recoveries]
    if never:
        say(f"never came about: {', '.join(never)}")
    return 1 if violations or never or not tally.injected else 0


def _hurt(site: Site, tally: Tally, names: list[str], seconds: float) -> list[Violation]:
    """Inject one fault after the other, each after the last one's wounds are healed."""
    until = time.monotonic() + seconds
    for name in _deck(site, names):
        if time.monotonic() > until:
            return []
        came = True
        try:
            for lasts in CATALOGUE[name](site):
                time.sleep(lasts)
        except Missed as why:
            tally.miss(name, str(why))
            came = False
        except AssertionError as error:
            return [Violation("standing", f"{name}: {error}")]
        lifted = time.monotonic()
        settle(site)
        try:
            seconds_taken = _until_well(site, lifted)
        except AssertionError as error:
            return [Violation("standing", f"not well again {WITHIN:.0f} s after {name}: {error}")]
        if came:
            tally.recovered(name, seconds_taken)
        say(f"{time.strftime('%H:%M:%S')}  {name}: well again after {seconds_taken:.1f} s")
    return []


def _deck(site: Site, names: list[str]) -> Iterator[str]:
    """All of them in a random order, again and again: each comes as often as any other."""
    while True:
        deck = list(names)
        site.dice.shuffle(deck)
        yield from deck


def _until_well(site: Site, since: float) -> float:
    """Wait until commands of every service succeed again and all followers have caught up."""
    for name in NAMES:
        left = WITHIN - (time.monotonic() - since)
        assert site.history.until_committed(name, since, left), f"{name} takes no commands"
    site.house.until_caught_up(WITHIN - (time.monotonic() - since))
    return time.monotonic() - since


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
