"""The indicators: what there is, and what they were in a place and a time."""
