"""The index of cells knows what a search for what is near asks, so that no rows are read for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opendata", "0002_word_index")]
    operations = [
        migrations.RemoveIndex(model_name="publishedplace", name="opendata_place_cell"),
        migrations.AddIndex(
            model_name="publishedplace",
            index=models.Index(
                condition=models.Q(("cell__isnull", False)),
                fields=["cell"],
                include=("latitude", "longitude", "order_key", "service_codes", "rate_bps", "place_class"),
                name="opendata_place_cell",
            ),
        ),
    ]
