"""Payments and refunds as providers tell of them, and finding the order each belongs to."""
