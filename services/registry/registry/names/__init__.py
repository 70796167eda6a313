"""How names are compared: never as typed, always folded."""
