"""What a group paid too much goes back to it, once."""
