"""The demonstration: the office's whole story, told by RPC to the running services, and checked."""
