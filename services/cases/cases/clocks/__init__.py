"""The promised times: one clock per promise, its pauses, its warning and its breach."""
