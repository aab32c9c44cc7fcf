"""Filling a believable month of the demo: orders at the tills, payments and refunds through the public provider API.

Of what can be seen afterwards, everything a provider tells comes in by signed HTTP and is matched, booked and logged
by the same code as in earnest. Only the till's side of a past month is written directly (`demo_orders`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.counter.actions import mark_seen
from madoguchi.counter.models import Order
from madoguchi.events.actions import record
from madoguchi.jobs.demo_orders import ACTOR, CHUNK, Menus, OrderWriter, close_days, demo_tills, refuse_if_in_use
from madoguchi.jobs.demo_plan import Back, Plan, Sale, Told, next_month, plan_month, slices
from madoguchi.jobs.demo_provider import ProviderDesk
from madoguchi.payments.actions import assign_payment, book_payment
from madoguchi.payments.models import Payment, Refund

# Payments whose orders wait together: every batch reads all orders waiting at its codes.
SLICE = 1_500
MOST_PAYMENTS = 200_000
Tell = Callable[[str, int, int], None]  # what is being done, how much of it, out of how much


@dataclass(frozen=True)
class Filled:
    """What a demo month holds, and how long it took to fill."""

    month: str
    seed: int
    payments: int
    payments_yen: int
    new: int  # payments that were not there before this run
    refused: dict[str, int]
    matched: int
    matched_percent: float
    booked: int
    unmatched: int
    to_clear: int  # unmatched with the money still here
    refunds: int
    refunds_yen: int
    cash_orders: int
    cash_yen: int
    days_closed: int
    days_over_or_short: int
    payments_seconds: float
    payments_per_second: float
    seconds: float


def previous_month() -> date:
    """The first day of the last full month in Japan."""
    return (today().replace(day=1) - timedelta(days=1)).replace(day=1)


def plan_for(month: date, *, seed: int, payments: int) -> Plan:
    """The plan of a month over the demo places of this database.

    Raises Refusal `month_not_over`, `payments_wrong`, `demo_missing`, `month_in_use`.
    """
    if next_month(month) > today():
        raise Refusal("month_not_over", month=f"{month:%Y-%m}")
    if not 1 <= payments <= MOST_PAYMENTS:
        raise Refusal("payments_wrong", limit=MOST_PAYMENTS)
    tills = demo_tills(month)
    plan = plan_month(month=month, seed=seed, payments=payments, tills=tills, menu=Menus(month, tills))
    if not plan.sales:
        raise Refusal("demo_missing", month=f"{month:%Y-%m}")
    refuse_if_in_use(plan, tills)
    return plan


def fill_month(*, plan: Plan, seed: int, desk: ProviderDesk, tell: Tell) -> Filled:
    """Fill the month of `plan` through the API; doing it again adds nothing.

    Raises NoAnswer if the server stops answering; what was told until then stays, and running it again goes on.
    """
    started = time.monotonic()
    desk.check({sale.provider for sale in plan.sales if sale.provider})
    writer = OrderWriter(plan)
    telling = _Telling(desk, plan, tell)
    for part in slices(plan.with_order("plain", "late", "wrong"), SLICE):
        writer.open(part)
        telling.tell([sale.told() for sale in part])
    # Only now, when no order waits: a wrong amount may happen to be another order's right one.
    telling.tell(plan.orderless())
    twins = plan.with_order("twin", "left")
    writer.open(twins)
    telling.tell([sale.told() for sale in twins])
    payments_seconds = time.monotonic() - started
    _clear_by_hand(plan, tell)
    _refund(desk, plan.refunds(), telling.refused, tell)
    cash = plan.cash()
    for start in range(0, len(cash), CHUNK):
        writer.take_cash(cash[start : start + CHUNK])
        tell("cash", min(start + CHUNK, len(cash)), len(cash))
    closed, differing = close_days(plan)
    took = {
        "new": telling.new,
        "refused": dict(telling.refused),
        "days_closed": closed,
        "days_over_or_short": differing,
        "payments_seconds": round(payments_seconds, 1),
        "payments_per_second": round(telling.told / payments_seconds),
        "seconds": round(time.monotonic() - started, 1),
    }
    filled = _count(plan, seed, took)
    if telling.new or closed:
        record(ACTOR, "demo.month_filled", f"demo:{filled.month}", **asdict(filled))
    return filled


class _Telling:
    """Sends payments and keeps count of the answers."""

    def __init__(self, desk: ProviderDesk, plan: Plan, tell: Tell) -> None:
        self.desk, self.report = desk, tell
        self.total = len(plan.orderless()) + len(plan.with_order("plain", "late", "wrong", "twin", "left"))
        self.told = self.new = 0
        self.refused: Counter[str] = Counter()

    def tell(self, rows: Sequence[Told]) -> None:
        """Send these payments."""
        for answer in self.desk.tell(rows):
            self.new += answer["status"] == 201 and not answer["repeated"]
            if answer["status"] != 201:
                self.refused[answer["error"]["code"]] += 1
        self.told += len(rows)
        self.report("payments", self.told, self.total)


def _clear_by_hand(plan: Plan, tell: Tell) -> None:
    """Do what people do: say whose payment is whose, book what has no order, look at screens (J-25)."""
    waiting = {
        row.reference: row.id for row in Payment.objects.filter(reference__startswith=plan.prefix, state="unmatched")
    }
    orders = _orders(plan.with_order("twin", "left"))
    todo = plan.with_order("twin", "left") + [sale for sale in plan.sales if sale.fate == "booked"]
    for number, sale in enumerate(todo, start=1):
        if sale.fate == "left":
            order = orders[sale.key]
            if order.state == "open":
                mark_seen(actor=ACTOR, order_id=order.id, service_code=sale.tender, seen_at=sale.paid_at)
        elif sale.key in waiting:
            if sale.fate == "twin":
                assign_payment(actor=ACTOR, payment_id=waiting[sale.key], order_id=orders[sale.key].id)
            else:
                item_id = sale.lines[0][0].item_id
                book_payment(actor=ACTOR, payment_id=waiting[sale.key], item_id=item_id, reason="窓口で確認（デモ）")
        tell("by hand", number, len(todo))


def _orders(sales: Sequence[Sale]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    keys = [sale.key for sale in sales]
    for start in range(0, len(keys), 500):
        found |= {row.client_key: row for row in Order.objects.filter(client_key__in=keys[start : start + 500])}
    return found


def _refund(desk: ProviderDesk, backs: Sequence[Back], refused: Counter[str], tell: Tell) -> None:
    for start in range(0, len(backs), SLICE):
        part = backs[start : start + SLICE]
        refused.update(answer["error"]["code"] for answer in desk.give_back(part) if answer["status"] != 201)
        tell("refunds", start + len(part), len(backs))


def _count(plan: Plan, seed: int, took: dict[str, Any]) -> Filled:
    payments = Payment.objects.filter(reference__startswith=plan.prefix)
    states = Counter(payments.values_list("state", flat=True))
    refunds = Refund.objects.filter(payment__reference__startswith=plan.prefix)
    cash = Order.objects.filter(client_key__startswith=plan.prefix, tender="cash")
    total = sum(states.values())
    returned = refunds.filter(payment__state="unmatched", state="returned").count()
    return Filled(
        month=f"{plan.month:%Y-%m}",
        seed=seed,
        payments=total,
        payments_yen=_sum(payments, "amount_yen"),
        matched=states["matched"],
        matched_percent=round(100 * states["matched"] / total, 2) if total else 0.0,
        booked=states["booked"],
        unmatched=states["unmatched"],
        to_clear=states["unmatched"] - returned,
        refunds=refunds.count(),
        refunds_yen=_sum(refunds, "amount_yen"),
        cash_orders=cash.count(),
        cash_yen=_sum(cash, "total_yen"),
        **took,
    )


def _sum(rows: Any, field: str) -> int:
    return int(rows.aggregate(total=Sum(field))["total"] or 0)
