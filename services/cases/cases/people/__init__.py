"""The people in the records: what is known of them, sealed under a key of their own, and erasure."""
