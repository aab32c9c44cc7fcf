"""Madoguchi: one counter for a region's cashless payments."""
