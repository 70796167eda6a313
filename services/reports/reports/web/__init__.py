"""The public page of figures: a process of its own, reading only, with no script and no network."""
