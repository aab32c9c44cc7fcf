"""Shops, enrolments and payments of a size that statistics are told of, beside the demo's few places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import count
from typing import Any

from madoguchi.core.clock import JST, now
from madoguchi.opendata.figures import DATASETS
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.snapshots import make_snapshot
from madoguchi.payments.models import Payment, Refund
from madoguchi.people.access import Actor, system_actor
from madoguchi.registry.models import Enrolment, Organisation, Place, Service, StoreCode

NUMBERS = count(1)


def shops(
    town: str,
    how_many: int,
    *,
    services: Iterable[str] = ("paypay",),
    mcc: str = "5411",
    place_class: str = "fixed",
    starts_on: date = date(2026, 8, 1),
    ends_on: date | None = None,
) -> list[StoreCode]:
    """Shops of a municipality that take these services from a day on."""
    codes = []
    for _ in range(how_many):
        number = next(NUMBERS)
        shop = Organisation.objects.create(kind="shop", name=f"店{number}", name_en=f"Shop {number}")
        place = Place.objects.create(
            operator=shop,
            kind="shop",
            place_class=place_class,
            name=f"店{number}",
            name_en=f"Shop {number}",
            municipality_id=town,
        )
        code = StoreCode.objects.create(
            store_id=f"98{number:08}",
            place=place,
            principal=shop,
            merchant_name=f"SHOP {number}",
            city="TOWN",
            mcc=mcc,
            change_number=7_000_000 + number,
            changed_at=now(),
        )
        for service in services:
            Enrolment.objects.create(code=code, service_id=service, starts_on=starts_on, ends_on=ends_on)
        codes.append(code)
    return codes


def paid(code: StoreCode, yen: int, day: date, *, service: str = "paypay", times: int = 1) -> list[Payment]:
    """Payments at a shop at noon of a day in Japan."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=JST)
    provider = Service.objects.get(code=service).provider
    return [
        Payment.objects.create(
            provider=provider,
            reference=f"figure-{next(NUMBERS)}",
            digest="-",
            service_id=service,
            code=code,
            place=code.place,
            principal=code.principal,
            amount_yen=yen,
            paid_at=at,
            received_at=at,
            rule="none",
        )
        for _ in range(times)
    ]


def given_back(payment: Payment, *, state: str = "returned") -> None:
    """The whole of a payment goes back to the payer."""
    Refund.objects.create(
        key=f"figure-{next(NUMBERS)}",
        payment=payment,
        amount_yen=payment.amount_yen,
        state=state,
        refunded_at=payment.paid_at,
    )


def rows_of(table: Any, **wanted: Any) -> list[dict[str, Any]]:
    """The rows of an Arrow table that have these values."""
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]


def row_of(table: Any, **wanted: Any) -> dict[str, Any]:
    """The only such row."""
    (row,) = rows_of(table, **wanted)
    return row


def publish_figures(actor: Actor | None = None) -> list[Snapshot]:
    """Publish every dataset of figures as it is now, as the schedule does."""
    actor = actor or system_actor("test")
    return [make_snapshot(actor=actor, dataset=dataset) for dataset in DATASETS]
