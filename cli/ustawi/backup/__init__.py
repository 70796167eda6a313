"""Backups of the office: taken from one moment, sealed, tried by restoring them, kept for as long as a rule says."""
