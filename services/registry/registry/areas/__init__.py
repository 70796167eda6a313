"""Areas: a country's administrative units at any date, each version with its legal instrument."""
