"""A desk that enters things: the smallest service whose command does what every command of an office does."""
