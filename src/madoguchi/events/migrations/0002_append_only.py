"""The database refuses to change or delete audit rows."""

from django.db import migrations

from madoguchi.events.append_only import protect, unprotect

TABLES = ("events_event", "events_block")


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(protect(*TABLES), unprotect(*TABLES), elidable=False)]
