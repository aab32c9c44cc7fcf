"""Loading the reference tables the project carries; loading again changes only what differs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from django.db import transaction

from madoguchi.registry.models import Municipality, Provider, Purpose, Service, ServiceChannel

# Providers are named by the service they are best known for, because a company's name may change.
CHANNEL_FIELDS = (
    "method",
    "credit_timing_as_printed",
    "credit_rule",
    "prerequisite",
    "cap_as_printed",
    "cap_amount",
    "cap_unit",
    "cap_period",
    "cap_scope",
    "programme_page",
)


def table(name: str) -> Iterator[dict[str, str]]:
    """Rows of one of the tables in `registry/data/`."""
    yield from _rows(files("madoguchi.registry").joinpath("data", name))


def services_of_2019() -> Iterator[dict[str, str]]:
    """Rows of the table of services (P-37), which the reward engine keeps, for it works without the platform."""
    # Not by the engine's own package: importing it loads a compiler.
    yield from _rows(files("madoguchi.engine").joinpath("rewards", "data", "payment_services_2019.csv"))


def _rows(file: Traversable) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Load municipalities (1,741), purposes, and the 27 services of 2019 (P-37); returns how many of each."""
    prefectures = {row["name"]: row["name_en"] for row in table("prefectures.csv")}
    municipalities = [
        Municipality(
            code=row["code"],
            prefecture=row["prefecture"],
            prefecture_en=prefectures[row["prefecture"]],
            name=row["name"],
            name_kana=row["name_kana"],
            name_en=row["name_en"],
            kind=row["kind"],
        )
        for row in table("municipalities.csv")
    ]
    Municipality.objects.bulk_create(
        municipalities,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["prefecture", "prefecture_en", "name", "name_kana", "name_en", "kind"],
    )
    for row in table("purposes.csv"):
        Purpose.objects.update_or_create(code=row["code"], defaults={"name": row["name"], "name_en": row["name_en"]})
    _load_services()
    return {
        "municipalities": Municipality.objects.count(),
        "purposes": Purpose.objects.count(),
        "services": Service.objects.count(),
    }


def _load_services() -> None:
    by_issuer: dict[str, str] = {}
    for row in services_of_2019():
        provider = by_issuer.setdefault(row["issuer"], row["service_id"])
        Provider.objects.get_or_create(code=provider, defaults={"name": row["issuer"]})
        Service.objects.update_or_create(
            code=row["service_id"],
            defaults={"provider_id": provider, "name": row["name"], "instrument": row["instrument"]},
        )
        ServiceChannel.objects.update_or_create(
            service_id=row["service_id"],
            channel=row["channel"],
            defaults={field: row[field] for field in CHANNEL_FIELDS},
        )
