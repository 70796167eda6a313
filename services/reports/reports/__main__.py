"""`python -m reports`: the service and its one-shots, the page (`web`), and making all figures again (`rebuild`)."""

import sys

from chassis.console import main
from chassis.settings import SettingsError

OWN = """
  web        serve the public page of figures
  rebuild    make all figures again from the facts and switch over
"""


def _own(command: str) -> int:
    if command == "web":
        from reports.web import serve

        return serve.main()
    from reports.versions import rebuild

    return rebuild.main()


if __name__ == "__main__":
    if sys.argv[1:] in (["web"], ["rebuild"]):
        try:
            raise SystemExit(_own(sys.argv[1]))
        except SettingsError as error:
            print(error, file=sys.stderr)
            raise SystemExit(1) from None
    try:
        main("reports.service:SERVICE")
    except SystemExit as end:
        if end.code == 2:
            print(OWN.strip("\n"), file=sys.stderr)
        raise
