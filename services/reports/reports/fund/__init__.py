"""The money that councils set aside for the loans to groups."""
