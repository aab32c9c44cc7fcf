"""A text of words between blanks."""

from __future__ import annotations

from django.db.models import TextField


class WordsField(TextField):
    """Words between blanks, with one at both ends, so that each stands between two (`finder_statements.holding`)."""
