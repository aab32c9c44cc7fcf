"""What runs over many rows at once, on Arrow and DuckDB: linkage of registrations. No Django."""
