"""The finder of payment services: how each pays, how to prepare, its cap and its contacts (P-37, P-41)."""
