"""`make bench`: where the system stands beside what the machine, the broker and the database can do at best."""

import argparse
import os
import signal
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")

import paths  # noqa: E402
from ground import DIRECTORY, ROOT, ground  # noqa: E402
from table import keep, show  # noqa: E402

from running import RunningService  # noqa: E402

PATHS = ("echo", "commands", "relay", "projection", "visible", "whole")


def main() -> int:
    reader = argparse.ArgumentParser(prog="make bench", description=__doc__)
    reader.add_argument("--long", action="store_true", help="more rounds, and a rebuild of a million facts")
    reader.add_argument("--only", nargs="*", default=PATHS, choices=PATHS, help="some of the paths")
    reader.add_argument("--rounds", type=int, help="repeats of each figure")
    reader.add_argument("--seconds", type=int, help="seconds of each repeat")
    asked = reader.parse_args()
    peers = DIRECTORY / "venv" / "bin" / "python"
    rounds = asked.rounds or (7 if asked.long else 3)
    seconds = asked.seconds or (10 if asked.long else 2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then, too
    with ground() as here:
        bench = paths.Bench(here, rounds, seconds, peers if peers.exists() else None)
        if bench.peers is None:
            print("without other frameworks: `make bench` installs them, calling this by hand does not")
        desk = here.service("desk", "loans")

        @cache
        def board() -> RunningService:  # not before the relay was measured: it would take part in it
            return here.service("board", "reports")

        paths.memory(bench, "idle", desk)
        failed = 0
        for name, path in {
            "echo": lambda: paths.echo(bench, desk),
            "commands": lambda: paths.commands(bench, desk),
            "relay": lambda: paths.relay(bench, desk),
            "projection": lambda: paths.projection(bench, board()),
            "visible": lambda: paths.visible(bench, desk, board()),
            "whole": lambda: paths.whole(bench, desk, board()),
        }.items():
            if name not in asked.only:
                continue
            try:
                path()
            except Exception as error:  # the others can still be measured
                failed += 1
                print(f"{name} could not be measured: {error}", file=sys.stderr)
        paths.memory(bench, "after load", desk)
    show(bench.figures)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    file = keep(
        bench.figures, DIRECTORY / "results", commit=commit.stdout.strip(), rounds=rounds, seconds=seconds
    )
    if asked.long:
        subprocess.run([sys.executable, str(HERE / "reports_rebuild.py")], check=False)
    print(f"\nkept in {os.path.relpath(file, ROOT)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
