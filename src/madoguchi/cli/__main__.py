"""`python -m madoguchi.cli`."""

from madoguchi.cli.main import app

app()
