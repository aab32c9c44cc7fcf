"""The finder of places: a map, a list that works without it, and a page for each place (P-27, P-31)."""
