"""Areas: the country's administrative units as they are at any date, each version with its legal instrument."""
