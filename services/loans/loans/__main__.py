"""`python -m loans run | migrate | rules | ...`."""

from chassis.console import main

if __name__ == "__main__":
    main("loans.service:SERVICE")
