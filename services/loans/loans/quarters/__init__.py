"""Quarters whose books are closed: nothing is dated into them any more."""
