"""Whether what is kept is what was once written: chains, heads, copies, balances."""
