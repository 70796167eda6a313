"""The life of a group after its registration: who joins and leaves, whether it is still found, how it ceases."""
