"""Reading the counter: what can be sold, orders, a till's day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.models import FeeOffer, Order, OrderLine, TillDay
from madoguchi.ledger import rules as books
from madoguchi.people.access import Actor, may, require
from madoguchi.registry.models import Organisation, Place
from madoguchi.registry.queries import designation_rules, designations_between, place_scope
from madoguchi.registry.rules import may_take


@dataclass(frozen=True)
class Offer:
    """An item as a till shows it today; `blocked` names why it cannot be sold (a refusal's code) or is empty."""

    item_id: UUID
    code: str
    name: str
    name_en: str
    purpose: str
    principal_id: UUID
    division_id: UUID
    unit_yen: int
    blocked: str


def offers_at(place: Place, day: date) -> list[Offer]:
    """Every item with a price on `day` at `place`, in the order of the fee schedule, principal by principal."""
    rows = (
        FeeOffer.objects.filter(place=place)
        .select_related("item")
        .prefetch_related("item__prices")
        .order_by("item__principal_id", "item__position", "item__code")
    )
    allowed: dict[UUID, list[Any]] = {}
    offers = []
    for row in rows:
        item = row.item
        unit_yen = rules.price_on([rules.Price(p.starts_on, p.ends_on, p.unit_yen) for p in item.prices.all()], day)
        if unit_yen is None:
            continue
        if item.principal_id not in allowed:
            found = designations_between(item.principal_id, place.operator_id)
            allowed[item.principal_id] = designation_rules(found)
        permitted = may_take(
            is_own=item.principal_id == place.operator_id,
            purpose=item.purpose_id,
            day=day,
            designations=allowed[item.principal_id],
        )
        offers.append(
            Offer(
                item_id=item.id,
                code=item.code,
                name=item.name,
                name_en=item.name_en,
                purpose=item.purpose_id,
                principal_id=item.principal_id,
                division_id=row.division_id,
                unit_yen=unit_yen,
                blocked="" if permitted else "designation_missing",
            )
        )
    return offers


def find_order(actor: Actor, order_id: UUID) -> Order:
    """An order that `actor` may see at its till or in its principal's books. Raises Refusal `order_unknown`."""
    order = (
        Order.objects.select_related(
            "place__operator", "place__municipality", "principal", "code", "service", "till_day", "clerk"
        )
        .prefetch_related("lines__item", "lines__division")
        .filter(id=order_id)
        .first()
    )
    if order is None:
        raise Refusal("order_unknown")
    scope = place_scope(order.place, order.principal_id)
    if not may(actor, "sales.read", scope):
        require(actor, "till.use", scope)
    return order


def sees_payer(actor: Actor, order: Order) -> bool:
    """Whether `actor` may see whom an order was for: only the principal's own staff (J-19)."""
    scope = place_scope(order.place, order.principal_id)
    if may(actor, "payer.read", scope):
        return True
    own_till = order.place.operator_id == order.principal_id
    return own_till and may(actor, "till.use", scope)


def orders_of_day(actor: Actor, place: Place, day: date) -> QuerySet[Order]:
    """The orders of one till day, newest first, for the till's own list."""
    require(actor, "till.use", place_scope(place))
    rows = Order.objects.filter(place=place, till_day__day=day).select_related("service", "principal")
    return rows.prefetch_related("lines__item").order_by("-number")


@dataclass(frozen=True)
class WaitingOrder:
    """An order without its payment, in the shape that matching reads."""

    order_id: UUID
    code_id: UUID
    number: str
    total_yen: int
    opened_at: Any
    seen_at: Any
    closed_at: Any
    service: str


def waiting_orders(code_ids: Iterable[UUID]) -> list[WaitingOrder]:
    """Orders at these codes for which a payment could still come, locked until the transaction ends."""
    rows = Order.objects.select_for_update().filter(code__in=set(code_ids), state__in=rules.WAITING_STATES)
    return [
        WaitingOrder(
            order_id=row.id,
            code_id=row.code_id,
            number=row.number,
            total_yen=row.total_yen,
            opened_at=row.opened_at,
            seen_at=row.seen_at,
            closed_at=row.closed_at,
            service=row.service_id or "",
        )
        for row in rows.order_by("id")
    ]


def orders_numbered(code_ids: Iterable[UUID], numbers: Iterable[str]) -> set[tuple[UUID, str]]:
    """Which of `numbers` are orders at these codes, in whatever state, as `(code_id, number)`."""
    rows = Order.objects.filter(code__in=set(code_ids), number__in=set(numbers))
    return set(rows.values_list("code_id", "number"))


def revenue_legs(order: Order, debit: str) -> list[books.Leg | None]:
    """The legs that book an order's lines as gross revenue of their divisions, against `debit`."""
    return line_legs(order.principal_id, order.lines.all(), debit)


def line_legs(principal_id: UUID, lines: Iterable[OrderLine], debit: str) -> list[books.Leg | None]:
    """The same for lines already read."""
    return [
        books.leg(principal_id, debit, books.revenue(line.division_id, line.item.code), line.amount_yen)
        for line in lines
    ]


def till_day(place: Place, day: date | None = None) -> TillDay | None:
    """The day of a place's till, if it was opened."""
    return TillDay.objects.filter(place=place, day=day or today()).select_related("closed_by").first()


@dataclass(frozen=True)
class DayTotals:
    """What one till day took: expected cash and, by principal and tender, how many orders and how much."""

    cash_taken_yen: int
    cash_returned_yen: int
    expected_cash_yen: int
    lines: tuple[dict[str, Any], ...]
    waiting: int


def day_totals(day: TillDay) -> DayTotals:
    """Add up a till day from its orders."""
    by_tender: dict[tuple[UUID, str], dict[str, int]] = {}
    cash_taken = cash_returned = waiting = 0
    for order in day.orders.all():
        if order.state in rules.WAITING_STATES:
            waiting += 1
        if order.paid_at is None:
            continue
        tender = "cash" if order.tender == "cash" else (order.service_id or "service")
        line = by_tender.setdefault(
            (order.principal_id, tender), {"orders": 0, "yen": 0, "cancelled": 0, "cancelled_yen": 0}
        )
        line["orders"] += 1
        line["yen"] += order.total_yen
        cancelled = order.state not in rules.PAID_STATES
        if cancelled:
            line["cancelled"] += 1
            line["cancelled_yen"] += order.total_yen
        if order.tender == "cash":
            cash_taken += order.total_yen
            cash_returned += order.total_yen if cancelled else 0
    names = dict(Organisation.objects.filter(id__in={key[0] for key in by_tender}).values_list("id", "name"))
    lines = tuple(
        {
            "principal_id": str(principal),
            "principal": names[principal],
            "tender": tender,
            **line,
            "net_yen": line["yen"] - line["cancelled_yen"],
        }
        for (principal, tender), line in sorted(by_tender.items(), key=str)
    )
    expected = rules.expected_cash_yen(day.float_yen, cash_taken, cash_returned)
    return DayTotals(cash_taken, cash_returned, expected, lines, waiting)


def remuneration_due_yen(principal_id: UUID, agent_id: UUID) -> tuple[int, int]:
    """How many cases `agent` handled for `principal`, and what is owed for them in yen."""
    rows = Order.objects.filter(
        principal_id=principal_id,
        remuneration__designation__agent_id=agent_id,
        remuneration__cancelled_at=None,
    )
    total: int | None = rows.aggregate(total=Sum("remuneration__amount_yen"))["total"]
    return rows.count(), total or 0


def lines_of(order_ids: Iterable[UUID]) -> dict[UUID, list[OrderLine]]:
    """Lines by order, with item and division."""
    found: dict[UUID, list[OrderLine]] = {}
    rows = (
        OrderLine.objects.filter(order_id__in=list(order_ids))
        .select_related("item", "division")
        .order_by("order_id", "position")
    )
    for line in rows:
        found.setdefault(line.order_id, []).append(line)
    return found


def order_state(actor: Actor, order_id: UUID) -> Order:
    """An order without its lines, in one query: what a till asks again and again while it waits for the money.

    Raises Refusal `order_unknown`.
    """
    order = Order.objects.select_related("place", "principal", "service").filter(id=order_id).first()
    if order is None:
        raise Refusal("order_unknown")
    require(actor, "till.use", place_scope(order.place, order.principal_id))
    return order


def orders_waiting(actor: Actor, place: Place) -> list[Order]:
    """Orders at a place without their money, whatever their day, newest first."""
    require(actor, "till.use", place_scope(place))
    rows = Order.objects.filter(place=place, state__in=rules.WAITING_STATES).select_related("service", "principal")
    return list(rows.order_by("-number")[:200])


def unclosed_days(place: Place, before: date) -> list[TillDay]:
    """Days of a place's till that nobody closed, oldest first."""
    return list(TillDay.objects.filter(place=place, day__lt=before, closed_at=None).order_by("day")[:31])


def find_day(actor: Actor, place: Place, day: date) -> TillDay:
    """A till's day for its report: the till's clerks, and those who read the operator's sales.

    Raises Refusal `day_not_open`, `not_allowed`.
    """
    scope = place_scope(place, place.operator_id)
    if not may(actor, "sales.read", scope):
        require(actor, "till.use", scope)
    row = till_day(place, day)
    if row is None:
        raise Refusal("day_not_open", day=day)
    return row
