"""SQLite for Django, with writers that queue instead of polling."""
