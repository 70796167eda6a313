"""Opening a figure to the events behind it."""
