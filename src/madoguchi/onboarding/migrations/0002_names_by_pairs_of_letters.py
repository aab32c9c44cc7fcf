"""Finding a name by a part of it on PostgreSQL: an index over the pairs of neighbouring letters of every name.

Half of the surnames of Japan are written with two letters, and trigrams find nothing shorter than three. SQLite reads
its one index through, as before.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MAKE = (
    """
    CREATE FUNCTION onboarding_letter_pairs(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(DISTINCT substr(lower(words), place, 2)), '{}')
        FROM generate_series(1, length(words) - 1) AS place
    $$
    """,
    "CREATE INDEX onboarding_name_pairs ON onboarding_application USING gin (onboarding_letter_pairs(name))",
)
UNMAKE = ("DROP INDEX onboarding_name_pairs", "DROP FUNCTION onboarding_letter_pairs(text)")


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the function and the index where the database is PostgreSQL."""
    _run(editor, MAKE)


def unmake(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take both away."""
    _run(editor, UNMAKE)


def _run(editor: BaseDatabaseSchemaEditor, statements: tuple[str, ...]) -> None:
    if editor.connection.vendor == "postgresql":
        for statement in statements:
            editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial")]
    operations = [migrations.RunPython(make, unmake)]
