"""Welfare cases and citizens' complaints: people, the promises made to them, and their clocks."""
