"""Browsers of the demo's users, and what tests of the books start from."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client

from madoguchi.core.clock import today
from madoguchi.counter.actions import Pick, open_order
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import Actor, provider_actor
from madoguchi.people.models import User
from madoguchi.registry.models import Place

_numbers = count(1)


def reader(username: str, language: str = "en") -> Client:
    """A browser of one of the demo's users. The demo must be running (`settings.DEMO`)."""
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.get(username=username))
    return client


def order(place: Place, clerk: Actor, *, facts: dict[str, str] | None = None, **items: int) -> Order:
    """An open order of so many of each item."""
    offers = {offer.code: offer for offer in offers_at(place, today()) if not offer.blocked}
    picks = [Pick(offers[code].item_id, quantity) for code, quantity in items.items()]
    key = f"books-{next(_numbers)}"
    return open_order(actor=clerk, place_id=place.id, picks=picks, client_key=key, **(facts or {}))


def paid(made: Order, at: Any, *, amount_yen: int = 0, service: str = "paypay") -> Payment:
    """The provider tells of a payment at an order's code, by default of its amount."""
    reference = f"books-{next(_numbers)}"
    notice = PaymentNotice(reference, service, made.code.store_id, amount_yen or made.total_yen, at)
    receive_payments(actor=provider_actor(service), provider=service, notices=[notice])
    return Payment.objects.get(reference=reference)
