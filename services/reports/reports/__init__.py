"""What the office reports: every fact of the other services, kept once, and the figures made from them."""
