"""Writing a demo month's orders many at once: the one path round the till, used for nothing but the demo.

A till opens an order now, for today; a month that is past needs thousands with the times, prices and numbers of their
days. The rows written here are those that the counter's own actions would have left, with an event for each; the log
says truly that they were written today by `system:demo`, because its chain is in the order of writing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from madoguchi.core.clock import now, start_of_day
from madoguchi.core.errors import Refusal
from madoguchi.counter.actions import owe_remuneration
from madoguchi.counter.closing import close_day
from madoguchi.counter.models import FeeOffer, Order, OrderLine, TillDay
from madoguchi.counter.queries import Offer, offers_at
from madoguchi.counter.rules import order_number
from madoguchi.events.actions import EVENT_COLUMNS
from madoguchi.events.bulk import insert_rows
from madoguchi.events.models import Event
from madoguchi.jobs import demo_shapes as shapes
from madoguchi.jobs.demo_plan import Plan, Sale, Till, count_of, days_of, given_yen, miscount_yen
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import Entry, post_many
from madoguchi.people.access import system_actor
from madoguchi.people.models import Membership
from madoguchi.registry.models import Place, StoreCode
from madoguchi.registry.queries import services_at

ACTOR = system_actor("demo")
ORDER_COLUMNS = tuple(field.attname for field in Order._meta.concrete_fields)
LINE_COLUMNS = ("order_id", "position", "item_id", "division_id", "unit_yen", "quantity", "amount_yen")
FLOAT_YEN = 30_000
CHUNK = 2_000
# How long the clerk waits before looking at the customer's screen (J-25).
SEEN_AFTER = timedelta(seconds=25)


def demo_tills(month: date) -> list[Till]:
    """Every open code at a demo place that sells, and takes a service in `month`, in the order of store ids."""
    rows = StoreCode.objects.filter(place__is_demo=True, principal__is_demo=True, is_closed=False)
    # What joined by an application has no fee items yet.
    rows = rows.filter(place__in=FeeOffer.objects.values("place"))
    clerks = _clerks()
    tills = []
    for code in rows.select_related("place").prefetch_related("place__purposes").order_by("store_id"):
        place = code.place
        shape = shapes.shape_name(place.kind, sorted(purpose.code for purpose in place.purposes.all()))
        services = tuple(sorted((service.code, service.provider_id) for service in services_at(code.id, month)))
        if not services or place.is_closed:
            continue
        tills.append(
            Till(
                code_id=code.id,
                store_id=code.store_id,
                place_id=place.id,
                principal_id=code.principal_id,
                operator_id=place.operator_id,
                clerk_id=clerks.get((place.operator_id, place.id), clerks.get((place.operator_id, None))),
                shape=shape,
                size=shapes.SHAPES[shape].size * shapes.BUSIER.get(place.name, 1),
                services=services,
            )
        )
    return tills


def _clerks() -> dict[tuple[UUID, UUID | None], int]:
    rows = Membership.objects.filter(role="clerk", user__is_demo=True).order_by("-id")
    return {(row.organisation_id, row.place_id): row.user_id for row in rows if row.organisation_id is not None}


class Menus:
    """What each till sells on each day of a month; asked once a place, or once a day where prices change."""

    def __init__(self, month: date, tills: Iterable[Till]) -> None:
        places = {place.id: place for place in Place.objects.filter(id__in={till.place_id for till in tills})}
        self.offers: dict[tuple[UUID, date], list[Offer]] = {}
        days = days_of(month)
        for place in places.values():
            first, last = offers_at(place, days[0]), offers_at(place, days[-1])
            for day in days:
                self.offers[place.id, day] = first if first == last else offers_at(place, day)

    def __call__(self, till: Till, day: date) -> list[Offer]:
        offers = self.offers[till.place_id, day]
        return [offer for offer in offers if offer.principal_id == till.principal_id and not offer.blocked]


def refuse_if_in_use(plan: Plan, tills: Iterable[Till]) -> None:
    """Raise Refusal `month_in_use` if the month's till days hold orders of people, or of another demo month.

    Numbers and counts of such days are final; a demo must not be written into them.
    """
    here = {"place__in": {till.place_id for till in tills}, "day__range": (plan.month, days_of(plan.month)[-1])}
    own = Count("orders", filter=Q(orders__client_key__startswith=plan.prefix))
    days = TillDay.objects.filter(**here).annotate(all=Count("orders"), own=own)
    foreign = [row.day for row in days if row.all != row.own or (row.closed_at is not None and not row.own)]
    if foreign:
        raise Refusal("month_in_use", month=f"{plan.month:%Y-%m}", day=min(foreign))


class OrderWriter:
    """Writes the orders of one plan; what is there already stays as it is."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        keys = Order.objects.filter(client_key__startswith=plan.prefix).values_list("client_key", flat=True)
        self.written = set(keys)
        self.days = self._open_days()

    def _open_days(self) -> dict[tuple[UUID, date], UUID]:
        last: dict[tuple[UUID, date], int] = defaultdict(int)
        for sale in self.plan.sales:
            key = sale.till.place_id, sale.day
            last[key] = max(last[key], sale.ordinal)
        rows = [
            TillDay(place_id=place_id, day=day, float_yen=FLOAT_YEN, last_ordinal=ordinal)
            for (place_id, day), ordinal in last.items()
            if ordinal
        ]
        TillDay.objects.bulk_create(rows, ignore_conflicts=True)
        found = TillDay.objects.filter(day__range=(self.plan.month, days_of(self.plan.month)[-1]))
        return {(row.place_id, row.day): row.id for row in found if (row.place_id, row.day) in last}

    @transaction.atomic
    def open(self, sales: Sequence[Sale]) -> int:
        """Write the orders of these sales as they stood before they were paid; returns how many were new."""
        fresh = [sale for sale in sales if sale.key not in self.written]
        orders = []
        for sale in fresh:
            order = self._order(sale)
            if sale.fate == "late":
                order.state, order.tender, order.service_id = "seen", "service", sale.tender
                order.seen_at = sale.paid_at + SEEN_AFTER
            orders.append(order)
        self._store(fresh, orders)
        return len(fresh)

    @transaction.atomic
    def take_cash(self, sales: Sequence[Sale]) -> int:
        """Write orders paid in cash, their books and what an agent earns by them; returns how many were new."""
        fresh = [sale for sale in sales if sale.key not in self.written]
        orders = []
        for sale in fresh:
            order = self._order(sale)
            rng = Random(sale.key)  # noqa: S311
            order.state, order.tender, order.paid_at = "paid", "cash", sale.paid_at
            order.cash_given_yen = given_yen(rng, sale.total_yen)
            orders.append(order)
        self._store(fresh, orders)
        post_many([_cash_entry(order.id, sale) for sale, order in zip(fresh, orders, strict=True)])
        for sale, order in zip(fresh, orders, strict=True):
            if sale.till.operator_id != sale.till.principal_id:
                owe_remuneration(order)
        return len(fresh)

    def _order(self, sale: Sale) -> Order:
        till = sale.till
        return Order(
            client_key=sale.key,
            number=order_number(sale.day, sale.ordinal),
            place_id=till.place_id,
            principal_id=till.principal_id,
            code_id=till.code_id,
            till_day_id=self.days[till.place_id, sale.day],
            clerk_id=till.clerk_id,
            total_yen=sale.total_yen,
            opened_at=sale.opened_at,
        )

    def _store(self, sales: Sequence[Sale], orders: Sequence[Order]) -> None:
        insert_rows(Order, ORDER_COLUMNS, map(attrgetter(*ORDER_COLUMNS), orders))
        lines = (
            (order.id, position, offer.item_id, offer.division_id, offer.unit_yen, number, offer.unit_yen * number)
            for sale, order in zip(sales, orders, strict=True)
            for position, (offer, number) in enumerate(sale.lines)
        )
        insert_rows(OrderLine, LINE_COLUMNS, lines)
        at = now()
        insert_rows(Event, EVENT_COLUMNS, (row for order in orders for row in _events(order, at)))
        self.written.update(sale.key for sale in sales)


def _events(order: Order, at: datetime) -> Iterator[tuple[object, ...]]:
    """The events that the counter's actions record; `at` is now, since that is when they are written."""
    opened = {"number": order.number, "total_yen": order.total_yen, "offline": False, "demo": True}
    rows: list[tuple[str, dict[str, object]]] = [("opened", {**opened, "opened_at": order.opened_at.isoformat()})]
    if order.state != "open":
        rows.append((order.state, {"before": "open", "demo": True}))
    for name, facts in rows:
        yield at, str(ACTOR), f"order.{name}", str(order.id), json.dumps(facts, ensure_ascii=False)


def _cash_entry(order_id: UUID, sale: Sale) -> Entry:
    debit = books.cash(sale.till.place_id)
    legs = [
        books.leg(
            sale.till.principal_id, debit, books.revenue(offer.division_id, offer.code), offer.unit_yen * quantity
        )
        for offer, quantity in sale.lines
    ]
    return order_id, "cash_taken", legs


def close_days(plan: Plan) -> tuple[int, int]:
    """Close the month's till days by count, some over or short; returns how many were closed and how many differ.

    A day with an order still open stays open for a person, as at a real till.
    """
    days = TillDay.objects.filter(orders__client_key__startswith=plan.prefix, closed_at=None).distinct()
    waiting = set(Order.objects.filter(till_day__in=days, state="open").values_list("till_day_id", flat=True))
    tills = {sale.till.place_id: sale.till for sale in plan.sales}
    cash_yen: dict[tuple[UUID, date], int] = defaultdict(int)
    for sale in plan.cash():
        cash_yen[sale.till.place_id, sale.day] += sale.total_yen
    closed = differing = 0
    for row in days.select_related("place").order_by("day", "place__name"):
        if row.id in waiting:
            continue
        rng = Random(f"{plan.prefix}{row.day}:{row.place.name}")  # noqa: S311
        taken_yen = cash_yen[row.place_id, row.day]
        off_yen = miscount_yen(rng) if taken_yen else 0
        till = tills[row.place_id]
        with transaction.atomic():
            counts = count_of(row.float_yen + taken_yen + off_yen)
            close_day(actor=ACTOR, place_id=row.place_id, day=row.day, counts=counts)
            closed_at = start_of_day(row.day) + timedelta(minutes=shapes.SHAPES[till.shape].curve[-1][1] + 12)
            TillDay.objects.filter(id=row.id).update(closed_at=closed_at, closed_by_id=till.clerk_id)
        closed += 1
        differing += off_yen != 0
    return closed, differing
