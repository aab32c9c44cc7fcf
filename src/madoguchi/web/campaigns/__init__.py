"""Reward campaigns: the desk of those who run one, and the public's pages about it."""
