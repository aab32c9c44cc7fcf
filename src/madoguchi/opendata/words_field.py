"""A text of words between blanks that the database can ask for: all of these words, please."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, TextField


class WordsField(TextField):
    """Words between blanks, with one at both ends. `words__hold=["a", "b"]` finds the rows that have them all."""


@WordsField.register_lookup
class Hold(Lookup):
    """PostgreSQL asks its index over the words; SQLite reads the rows, which a region's places are few enough for."""

    lookup_name = "hold"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"string_to_array({column}, ' ') @> %s::text[]", (*params, sorted(self.rhs))

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        words = sorted(self.rhs)
        # Not LIKE: its wildcard _ stands in the codes of services.
        conditions = " AND ".join(f"instr({column}, %s) > 0" for _ in words) or "1 = 1"
        return f"({conditions})", tuple(value for word in words for value in (*params, f" {word} "))
