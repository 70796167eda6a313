"""How current the figures are."""
