"""Sales as the accountant reads them: who took how much, less which fee, paid out when; sums and single rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.core.errors import Refusal
from madoguchi.counter.models import FeeItem
from madoguchi.people.access import Actor, organisations_where
from madoguchi.registry.models import Organisation, Place, Service
from madoguchi.settlement.facts import terms_by_provider
from madoguchi.settlement.rules import due_day, next_period
from madoguchi.settlement.sales_rows import COLUMNS, JstDay, Source, sources

GROUPS = ("division", "place", "service", "item", "day")
CASH = "cash"
NONE = "none"
# What the table can be narrowed to by state: of the payment, of the money given back, of its way to the bank.
STATES = ("matched", "booked", "unmatched", "cash", "returned", "not_closed", "payout_due", "deposited")


@dataclass(frozen=True)
class SalesFilter:
    """What sales are narrowed to. Days are in Japan, both ends included. `principals` None means all."""

    principals: frozenset[UUID] | None
    sold_from: date | None = None
    sold_to: date | None = None
    closes_from: date | None = None
    closes_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    deposited_from: date | None = None
    deposited_to: date | None = None
    division: str = ""  # an id, or `none` for what has no order yet
    place: UUID | None = None
    service: str = ""  # a service's code, or `cash`
    item: str = ""
    state: str = ""


@dataclass(frozen=True)
class Sums:
    """What a group of movements comes to. `fee_yen` holds `expected_fee_yen`, which no payout has confirmed yet.

    `sales` counts payments and cash orders of which something is in the group; adding groups up counts one in each.
    """

    rows: int = 0
    sales: int = 0
    sold_yen: int = 0
    returned_yen: int = 0
    fee_yen: int = 0
    expected_fee_yen: int = 0

    @property
    def taken_yen(self) -> int:
        """What was sold less what was given back."""
        return self.sold_yen - self.returned_yen

    @property
    def net_yen(self) -> int:
        """What is left after the fee."""
        return self.taken_yen - self.fee_yen

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


class Movement(NamedTuple):
    """One row of sales_rows.COLUMNS; a negative amount was given back."""

    moved_at: datetime
    sort: str
    principal_id: UUID
    place_id: UUID
    division_id: UUID | None
    item: str
    service: str
    provider: str
    amount_yen: int
    fee_yen: int
    payout_id: UUID | None
    closes_on: date | None
    due_on: date | None
    payout_state: str
    deposited_on: date | None
    payment_id: UUID | None
    order_id: UUID | None
    order_number: str
    reference: str
    state: str
    memo: str
    line: int

    @property
    def net_yen(self) -> int:
        """What is left after the fee."""
        return self.amount_yen - self.fee_yen

    @property
    def is_fee_expected(self) -> bool:
        """Whether the fee follows from the terms because the period is not closed yet."""
        return bool(self.provider) and self.payout_id is None


def readable_principals(actor: Actor, wanted: UUID | None = None) -> frozenset[UUID] | None:
    """The principals whose sales `actor` may read, or just `wanted` of them; None means all (H-24).

    Raises Refusal `not_allowed`.
    """
    held = organisations_where(actor, "sales.read")
    if held is not None and (not held or (wanted is not None and wanted not in held)):
        raise Refusal("not_allowed", permission="sales.read")
    if wanted is not None:
        return frozenset({wanted})
    return None if held is None else frozenset(held)


def sales_by(narrowed: SalesFilter, groups: Sequence[str]) -> dict[tuple[Any, ...], Sums]:
    """Sums by the values of `groups` (of GROUPS; none gives the sum of all under `()`), added up in the database.

    A key's item is `(principal, code)`, for an item's code is only unique within one principal's schedule.
    """
    names = [name for group in groups for name in _KEYS[group]]
    found: dict[tuple[Any, ...], Sums] = {}
    for source in _chosen(narrowed):
        condition = _condition(narrowed, source)
        rows = source.where(condition, ["moved_at", *COLUMN_SUMS, *names])
        if "moved_on" in names:
            rows = rows.annotate(moved_on=JstDay(F("moved_at")))
        for row in _summed(rows, names, "payment_key" if source.provider_told else "order_key"):
            *key, count, sales, sold, fee, expected = row
            sums = Sums(
                rows=count,
                sales=sales if source.sign > 0 else 0,
                sold_yen=sold if source.sign > 0 else 0,
                returned_yen=-sold if source.sign < 0 else 0,
                fee_yen=fee,
                expected_fee_yen=expected if source.provider_told else 0,
            )
            shaped = _shaped(groups, key)
            found[shaped] = found.get(shaped, Sums()) + sums
    return found


def sales_with_total(narrowed: SalesFilter, group: str) -> tuple[dict[tuple[Any, ...], Sums], Sums]:
    """The sums by one of GROUPS, and of all; a payment for two divisions or items counts once in the latter."""
    found = sales_by(narrowed, (group,))
    total = sum(found.values(), Sums())
    return found, replace(total, sales=_count_sales(narrowed)) if group in {"division", "item"} else total


def _count_sales(narrowed: SalesFilter) -> int:
    count = 0
    for source in _chosen(narrowed):
        if source.sign > 0:
            sale = "payment_key" if source.provider_told else "order_key"
            count += source.where(_condition(narrowed, source), [sale]).values(sale).distinct().count()
    return count


def sales_sum(narrowed: SalesFilter) -> Sums:
    """The sum of everything that fits."""
    return sales_by(narrowed, ()).get((), Sums())


# To the last column in which two movements can differ (several refunds of one payment at one moment), or a page could
# show one of them twice and the other never.
LATEST_FIRST = (
    "-moved_at",
    "-order_number",
    "payment_reference",
    "payment_key",
    "order_key",
    "sort",
    "line_number",
    "gross_yen",
    "cost_yen",
    "payout_key",
)


def movements(narrowed: SalesFilter, *, start: int = 0, stop: int | None = None) -> Iterator[Movement]:
    """The movements that fit, latest first; from `start` to before `stop`, or streamed to the last."""
    parts = [
        source.where(_condition(narrowed, source), COLUMNS).order_by().values_list(*COLUMNS)
        for source in _chosen(narrowed)
    ]
    if not parts:
        return iter(())
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    rows = rows.order_by(*LATEST_FIRST)
    if stop is not None:
        return (Movement(*row) for row in rows[start:stop])
    return (Movement(*row) for row in rows.iterator(chunk_size=2000))


def of_payment(payment_id: UUID, principal_id: UUID) -> list[Movement]:
    """The movements of one payment, oldest first: its lines, then what was given back."""
    everything = SalesFilter(principals=frozenset({principal_id}))
    rows: list[Movement] = []
    for source in sources():
        if source.provider_told:
            condition = _condition(everything, source) & Q(payment_key=payment_id)
            rows += [Movement(*row) for row in source.where(condition, COLUMNS).values_list(*COLUMNS)]
    return sorted(rows, key=lambda row: (row.moved_at, row.line))


COLUMN_SUMS = ("gross_yen", "cost_yen", "payout_key", "payment_key", "order_key")
_KEYS = {
    "division": ("division_key",),
    "place": ("place_key",),
    "service": ("service_key",),
    "item": ("principal_key", "item_key"),
    "day": ("moved_on",),
}


def _summed(rows: QuerySet[Any], names: Sequence[str], sale: str) -> Iterable[tuple[Any, ...]]:
    sums = {
        "all_rows": Count("pk"),
        "all_sales": Count(sale, distinct=True),
        "all_gross": Sum("gross_yen"),
        "all_cost": Sum("cost_yen"),
        "all_expected": Sum(Case(When(payout_key=None, then=F("cost_yen")), default=0)),
    }
    if not names:
        whole = rows.aggregate(**sums)
        return [tuple(value or 0 for value in whole.values())]
    found: Iterable[tuple[Any, ...]] = rows.order_by().values(*names).annotate(**sums).values_list(*names, *sums)
    return found


def _shaped(groups: Sequence[str], key: list[Any]) -> tuple[Any, ...]:
    shaped: list[Any] = []
    position = 0
    for group in groups:
        width = len(_KEYS[group])
        part = key[position : position + width]
        shaped.append(part[0] if width == 1 else tuple(part))
        position += width
    return tuple(shaped)


def _chosen(narrowed: SalesFilter) -> list[Source]:
    """The sources in which something can fit; leaving out the others saves their queries."""
    every = {"sale", "refund", "cash", "cash_return"}
    by_state = {"cash": {"cash", "cash_return"}, "returned": {"refund", "cash_return"}}
    wanted = by_state.get(narrowed.state, {"sale", "refund"} if narrowed.state else every)
    payout_days = (
        narrowed.closes_from,
        narrowed.closes_to,
        narrowed.due_from,
        narrowed.due_to,
        narrowed.deposited_from,
        narrowed.deposited_to,
    )
    if any(payout_days) or narrowed.service not in {"", CASH}:
        wanted = wanted & {"sale", "refund"}
    if narrowed.service == CASH:
        wanted = wanted & {"cash", "cash_return"}
    return [source for source in sources() if source.sort in wanted]


def _condition(narrowed: SalesFilter, source: Source) -> Q:
    condition = Q()
    if narrowed.principals is not None:
        condition &= Q(principal_key__in=narrowed.principals)
    if narrowed.sold_from is not None:
        condition &= Q(moved_at__gte=start_of_day(narrowed.sold_from))
    if narrowed.sold_to is not None:
        condition &= Q(moved_at__lt=start_of_day(narrowed.sold_to + timedelta(days=1)))
    if narrowed.division:
        condition &= Q(division_key=None if narrowed.division == NONE else UUID(narrowed.division))
    if narrowed.place is not None:
        condition &= Q(place_key=narrowed.place)
    if narrowed.service and source.provider_told:
        condition &= Q(service_key=narrowed.service)
    if narrowed.item:
        condition &= Q(item_key="" if narrowed.item == NONE else narrowed.item)
    return condition & _by_payout(narrowed, source)


def _by_payout(narrowed: SalesFilter, source: Source) -> Q:
    if not source.provider_told:
        return Q()
    condition = Q()
    for column in ("closes_on", "due_on", "deposited_on"):
        name = column.removesuffix("_on")
        if (start := getattr(narrowed, f"{name}_from")) is not None:
            condition &= Q(**{f"{column}__gte": start})
        if (end := getattr(narrowed, f"{name}_to")) is not None:
            condition &= Q(**{f"{column}__lte": end})
    if narrowed.state in {"matched", "booked", "unmatched"}:
        condition &= Q(payment_state=narrowed.state)
    elif narrowed.state == "not_closed":
        condition &= Q(payout_key=None)
    elif narrowed.state == "payout_due":
        condition &= Q(payout_key__isnull=False, deposited_on=None)
    elif narrowed.state == "deposited":
        condition &= Q(deposited_on__isnull=False)
    return condition


@dataclass(frozen=True)
class Names:
    """The things that keys and movements name, read once for a whole page."""

    principals: dict[UUID, Organisation]
    places: dict[UUID, Place]
    services: dict[str, Service]
    items: dict[tuple[UUID, str], FeeItem]


def names_for(principals: frozenset[UUID] | None) -> Names:
    """Everything sales of these principals can name: their divisions and items, the places that take for them."""
    places = Place.objects.select_related("operator")
    items = FeeItem.objects.order_by("principal_id", "position", "code")
    services = Service.objects.filter(enrolments__isnull=False).select_related("provider")
    organisations = Organisation.objects.filter(codes__isnull=False).distinct().order_by("name")
    if principals is not None:
        takes = (
            Q(codes__principal__in=principals) | Q(operator__in=principals) | Q(earns__item__principal__in=principals)
        )
        places = places.filter(takes).distinct()
        items = items.filter(principal__in=principals)
        organisations = organisations.filter(id__in=principals)
    return Names(
        principals={row.id: row for row in organisations},
        places={row.id: row for row in places.order_by("name")},
        services={row.code: row for row in services.distinct().order_by("name")},
        items={(row.principal_id, row.code): row for row in items},
    )


def on_day(narrowed: SalesFilter, day: date) -> SalesFilter:
    """The same, for the sales of one day."""
    return replace(narrowed, sold_from=day, sold_to=day)


class DueDays:
    """When movements' periods close and are paid out; of running periods, when they will be by the terms of now."""

    def __init__(self) -> None:
        self._terms = terms_by_provider()
        self._known: dict[tuple[str, date], tuple[date | None, date | None]] = {}

    def of(self, row: Movement) -> tuple[date | None, date | None]:
        """The closing day and the due day of a movement; none for cash, or while a provider has no terms."""
        if not row.provider or row.payout_id is not None:
            return row.closes_on, row.due_on
        key = (row.provider, jst_date(row.moved_at))
        if key not in self._known:
            self._known[key] = self._expected(*key)
        return self._known[key]

    def _expected(self, provider: str, day: date) -> tuple[date | None, date | None]:
        period = next_period(day, self._terms.get(provider, []))
        if period is None:
            return None, None
        terms, closes_on = period
        return closes_on, due_day(closes_on, terms)
