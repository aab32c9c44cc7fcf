"""Joining: who is eligible for a programme, and why."""
