"""What a receipt and a daily report say, and both as PDF for paper: a roll of 80 mm or A4."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import resources
from typing import Any, cast
from uuid import UUID

import typst

from madoguchi.core.clock import JST, format_date_ja
from madoguchi.core.errors import Refusal
from madoguchi.core.yen import format_yen
from madoguchi.counter import rules
from madoguchi.counter.models import Order, TillDay
from madoguchi.counter.queries import DayTotals, day_totals
from madoguchi.jpqr.sticker import ipaex_gothic
from madoguchi.people.queries import names_of
from madoguchi.registry.models import Organisation, Service

PAPERS = ("roll", "a4")
# What a receipt's order may have become since it was paid.
RECEIPT_STATES = ("paid", "cancelling", "cancelled", "refunded_elsewhere")


@dataclass(frozen=True)
class ReceiptLine:
    """One line of a receipt."""

    name: str
    name_en: str
    quantity: int
    unit_yen: int
    amount_yen: int


@dataclass(frozen=True)
class Receipt:
    """Everything a receipt says. `agent` is empty unless somebody else took the money for the principal (H-24)."""

    number: str
    principal: str
    principal_en: str
    agent: str
    agent_en: str
    place: str
    place_en: str
    lines: tuple[ReceiptLine, ...]
    total_yen: int
    tender: str
    service: str
    given_yen: int | None
    change_yen: int
    paid_at: datetime
    state: str
    closed_at: datetime | None
    is_demo: bool

    @property
    def is_void(self) -> bool:
        """Whether the money was given back, so that this is no proof of payment any more."""
        return self.state in ("cancelled", "refunded_elsewhere")


def has_receipt(order: Order) -> bool:
    """Whether an order was paid: only then is there something to certify."""
    return order.paid_at is not None and order.state in RECEIPT_STATES


def receipt_of(order: Order) -> Receipt:
    """The receipt of a paid order. Raises Refusal `receipt_not_ready` for one without its money."""
    if order.paid_at is None or not has_receipt(order):
        raise Refusal("receipt_not_ready", state=order.state)
    is_agent = order.place.operator_id != order.principal_id
    given_yen = order.cash_given_yen if order.tender == "cash" else None
    return Receipt(
        number=order.number,
        principal=order.principal.name,
        principal_en=order.principal.name_en,
        agent=order.place.operator.name if is_agent else "",
        agent_en=order.place.operator.name_en if is_agent else "",
        place=order.place.name,
        place_en=order.place.name_en,
        lines=tuple(
            ReceiptLine(line.item.name, line.item.name_en, line.quantity, line.unit_yen, line.amount_yen)
            for line in order.lines.all()
        ),
        total_yen=order.total_yen,
        tender=order.tender,
        service=order.service.name if order.service else "",
        given_yen=given_yen,
        change_yen=rules.change_yen(order.total_yen, given_yen) if given_yen is not None else 0,
        paid_at=order.paid_at,
        state=order.state,
        closed_at=order.closed_at,
        is_demo=order.place.is_demo,
    )


def receipt_pdf(receipt: Receipt, *, paper: str = "roll") -> bytes:
    """A receipt on a roll of 80 mm, or on A4. Japanese with English beside it, since a customer takes it home."""
    facts = asdict(receipt) | {
        "paper": paper if paper in PAPERS else "roll",
        "total": format_yen(receipt.total_yen),
        "given": "" if receipt.given_yen is None else format_yen(receipt.given_yen),
        "change": format_yen(receipt.change_yen),
        "paid_at": written(receipt.paid_at),
        "closed_at": written(receipt.closed_at),
        "is_void": receipt.is_void,
        "lines": [
            asdict(line) | {"unit": format_yen(line.unit_yen), "amount": format_yen(line.amount_yen)}
            for line in receipt.lines
        ],
    }
    return _pdf("receipt.typ", facts)


@dataclass(frozen=True)
class DayReport:
    """A till day for the accountant: the count, over or short, and the orders by principal and tender.

    While the day is open the totals are today's so far. `changed` says that orders were cancelled after closing.
    """

    day: TillDay
    place: str
    operator: str
    is_closed: bool
    closed_by: str
    float_yen: int
    cash_taken_yen: int
    cash_returned_yen: int
    expected_yen: int
    counted_yen: int
    difference: str
    difference_yen: int
    counts: tuple[tuple[int, int, int], ...]
    lines: tuple[Mapping[str, Any], ...]
    orders: int
    net_yen: int
    changed: bool
    is_demo: bool


def day_report(day: TillDay) -> DayReport:
    """The report of a till day, as it stood at closing."""
    live = day_totals(day)
    kept = DayTotals(**{**day.report, "lines": tuple(day.report["lines"])}) if day.report else live
    is_closed = day.closed_at is not None
    counted_yen = day.counted_cash_yen if is_closed else 0
    named, difference_yen = rules.over_or_short(kept.expected_cash_yen, counted_yen) if is_closed else ("even", 0)
    services = dict(Service.objects.values_list("code", "name"))
    payees = Organisation.objects.in_bulk([UUID(line["principal_id"]) for line in kept.lines])
    lines = tuple(
        {**line, "service": services.get(line["tender"], ""), "payee": payees[UUID(line["principal_id"])]}
        for line in kept.lines
    )
    counts = [(value, int(day.counts.get(str(value), 0))) for value in rules.DENOMINATIONS_YEN]
    return DayReport(
        day=day,
        place=day.place.name,
        operator=day.place.operator.name,
        is_closed=is_closed,
        closed_by=names_of({day.closed_by_id}).get(day.closed_by_id, "") if day.closed_by_id else "",
        float_yen=day.float_yen,
        cash_taken_yen=kept.cash_taken_yen,
        cash_returned_yen=kept.cash_returned_yen,
        expected_yen=kept.expected_cash_yen,
        counted_yen=counted_yen,
        difference=named,
        difference_yen=difference_yen,
        counts=tuple((value, number, value * number) for value, number in counts),
        lines=lines,
        orders=sum(line["orders"] - line["cancelled"] for line in lines),
        net_yen=sum(line["net_yen"] for line in lines),
        changed=is_closed and [dict(line) for line in kept.lines] != [dict(line) for line in live.lines],
        is_demo=day.place.is_demo,
    )


def report_pdf(report: DayReport, services: Sequence[Mapping[str, Any]]) -> bytes:
    """The daily report on A4. `services`: names, and yen of orders, payments, over and short (`service_lines`)."""
    facts = {
        "place": report.place,
        "operator": report.operator,
        "day": format_date_ja(report.day.day),
        "is_closed": report.is_closed,
        "closed_at": written(report.day.closed_at),
        "closed_by": report.closed_by,
        "float": format_yen(report.float_yen),
        "cash_taken": format_yen(report.cash_taken_yen),
        "cash_returned": format_yen(-report.cash_returned_yen),
        "expected": format_yen(report.expected_yen),
        "counted": format_yen(report.counted_yen),
        "difference": report.difference,
        "difference_yen": format_yen(report.difference_yen),
        "counts": [[format_yen(value), f"{number:,}", format_yen(yen)] for value, number, yen in report.counts],
        "lines": [
            [
                line["principal"],
                "現金" if line["tender"] == "cash" else line["service"] or line["tender"],
                f"{line['orders']:,}",
                format_yen(line["yen"]),
                f"{line['cancelled']:,}",
                format_yen(-line["cancelled_yen"]),
                format_yen(line["net_yen"]),
            ]
            for line in report.lines
        ],
        "net": format_yen(report.net_yen),
        "services": [
            [
                row["principal"],
                row["service"],
                format_yen(row["orders_yen"]),
                format_yen(row["payments_yen"]),
                over_and_short(row["over_yen"], row["short_yen"]),
            ]
            for row in services
        ],
        "changed": report.changed,
        "is_demo": report.is_demo,
    }
    return _pdf("day_report.typ", facts)


def over_and_short(over_yen: int, short_yen: int) -> str:
    """`過不足なし`, `¥100 過剰`, `¥100 不足` or both, as the report prints them."""
    named = [f"{format_yen(yen)} {word}" for yen, word in ((over_yen, "過剰"), (short_yen, "不足")) if yen]
    return "、".join(named) or "過不足なし"


def written(instant: datetime | None) -> str:
    """An instant as a receipt prints it: `2026年11月21日（土） 10:31`; nothing for None."""
    if instant is None:
        return ""
    local = instant.astimezone(JST)
    return f"{format_date_ja(local.date())} {local:%H:%M}"


def _pdf(template: str, facts: Mapping[str, Any]) -> bytes:
    """Everything a person typed goes in as data and is only ever shown as text, never read as markup."""
    source = resources.files("madoguchi.counter").joinpath(template).read_bytes()
    compiler = typst.Compiler(source, font_paths=ipaex_gothic(), sys_inputs={"facts": json.dumps(facts, default=str)})
    return cast(bytes, compiler.compile(source, format="pdf"))
