"""What the room's tests start from: Tomioka's 30 % week, three shops, two providers who send files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from madoguchi.core.clock import JST
from tests.conftest import actor_named

DAYS = (date(2026, 11, 2), date(2026, 11, 8))
SHOPS = {"製糸場前カフェ": "5812", "上州うどん店": "5812", "富岡駅前書店": "5942"}


@pytest.fixture(autouse=True)
def lake(settings: Any, tmp_path: Path) -> Path:
    """Each test has a lake of its own."""
    settings.VAR = tmp_path
    return tmp_path / "lake"


@pytest.fixture
def town(towns: Any) -> Any:
    return towns.towns["10210"]


@pytest.fixture
def maker(towns: Any) -> Any:
    """Tomioka's administrator."""
    return actor_named("admin-tomioka")


@pytest.fixture
def checker(accountant: Any) -> Any:
    """Tomioka's accountant, the second pair of eyes."""
    return accountant


@pytest.fixture
def worker(db: None) -> Any:
    from madoguchi.people.access import system_actor

    return system_actor("worker")


@pytest.fixture
def shops(town: Any, clock: Any) -> dict[str, str]:
    """Three shops of Tomioka that take PayPay and LINE Pay since October: their store ids by name."""
    from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode

    found = {}
    for number, (name, mcc) in enumerate(SHOPS.items()):
        shop = Organisation.objects.create(kind="shop", name=name, name_en=f"Shop {number}")
        place = Place.objects.create(
            operator=shop, kind="shop", name=name, name_en=f"Shop {number}", municipality=town.municipality
        )
        code = StoreCode.objects.create(
            store_id=f"991021000{number}",
            place=place,
            principal=shop,
            merchant_name=f"SHOP {number}",
            city="TOMIOKA",
            mcc=mcc,
            change_number=900_000 + number,
            changed_at=clock(),
        )
        for service in ("paypay", "line_pay"):
            Enrolment.objects.create(code=code, service_id=service, starts_on=date(2026, 10, 1))
        found[name] = code.store_id
    return found


def row(service: str, cap: int = 5_000, **more: Any) -> dict[str, Any]:
    """A row of the campaign's services: at most `cap` points for each member in the whole campaign."""
    return {
        "service_id": service,
        "channel": "",
        "credit_rule": "days:+30",
        "cap_amount": cap,
        "cap_unit": "point",
        "cap_period": "programme",
        "cap_scope": "service",
        "method": "points",
        **more,
    }


@pytest.fixture
def draft() -> Any:
    from madoguchi.rewards.campaigns import Draft

    return Draft(
        code="tomioka-2026",
        name="富岡30％還元ウィーク",
        name_en="Tomioka 30 per cent week",
        starts_on=DAYS[0],
        ends_on=DAYS[1],
        terms={"rate_bps": 3_000, "budget_points": 1_000_000, "municipalities": ["10210"]},
        services=[row("paypay"), row("line_pay")],
        supports_fees=True,
        terminal_share_bps=5_000,
    )


@pytest.fixture
def campaign(town: Any, maker: Any, checker: Any, draft: Any, shops: Any) -> Any:
    """Tomioka's week, approved."""
    from madoguchi.rewards.campaigns import approve_campaign, draft_campaign, propose_campaign

    written = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    propose_campaign(actor=maker, campaign_id=written.id)
    return approve_campaign(actor=checker, campaign_id=written.id)


Rows = list[tuple[Any, ...]]
HEAD = "payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at"


def paid(payment: str, member: str, store: str, yen: int, day: int, *, hour: int = 12, service: str = "paypay") -> str:
    """A line of a file: paid in November 2026."""
    at = datetime(2026, 11, day, hour, tzinfo=JST).isoformat()
    return f"{payment},payment,,{service},,{member},{store},{yen},{at}"


def given_back(refund: str, payment: str, yen: int, day: int, *, service: str = "paypay") -> str:
    """A line of a file: part of a payment given back."""
    at = datetime(2026, 11, day, 18, tzinfo=JST).isoformat()
    return f"{refund},refund,{payment},{service},,,,{yen},{at}"


@pytest.fixture
def send(tmp_path: Path) -> Callable[..., Any]:
    """`send("paypay", [paid(…), …])`: the provider sends a file of these lines."""
    from madoguchi.people.access import provider_actor
    from madoguchi.rewards.lake import receive_payments_file

    def make(provider: str, lines: list[str], name: str = "payments.csv") -> Any:
        file = tmp_path / "upload"
        file.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
        return receive_payments_file(actor=provider_actor(provider), provider=provider, name=name, file=file).file

    return make


@pytest.fixture
def approve(maker: Any, checker: Any, worker: Any) -> Callable[..., Any]:
    """`approve(campaign)`: a run is asked for, computed, proposed and approved."""
    from madoguchi.rewards.runs import approve_run, ask_run, compute_asked, propose_run

    def make(campaign: Any) -> Any:
        run = ask_run(actor=maker, campaign_id=campaign.id)
        assert compute_asked(actor=worker) == 1
        propose_run(actor=maker, run_id=run.id)
        return approve_run(actor=checker, run_id=run.id)

    return make
