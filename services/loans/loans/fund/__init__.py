"""The special account of a council and its three pots: money set aside, and where it stands."""
