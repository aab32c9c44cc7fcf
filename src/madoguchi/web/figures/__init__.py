"""Statistics that everyone may read: maps, rankings, changes, each with its table and download."""
