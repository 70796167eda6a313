"""The bank's statement: each line is found in the books, or kept for a person."""
