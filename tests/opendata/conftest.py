"""What the room's tests start from: shops in Tomioka that agreed to be shown, and a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

_numbers = count(1)


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    """Each test has files of its own."""
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def town(towns: Any) -> Any:
    return towns.towns["10210"]


@pytest.fixture
def worker(db: None) -> Any:
    from madoguchi.people.access import system_actor

    return system_actor("worker")


@pytest.fixture
def shop(town: Any, clock: Any) -> Callable[..., Any]:
    """Makes a registered shop of Tomioka that takes PayPay since October 2026; by default it agreed to be shown."""
    return make_shop


def make_shop(
    name: str = "製糸場前カフェ",
    *,
    consent: bool | None = True,
    rate_bps: int | None = 500,
    services: tuple[str, ...] = ("paypay",),
    starts_on: date = date(2026, 10, 1),
    ends_on: date | None = None,
    trade: str = "5812",
    municipality: str = "10210",
    **facts: Any,
) -> Any:
    """A shop's place in the registry, with its code, its enrolments and the accepted application behind it."""
    from madoguchi.core.clock import now
    from madoguchi.onboarding.models import Application, ApplicationPlace
    from madoguchi.registry.actions import next_change_number
    from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode

    number = next(_numbers)
    owner = Organisation.objects.create(kind="shop", name=name, name_en="")
    place = Place.objects.create(
        operator=owner, kind="shop", name=name, municipality_id=municipality, **{"name_en": "", **facts}
    )
    code = StoreCode.objects.create(
        store_id=f"77{number:08}",
        place=place,
        principal=owner,
        merchant_name=f"SHOP {number}",
        city="TOMIOKA",
        mcc=trade,
        change_number=next_change_number(),
        changed_at=now(),
    )
    for service in services:
        Enrolment.objects.create(code=code, service_id=service, starts_on=starts_on, ends_on=ends_on)
    application = Application.objects.create(
        reference=f"T{number:07}",
        resume_hash="",
        state="accepted",
        kind="company",
        publication_consent=consent,
        decision=None if rate_bps is None else {"rate_bps": rate_bps},
        decided_at=now(),
        created_at=now(),
        changed_at=now(),
    )
    ApplicationPlace.objects.create(
        application=application, position=1, name=name, kind="shop", municipality_id=municipality, place=place
    )
    return place
