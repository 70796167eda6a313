"""`python -m cases run|migrate|rules|version`."""

from chassis.console import main

if __name__ == "__main__":
    main("cases.service:SERVICE")
