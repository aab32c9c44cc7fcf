"""What one provider owes to whom: its payouts over all principals, for the provider's own staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum

from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement.models import Payout
from madoguchi.settlement.rules import OPEN_PAYOUT_STATES


@dataclass(frozen=True)
class Owed:
    """The payouts of one due day added up; of `open_payouts` the deposits have not come in full yet."""

    due_on: date
    payouts: int
    payments_yen: int
    refunds_yen: int
    fee_yen: int
    transfer_fee_yen: int
    net_yen: int
    open_payouts: int


def owed_by(actor: Actor, provider: str) -> list[Owed]:
    """A provider's payouts by due day, latest first. Raises Refusal `not_allowed`."""
    rows = payouts_of(actor, provider)
    sums: dict[str, Any] = {
        f"{name}_sum": Sum(name) for name in ("payments_yen", "refunds_yen", "fee_yen", "transfer_fee_yen", "net_yen")
    }
    open_by_day = dict(
        rows.filter(state__in=OPEN_PAYOUT_STATES)
        .order_by()
        .values_list("due_on")
        .annotate(many=Count("pk"))
        .values_list("due_on", "many")
    )
    days: Any = rows.order_by().values("due_on").annotate(many=Count("pk"), **sums).order_by("-due_on")
    return [
        Owed(
            due_on=row["due_on"],
            payouts=row["many"],
            payments_yen=row["payments_yen_sum"],
            refunds_yen=row["refunds_yen_sum"],
            fee_yen=row["fee_yen_sum"],
            transfer_fee_yen=row["transfer_fee_yen_sum"],
            net_yen=row["net_yen_sum"],
            open_payouts=open_by_day.get(row["due_on"], 0),
        )
        for row in days
    ]


def payouts_of(actor: Actor, provider: str) -> QuerySet[Payout]:
    """A provider's payouts, latest due day first. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=provider))
    rows = Payout.objects.filter(provider=provider).select_related("principal")
    return rows.order_by("-due_on", "principal__name")
