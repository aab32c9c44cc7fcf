"""Yen, the Japanese clock, identifiers and errors: what every other room stands on. No Django."""
