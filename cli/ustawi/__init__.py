"""The operations team's command line, and the ground that Ustawi runs on without containers."""
