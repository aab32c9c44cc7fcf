"""PostgreSQL finds places by the words between the blanks of `words`; SQLite reads the rows."""

from django.db import migrations

ADD = """
CREATE INDEX opendata_place_words ON opendata_publishedplace USING gin (string_to_array(words, ' '))
WITH (fastupdate = off)
"""


def add_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX opendata_place_words")


class Migration(migrations.Migration):
    dependencies = [("opendata", "0001_initial")]
    operations = [migrations.RunPython(add_index, drop_index)]
