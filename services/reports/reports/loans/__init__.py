"""Loans to groups: asked for, granted, paid out, paid back, still owed."""
