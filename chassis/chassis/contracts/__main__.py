"""`python -m chassis.contracts [write|check] [service ...]`: no database and no broker needed."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chassis.service import Service

USAGE = """usage: python -m chassis.contracts [write|check] [SERVICE ...]

  write    write each service's contracts/ from its code (what happens without a word)
  check    tell what drifted from the code, and exit 1 if anything did

Without names: every service found in services/, here or in a folder above.
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    words = [word.lstrip("-") for word in arguments]
    command = words.pop(0) if words and words[0] in ("write", "check", "help", "h") else "write"
    if command in ("help", "h"):
        print(USAGE)
        return 0
    names = words or found()
    if not names:
        print(f"no service found\n\n{USAGE}", file=sys.stderr)
        return 2
    return max([_one(command, name) for name in names])


def found(start: Path | None = None) -> list[str]:
    """The services of this checkout, by the folder `services` here or above."""
    here = start or Path.cwd()
    for folder in (here, *here.parents):
        if entrypoints := sorted((folder / "services").glob("*/*/service.py")):
            return [path.parent.name for path in entrypoints]
    return []


def _one(command: str, name: str) -> int:
    from chassis.contracts.documents import contract_of
    from chassis.contracts.folder import differences, folder_of, write
    from chassis.contracts.json_schema import Untellable

    try:
        service: Service = import_module(f"{name}.service").SERVICE
        documents = contract_of(service)
    except Untellable as error:
        print(f"{name}: this cannot be told in a contract:\n{error}", file=sys.stderr)
        return 1
    except Exception as error:  # one service that does not import keeps no other from its contract
        print(f"{name}: does not import: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if command == "write":
        write(folder_of(service), documents)
        print(f"{name}: {len(documents)} files")
        return 0
    drifted = differences(folder_of(service), documents)
    if drifted:
        print(f"{name}: contracts/ is not what the code says; run `make contracts`:", file=sys.stderr)
        print(*drifted, sep="\n", file=sys.stderr)
    return 1 if drifted else 0


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")
    raise SystemExit(main(sys.argv[1:]))
