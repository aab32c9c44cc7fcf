"""The catalogue of open data: what is published, in which files, and how to load it."""
