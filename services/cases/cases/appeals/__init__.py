"""Appeals against an answer: decided by another officer than the one who gave it."""
