"""`python -m registry run|migrate|rules|version`."""

from chassis.console import main

if __name__ == "__main__":
    main("registry.service:SERVICE")
