"""Reward campaigns: decided, approved, paid by measured use, and watched against their budget."""
