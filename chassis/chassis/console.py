"""The one-shots of a service, and the service itself: `python -m <service> run|migrate|rules|rewrap|version`."""

import sys
import warnings
from importlib import import_module

USAGE = """usage: python -m {name} COMMAND

  run        serve until told to stop
  migrate    bring the schemas to what this code needs (as their owner)
  rules      load the dated rules and coded lists (as the schema's owner)
  rewrap     wrap the keys of persons anew by the newest KEK, while the service runs
  version    what the code is, and what the database is at
"""


def main(target: str) -> None:
    """Run one command for the service at `target`, such as `registry.service:SERVICE`."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")  # known, and an ADR says why
    name = target.partition(".")[0]
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "run":
        from chassis import hub

        hub.prepare()  # before anything else is imported
    module, _, attribute = target.partition(":")
    if command not in ("run", "migrate", "rules", "rewrap", "version"):
        print(USAGE.format(name=name), file=sys.stderr)
        raise SystemExit(2)
    from chassis import app
    from chassis.migrations import MigrationError
    from chassis.rules import RuleFileError
    from chassis.settings import SettingsError

    try:
        service = getattr(import_module(module), attribute)
        raise SystemExit(getattr(app, {"rules": "load_rules"}.get(command, command))(service))
    except (SettingsError, MigrationError, RuleFileError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
