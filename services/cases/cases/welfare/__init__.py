"""Welfare cases: opened, assigned, assessed, answered when in danger, closed."""
