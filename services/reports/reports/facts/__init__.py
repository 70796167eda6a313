"""Every event of the other services, kept once as it was published."""
