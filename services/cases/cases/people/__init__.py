"""The people in the records: what is known of them, sealed each under a key of their own, and their erasure."""
