"""Till days and what is set up."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.counter.actions import take_cash
from madoguchi.counter.closing import close_day, set_float
from madoguchi.counter.models import FeeItem, FeePrice, TillDay
from madoguchi.people.access import Actor
from tests.web.readers import order, paid, reader


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def closed(clock: Any, mill: Any, mill_clerk: Actor) -> TillDay:
    """The mill's day, ¥50 short."""
    set_float(actor=mill_clerk, place_id=mill.id, float_yen=1_000)
    made = order(mill, mill_clerk, adult=1)
    take_cash(actor=mill_clerk, order_id=made.id, given_yen=1_000)
    paid(order(mill, mill_clerk, child=1), clock())
    return close_day(actor=mill_clerk, place_id=mill.id, day=today(), counts={1_000: 1, 500: 1, 100: 4, 50: 1})


@pytest.fixture
def town(clock: Any, towns: Any) -> Client:
    return reader("accountant-tomioka")


def test_days_show_over_and_short_in_words(town: Client, closed: TillDay) -> None:
    page = town.get(reverse("town:days"))
    assert [(row.side, row.difference_yen) for row in page.context["rows"]] == [("short", -50)]
    assert "Short" in page.content.decode()
    assert page.context["difference_yen"] == -50
    assert "Tills over or short" not in town.get(reverse("town:home")).content.decode()


def test_a_day_has_its_takings_and_its_count(town: Client, closed: TillDay) -> None:
    page = town.get(reverse("town:day", args=[closed.id]))
    assert page.context["sums"]["net_yen"] == 1_150
    assert [row["tender_name"] for row in page.context["lines"]] == ["Cash", "PayPay"]
    assert page.context["sheet"].counts[0] == (1_000, 1, 1_000)
    assert "−¥50" in page.content.decode()


def test_opening_again_needs_a_reason(town: Client, closed: TillDay) -> None:
    address = reverse("town:reopen", args=[closed.id])
    empty = town.post(address, {"reason": " "})
    assert empty.status_code == 422
    assert "Write down the reason" in empty.content.decode()
    assert town.post(address, {"reason": "数え間違い"}).status_code == 302
    closed.refresh_from_db()
    assert closed.closed_at is None
    assert "Open" in town.get(reverse("town:day", args=[closed.id])).content.decode()


def test_only_the_operators_accountant_opens_a_day_again(closed: TillDay) -> None:
    """H-24: the day belongs to whoever runs the place."""
    address = reverse("town:reopen", args=[closed.id])
    for username in ("admin-tomioka", "auditor", "accountant-yasuoka", "clerk-mill"):
        assert reader(username).post(address, {"reason": "x"}).status_code == 403
    closed.refresh_from_db()
    assert closed.closed_at is not None
    assert reader("accountant-yasuoka").get(reverse("town:day", args=[closed.id])).status_code == 403


def test_days_of_a_period_and_a_place(town: Client, closed: TillDay, towns: Any) -> None:
    query = {"since": "2026-10-01", "until": "2026-10-31"}
    assert "No till was open in this period" in town.get(reverse("town:days"), query).content.decode()
    other = next(place for place in towns.places if place.name == "妙義中央公民館")
    assert town.get(reverse("town:days"), {"place": str(other.id)}).context["rows"] == []
    assert town.get(reverse("town:days"), {"since": "x"}).status_code == 422
    assert town.get(reverse("town:day", args=[towns.towns["10210"].id])).status_code == 404


def test_the_set_up_shows_places_codes_prices_and_terms(town: Client, mill: Any) -> None:
    page = town.get(reverse("town:setup"))
    text = page.content.decode()
    code = mill.codes.get()
    assert code.store_id in text
    assert reverse("till:sticker_pdf", args=[mill.id, code.id]) in text
    for words in ("Admission, adult", "¥1,000", "1.98 %", "borne by us", "Nobody takes money for this organisation"):
        assert words in text
    assert "New price" not in text


def test_an_unknown_payment_company_stays_unknown(clock: Any, towns: Any) -> None:
    """X-02: a merged cell of the published table is not filled by guessing."""
    page = reader("accountant-tomioka", "ja").get(reverse("town:setup")).content.decode()
    unknown = [place for place in towns.places if place.operator == towns.towns["10210"]]
    assert all(place.pilot.payment_company in {"", "unknown"} for place in unknown)
    assert page.count("<td>不明</td>") == len(unknown)


def test_what_is_owed_to_an_agent(clock: Any, towns: Any, post_clerk: Actor) -> None:
    """H-07, H-24: both sides see the designation and the remuneration due."""
    for _ in range(2):
        paid(order(towns.post_office, post_clerk, residence=1), clock())
    for username in ("accountant-yasuoka", "accountant-post"):
        text = reader(username).get(reverse("town:setup")).content.decode()
        for words in ("令和6年告示（デモ）", "In force", "¥150", "¥300"):
            assert words in text


def test_the_administrator_enters_a_price_from_a_day(clock: Any, mill: Any) -> None:
    admin = reader("admin-tomioka")
    item = FeeItem.objects.get(principal=mill.operator, code="adult")
    address = reverse("town:price", args=[item.id])
    assert address in admin.get(reverse("town:setup")).content.decode()
    assert admin.get(address).status_code == 200

    wrong = admin.post(address, {"unit_yen": "-5", "starts_on": "2026-11-20"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert 'value="-5"' in text
    assert "Choose tomorrow or later." in text
    assert not FeePrice.objects.filter(item=item, starts_on__year=2026).exists()

    done = admin.post(address, {"unit_yen": "1200", "starts_on": "2027-01-01"}, follow=True)
    assert "Admission, adult costs ¥1,200 from 1 Jan 2027 (Fri)." in done.content.decode()
    assert "to come" in done.content.decode()


def test_prices_are_entered_only_by_the_principals_administrator(clock: Any, towns: Any, mill: Any) -> None:
    own = FeeItem.objects.get(principal=mill.operator, code="adult")
    other = FeeItem.objects.get(principal=towns.towns["20414"], code="residence")
    form = {"unit_yen": "1200", "starts_on": "2027-01-01"}
    assert reader("accountant-tomioka").post(reverse("town:price", args=[own.id]), form).status_code == 403
    assert reader("auditor").get(reverse("town:price", args=[own.id])).status_code == 403
    assert reader("admin-tomioka").post(reverse("town:price", args=[other.id]), form).status_code == 403
    assert reader("admin-tomioka").get(reverse("town:price", args=[mill.id])).status_code == 404
