"""Facts lost by their source when it was restored: put aside, listed, and to be entered again."""
