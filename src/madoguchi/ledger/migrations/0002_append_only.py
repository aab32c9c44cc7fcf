"""The database refuses to change or delete postings."""

from django.db import migrations

from madoguchi.events.append_only import protect, unprotect

TABLES = ("ledger_posting",)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(protect(*TABLES), unprotect(*TABLES), elidable=False)]
