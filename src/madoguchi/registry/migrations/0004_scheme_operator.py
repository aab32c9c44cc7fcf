"""The operator of the JPQR scheme, which issues store numbers, is a party with keys like any provider."""

from typing import Any

from django.db import migrations

CODE = "jpqr_scheme"


def add(apps: Any, _: Any) -> None:
    apps.get_model("registry", "Provider").objects.get_or_create(
        code=CODE, defaults={"name": "JPQR 運営（店舗番号の発行）", "name_en": "JPQR scheme (issues store numbers)"}
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_place_addresses_and_merges")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
