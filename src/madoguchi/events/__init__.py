"""Append-only audit rows sealed in hash-chained blocks, and the outbox of messages that others must hear."""
