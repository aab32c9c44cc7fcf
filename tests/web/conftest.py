"""People of every role and what happens at a counter, for tests that walk pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.test import Client

from madoguchi.core.clock import today
from madoguchi.counter.actions import Pick, open_order
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import Actor, actor_for, provider_actor, system_actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.people.models import User
from madoguchi.registry.demo import YASUOKA, DemoRegistry
from madoguchi.registry.models import Place
from tests.conftest import Clock

SETUP = system_actor("setup")
PASSWORD = "a-long-password"


@pytest.fixture
def demo(towns: DemoRegistry, clock: Clock) -> DemoRegistry:
    """The pilot towns, the village's post office and their fee schedules, on a Friday at noon."""
    return towns


@dataclass
class People:
    """Makes users on demand, and remembers them by what they are."""

    demo: DemoRegistry
    made: dict[tuple[object, ...], User] = field(default_factory=dict)

    def user(
        self, role: str, *, organisation_id: UUID | None = None, place_id: UUID | None = None, provider: str = ""
    ) -> User:
        """A user with one role; `role` "" makes a user with none."""
        key = (role, organisation_id, place_id, provider)
        if key not in self.made:
            name = f"{role or 'nobody'}-{len(self.made)}"
            self.made[key] = ensure_user(actor=SETUP, username=name, display_name=name, password=PASSWORD)
            if role:
                grant_role(
                    actor=SETUP,
                    user=self.made[key],
                    role=role,
                    organisation_id=organisation_id,
                    place_id=place_id,
                    provider=provider,
                )
        return self.made[key]

    def clerk_at(self, place: Place) -> User:
        """The clerk of one place's till."""
        return self.user("clerk", organisation_id=place.operator_id, place_id=place.id)

    def accountant_of(self, organisation_id: UUID) -> User:
        """The accountant of one principal."""
        return self.user("accountant", organisation_id=organisation_id)


@pytest.fixture
def people(demo: DemoRegistry) -> People:
    """Users of every role."""
    return People(demo)


@pytest.fixture
def browse() -> Callable[[User | None], Client]:
    """A browser signed in as a user, reading English; without a user, a visitor's."""

    def signed_in(user: User | None = None) -> Client:
        client = Client(headers={"accept-language": "en"})
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def museum(demo: DemoRegistry) -> Place:
    """A town's own place: 富岡製糸場, admission ¥1,000, ¥250 and ¥150."""
    return next(place for place in demo.places if place.name == "富岡製糸場")


@pytest.fixture
def post_office(demo: DemoRegistry) -> Place:
    """One place, two principals: the village and the office itself."""
    return demo.post_office


@pytest.fixture
def village_id(demo: DemoRegistry) -> UUID:
    """The principal for which the post office takes fees."""
    return demo.towns[YASUOKA].id


@pytest.fixture
def clerk(people: People, museum: Place) -> Actor:
    """The museum's clerk, as actions know them."""
    return actor_for(people.clerk_at(museum))


@pytest.fixture
def till(browse: Callable[[User | None], Client], people: People, museum: Place) -> Client:
    """The museum's till: its clerk, signed in."""
    return browse(people.clerk_at(museum))


@dataclass
class Counter:
    """What happens at a counter, said shortly."""

    place: Place
    actor: Actor
    clock: Clock
    count: int = 0

    def order(self, quantity: int = 1, *, code: str = "adult", **facts: str) -> Order:
        """Open an order for so many of one item."""
        self.count += 1
        offers = offers_at(self.place, today())
        item = next(offer for offer in offers if offer.code == code and not offer.blocked)
        picks = [Pick(item.item_id, quantity)]
        key = facts.pop("client_key", f"key-{self.place.id}-{self.count}")
        return open_order(actor=self.actor, place_id=self.place.id, picks=picks, client_key=key, **facts)

    def notice(self, order: Order, amount_yen: int | None = None, *, service: str = "paypay") -> Payment:
        """The provider says that somebody paid at the order's code."""
        self.count += 1
        notice = PaymentNotice(
            reference=f"ref-{order.place_id}-{self.count}",
            service=service,
            store_id=order.code.store_id,
            amount_yen=amount_yen or order.total_yen,
            paid_at=self.clock(),
        )
        answers = receive_payments(actor=provider_actor(service), provider=service, notices=[notice])
        assert answers[0].status == 201, answers
        return Payment.objects.get(reference=notice.reference)

    def paid(self, quantity: int = 1, **facts: str) -> Order:
        """An order that was paid with PayPay."""
        order = self.order(quantity, **facts)
        self.notice(order)
        order.refresh_from_db()
        assert order.state == "paid"
        return order


@pytest.fixture
def counter(museum: Place, clerk: Actor, clock: Clock) -> Counter:
    """The museum's counter."""
    return Counter(museum, clerk, clock)


@pytest.fixture
def post_counter(post_office: Place, people: People, clock: Clock) -> Counter:
    """The post office's counter."""
    return Counter(post_office, actor_for(people.clerk_at(post_office)), clock)
