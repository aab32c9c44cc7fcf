"""What everybody may see: published places, tables, statistics and their files (P-27, P-31, P-42 … P-44)."""
