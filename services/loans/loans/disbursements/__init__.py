"""Money or goods leave the pot: an approved application becomes a loan."""
