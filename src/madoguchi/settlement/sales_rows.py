"""Every movement of takings as one shape of row, whichever table it comes from; the database does the adding up.

A movement is a line of a payment, of money given back, of cash taken or of cash given back, with its fee and, once
its period is closed, its payout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateField,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Mod, Replace, Substr

from madoguchi.core.clock import start_of_day
from madoguchi.core.yen import BPS
from madoguchi.counter.models import OrderLine
from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Payment, Refund
from madoguchi.registry.models import ProviderTerms
from madoguchi.settlement.models import Deposit

Expressions = dict[str, Combinable]

# In the order in which rows are selected; a movement of every source has them all.
COLUMNS = (
    "moved_at",
    "sort",  # sale, refund, cash or cash_return
    "principal_key",
    "place_key",
    "division_key",
    "item_key",
    "service_key",
    "provider_key",
    "gross_yen",
    "cost_yen",  # the provider's fee; expected by its terms while there is no payout
    "payout_key",
    "closes_on",
    "due_on",
    "payout_state",
    "deposited_on",
    "payment_key",
    "order_key",
    "order_number",
    "payment_reference",
    "payment_state",
    "memo_text",
    "line_number",
)
REVENUE = "revenue:"
UUID_TEXT = 36


class JstDay(Func):
    """The date in Japan of an instant, by the database's own function: Django's runs Python for each row of SQLite."""

    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="date(%(expressions)s, '+9 hours')", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((%(expressions)s) AT TIME ZONE 'Asia/Tokyo')::date"
        return super().as_sql(compiler, connection, template=template, **context)


def nothing(field: Any) -> Combinable:
    """NULL with a type: without one PostgreSQL takes the branches of a union for text."""
    return Cast(Value(None), field)


def text(value: str) -> Combinable:
    """A literal, typed."""
    return Cast(Value(value), CharField())


def whole(expression: Any) -> Any:
    """As a big integer: yen times basis points outgrow 32 bits."""
    return Cast(expression, BigIntegerField())


class Source:
    """One table's movements: where its rows start, the steps towards its columns, and the columns."""

    def __init__(
        self,
        rows: Callable[[], QuerySet[Any]],
        columns: Expressions,
        *,
        sort: str,
        fee_steps: tuple[Expressions, ...] = (),
    ) -> None:
        self.rows, self.columns, self.fee_steps = rows, columns, fee_steps
        # -1 for money given back; whether a provider told of it, so that a fee and a payout belong to it.
        self.sign = -1 if sort in {"refund", "cash_return"} else 1
        self.sort, self.provider_told = sort, sort in {"sale", "refund"}

    def where(self, condition: Q, names: Iterable[str]) -> QuerySet[Any]:
        """The movements that fit `condition` (written in column names), with the columns `names`."""
        needed = {*names, *_names_in(condition)}
        rows = self.rows()
        if "cost_yen" in needed:
            for step in self.fee_steps:
                rows = rows.alias(**step)
        columns = {name: self.columns[name] for name in COLUMNS if name in needed}
        found: QuerySet[Any] = rows.annotate(**columns).filter(condition)
        return found


def _names_in(condition: Q) -> set[str]:
    found: set[str] = set()
    for child in condition.children:
        # Not a condition inside, but a pair of lookup and value.
        found |= _names_in(child) if isinstance(child, Q) else {str(child[0]).split("__", 1)[0]}  # type: ignore[index]
    return found


def sources() -> list[Source]:
    """All sources of movements; every movement is in exactly one of them."""
    terms = list(ProviderTerms.objects.all())
    return [
        _payments(terms),
        _whole_refunds(terms),
        _part_refunds(terms),
        _cash("cash", "order__paid_at", 1),
        _cash("cash_return", "order__closed_at", -1),
    ]


def _expected_fee(payment: str, amount: str, terms: Iterable[ProviderTerms]) -> Combinable:
    """The fee on the positive `amount` by the terms in force when it was paid; 0 where there are none."""
    extra = {"down": 0, "half_up": BPS // 2, "up": BPS - 1}
    branches = []
    for row in sorted(terms, key=lambda row: row.starts_on, reverse=True):
        facts: dict[str, Any] = {
            f"{payment}provider": row.provider_id,
            f"{payment}paid_at__gte": start_of_day(row.starts_on),
        }
        if row.ends_on is not None:
            facts[f"{payment}paid_at__lt"] = start_of_day(row.ends_on + timedelta(days=1))
        branches.append(When(**facts, then=(whole(F(amount)) * row.fee_bps + extra[row.fee_rounding]) / BPS))
    return Case(*branches, default=whole(Value(0)), output_field=BigIntegerField())


def _line_fee_steps(fee: Combinable, payment: str) -> tuple[Expressions, ...]:
    """Steps to `line_fee`: the share of a payment's fee of each line of its order.

    This is `core.yen.split_yen` (largest remainder, ties to the earlier line) said in SQL, so that divisions and items
    agree with the books to the yen. A line that is the whole payment takes the fee without looking at others.
    """
    order, total, amount = f"{payment}order", f"{payment}amount_yen", f"{payment}order__lines__amount_yen"
    yen = whole(OuterRef("whole_fee")) * F("amount_yen")
    lines = OrderLine.objects.filter(order=OuterRef(order)).order_by()
    lines = lines.annotate(floor_yen=yen / whole(OuterRef(total)), rest=Mod(yen, whole(OuterRef(total))))
    floors = lines.values("order").annotate(sum_yen=Sum("floor_yen")).values("sum_yen")
    is_ahead = Q(rest__gt=OuterRef("line_rest")) | Q(
        rest=OuterRef("line_rest"), position__lt=OuterRef(f"{payment}order__lines__position")
    )
    ahead = lines.filter(is_ahead).values("order").annotate(many=Count("pk")).values("many")
    one_more = Case(
        When(lines_ahead__lt=F("whole_fee") - F("floors_yen"), then=whole(Value(1))), default=whole(Value(0))
    )
    is_whole = Q(**{f"{amount}__isnull": True}) | Q(**{amount: F(total)})
    line_yen = F("whole_fee") * whole(F(amount))
    line_fee = Case(
        When(is_whole, then=F("whole_fee")),
        default=line_yen / whole(F(total)) + one_more,
        output_field=BigIntegerField(),
    )
    return (
        {"whole_fee": fee},
        {"line_rest": Mod(line_yen, whole(F(total)))},
        {"floors_yen": Subquery(floors), "lines_ahead": Coalesce(Subquery(ahead), Value(0))},
        {"line_fee": line_fee},
    )


def _payment_facts(payment: str, paid_out: str) -> Expressions:
    """The columns that a payment's lines and its refund's lines have in common."""
    lines = f"{payment}order__lines"
    booked_at = Case(When(**{f"{payment}state": "booked"}, then=F(f"{payment}place_id")))
    return {
        "principal_key": F(f"{payment}principal_id"),
        "place_key": F(f"{payment}place_id"),
        # A payment booked without an order is revenue of the place (payments.actions.book_payment).
        "division_key": Coalesce(F(f"{lines}__division_id"), booked_at),
        "item_key": Coalesce(F(f"{lines}__item__code"), F(f"{payment}booked_item__code"), Value("")),
        "service_key": F(f"{payment}service_id"),
        "provider_key": F(f"{payment}provider_id"),
        "payout_key": F(f"{paid_out}__payout_id"),
        "closes_on": F(f"{paid_out}__payout__closes_on"),
        "due_on": F(f"{paid_out}__payout__due_on"),
        "payout_state": Coalesce(F(f"{paid_out}__payout__state"), Value("")),
        "deposited_on": _last_deposit(f"{paid_out}__payout_id"),
        "order_key": F(f"{payment}order_id"),
        "order_number": Coalesce(F(f"{payment}order__number"), Value("")),
        "payment_reference": F(f"{payment}reference"),
        "payment_state": F(f"{payment}state"),
        "memo_text": F(f"{payment}memo"),
        "line_number": Coalesce(whole(F(f"{lines}__position")), whole(Value(0))),
    }


def _last_deposit(payout: str) -> Subquery:
    # A payout may come in several deposits; the accountant asks when it was all there.
    rows = Deposit.objects.filter(payout=OuterRef(payout)).order_by("-deposited_on")
    return Subquery(rows.values("deposited_on")[:1])


def _payments(terms: list[ProviderTerms]) -> Source:
    def rows() -> QuerySet[Payment]:
        line = FilteredRelation("payout_lines", condition=Q(payout_lines__refund=None))
        return Payment.objects.annotate(paid_out=line)

    fee = Coalesce(whole(F("paid_out__fee_yen")), _expected_fee("", "amount_yen", terms))
    columns = {
        "moved_at": F("paid_at"),
        "sort": text("sale"),
        "gross_yen": whole(Coalesce(F("order__lines__amount_yen"), F("amount_yen"))),
        "cost_yen": F("line_fee"),
        "payment_key": F("id"),
        **_payment_facts("", "paid_out"),
    }
    return Source(rows, columns, sort="sale", fee_steps=_line_fee_steps(fee, ""))


def _whole_refunds(terms: list[ProviderTerms]) -> Source:
    # The fee given back; a payout's line of a refund has it negative.
    fee = Coalesce(whole(-F("payout_line__fee_yen")), _expected_fee("payment__", "amount_yen", terms))
    columns = {
        "moved_at": F("refunded_at"),
        "sort": text("refund"),
        "gross_yen": -whole(Coalesce(F("payment__order__lines__amount_yen"), F("amount_yen"))),
        "cost_yen": -F("line_fee"),
        "payment_key": F("payment_id"),
        **_payment_facts("payment__", "payout_line"),
    }
    return Source(
        lambda: Refund.objects.filter(state="returned", amount_yen=F("payment__amount_yen")),
        columns,
        sort="refund",
        fee_steps=_line_fee_steps(fee, "payment__"),
    )


def _of_refund(lookup: str) -> Subquery:
    return Subquery(Refund.objects.filter(id=OuterRef("subject_id")).values(lookup)[:1])


def _division_in(code: str) -> Combinable:
    return Cast(Replace(Substr(code, len(REVENUE) + 1, UUID_TEXT), Value("-"), Value("")), UUIDField())


def _of_revenue(is_turned: Q, read: Callable[[str], Combinable], nothing_there: Combinable) -> Case:
    """What `read` finds in the code of the revenue account of a part of a refund.

    Each branch asks about the very account it reads: PostgreSQL may look at pairs of accounts that no posting joins.
    """
    return Case(
        When(is_turned & Q(credit__code__startswith=REVENUE), then=read("credit__code")),
        When(~is_turned & Q(debit__code__startswith=REVENUE), then=read("debit__code")),
        default=nothing_there,
    )


def _part_refunds(terms: list[ProviderTerms]) -> Source:
    """Refunds of less than their payment: how one was split over an order's lines stands in the ledger, only there."""
    is_turned = Q(debit__code__startswith="receivable:")  # a part that came out negative by rounding
    expected = Refund.objects.filter(id=OuterRef("subject_id")).values(
        fee=_expected_fee("payment__", "amount_yen", terms)
    )
    before = Posting.objects.filter(subject_id=OuterRef("subject_id"), rule="refund_returned", id__lt=OuterRef("id"))
    earlier = before.order_by().values("subject_id").annotate(sum_yen=Sum("amount_yen")).values("sum_yen")
    up_to = F("before_yen") + whole(F("amount_yen"))
    last_deposit = Refund.objects.filter(id=OuterRef("subject_id")).values(day=_last_deposit("payout_line__payout"))
    columns = {
        "moved_at": _of_refund("refunded_at"),
        "sort": text("refund"),
        "principal_key": _of_refund("payment__principal"),
        "place_key": _of_refund("payment__place"),
        "division_key": _of_revenue(is_turned, _division_in, nothing(UUIDField())),
        "item_key": _of_revenue(is_turned, lambda code: Substr(code, len(REVENUE) + UUID_TEXT + 2), Value("")),
        "service_key": _of_refund("payment__service"),
        "provider_key": _of_refund("payment__provider"),
        "gross_yen": Case(When(is_turned, then=whole(F("amount_yen"))), default=whole(-F("amount_yen"))),
        # Shares of the fee up to this part less shares up to the one before: together they are the fee.
        "cost_yen": F("whole_fee") * up_to / F("refund_yen") - F("whole_fee") * F("before_yen") / F("refund_yen"),
        "payout_key": _of_refund("payout_line__payout"),
        "closes_on": _of_refund("payout_line__payout__closes_on"),
        "due_on": _of_refund("payout_line__payout__due_on"),
        "payout_state": Coalesce(_of_refund("payout_line__payout__state"), Value("")),
        "deposited_on": Subquery(last_deposit[:1]),
        "payment_key": _of_refund("payment"),
        "order_key": _of_refund("payment__order"),
        "order_number": Coalesce(_of_refund("payment__order__number"), Value("")),
        "payment_reference": _of_refund("payment__reference"),
        "payment_state": _of_refund("payment__state"),
        "memo_text": _of_refund("payment__memo"),
        "line_number": whole(Value(0)),
    }
    steps: tuple[Expressions, ...] = (
        {
            "whole_fee": Coalesce(whole(_of_refund("payout_line__fee_yen")), whole(-Subquery(expected[:1]))),
            "before_yen": Coalesce(whole(Subquery(earlier)), whole(Value(0))),
            "refund_yen": whole(_of_refund("amount_yen")),
        },
    )
    parts = Refund.objects.exclude(amount_yen=F("payment__amount_yen")).values("id")
    return Source(
        lambda: Posting.objects.filter(rule="refund_returned", subject_id__in=parts),
        columns,
        sort="refund",
        fee_steps=steps,
    )


def _cash(sort: str, at: str, sign: int) -> Source:
    def rows() -> QuerySet[OrderLine]:
        found = OrderLine.objects.filter(order__tender="cash", order__paid_at__isnull=False)
        return found.filter(order__state="cancelled") if sign < 0 else found

    columns = {
        "moved_at": F(at),
        "sort": text(sort),
        "principal_key": F("order__principal_id"),
        "place_key": F("order__place_id"),
        "division_key": F("division_id"),
        "item_key": F("item__code"),
        "service_key": text("cash"),
        "provider_key": text(""),
        "gross_yen": whole(F("amount_yen")) * sign,
        "cost_yen": whole(Value(0)),
        "payout_key": nothing(UUIDField()),
        "closes_on": nothing(DateField()),
        "due_on": nothing(DateField()),
        "payout_state": text(""),
        "deposited_on": nothing(DateField()),
        "payment_key": nothing(UUIDField()),
        "order_key": F("order_id"),
        "order_number": F("order__number"),
        "payment_reference": text(""),
        "payment_state": text("cash"),
        "memo_text": text(""),
        "line_number": whole(F("position")),
    }
    return Source(rows, columns, sort=sort)
