"""Double entry, append-only: the only truth about balances."""
