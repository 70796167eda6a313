"""This service publishes nothing: its figures are asked for, and rest on the events of the others."""
