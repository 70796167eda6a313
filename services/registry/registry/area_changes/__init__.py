"""Changes of areas by law: one instrument renames, moves, splits, merges, creates and abolishes together."""
