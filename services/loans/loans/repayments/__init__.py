"""Money comes back: what a payment pays, and what it leaves over."""
