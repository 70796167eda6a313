"""Figures: how they are defined, kept as events arrive, rebuilt from the facts, and read."""
