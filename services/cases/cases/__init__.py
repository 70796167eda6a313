"""Welfare cases and citizens' complaints: the people, the promises made to them, and the clocks that keep them."""
