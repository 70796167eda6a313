"""Welfare cases: opened, assessed, closed, open at any date."""
