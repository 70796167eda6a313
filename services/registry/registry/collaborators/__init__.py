"""Social-work collaborators: appointed by numbered decisions, on the roster until they leave."""
