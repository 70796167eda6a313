"""Versions of the figures: made again beside the live ones, and switched at once."""
