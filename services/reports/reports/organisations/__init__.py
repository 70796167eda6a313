"""Organisations of civil society and where their registration stands."""
