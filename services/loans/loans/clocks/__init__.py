"""How long the office has for each step: one warning and one breach at most, told once."""
