"""What is wrong with a system, and what mends it."""
