"""Change over time: enrolments, payments and refunds of each whole month, by prefecture and service (P-44)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

import pyarrow as pa

from madoguchi.core.clock import today
from madoguchi.engine.statistics import LEAST, Relation, withheld
from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.figure_columns import CODE, NATION, NATION_NAMES, PREFECTURE, WITHHELD, shown
from madoguchi.opendata.names import prefecture_names
from madoguchi.payments.statistics import PlaceMonth, first_month, month_after, payments_in
from madoguchi.registry.models import Service
from madoguchi.registry.statistics import enrolments_ended, enrolments_started

# Ten years: a wrong date in the registry must not make a table of centuries.
MOST_MONTHS = 120
ALL_SERVICES = "all"
ALL_SERVICES_NAMES = ("すべてのサービス", "All services")
# One place with more of a figure's yen than this would read its own takings, and others it, off the figure.
DOMINANT = 0.85
STOCK = ("started", "ended", "in_force")
Cell = tuple[str, str]


def whole_months(first: date | None) -> list[date]:
    """First days of the months from `first` to the last one that is over; the latest 120 at most."""
    months: list[date] = []
    month = first.replace(day=1) if first else None
    while month is not None and month < today().replace(day=1):
        months.append(month)
        month = month_after(month)
    return months[-MOST_MONTHS:]


def make_enrolments() -> pa.Table:
    """For each month Japan, then each prefecture: enrolments that began, that ended, and that held at its end."""
    running = today().replace(day=1)
    started, ended = enrolments_started(running), enrolments_ended(running)
    months = whole_months(min((month for month, _ in started), default=None))
    names = _prefectures()
    counts = _stock(months, [code for code in names if code != NATION], started, ended)
    hidden = withheld(counts, _stock_relations(months, names))
    rows = [
        {
            "month": f"{month:%Y-%m}",
            "code": code,
            "prefecture": name,
            **shown(
                {column: counts[column, month, code] for column in STOCK},
                [column for column in STOCK if (column, month, code) in hidden],
            ),
        }
        for month in months
        for code, name in names.items()
    ]
    return pa.Table.from_pylist(rows, schema=DATASETS[0].schema)


def _stock(
    months: list[date],
    prefectures: list[str],
    started: dict[tuple[date, str], int],
    ended: dict[tuple[date, str], int],
) -> dict[tuple[str, date, str], int]:
    counts: dict[tuple[str, date, str], int] = {}
    for code in prefectures:
        before = months[0] if months else today()
        held = sum(count for (month, one), count in started.items() if one == code and month < before)
        held -= sum(count for (month, one), count in ended.items() if one == code and month < before)
        for month in months:
            began, over = started.get((month, code), 0), ended.get((month, code), 0)
            held += began - over
            counts["started", month, code], counts["ended", month, code] = began, over
            counts["in_force", month, code] = held
    for month in months:
        for column in STOCK:
            counts[column, month, NATION] = sum(counts[column, month, code] for code in prefectures)
    return counts


def _stock_relations(months: list[date], names: Iterable[str]) -> list[Relation]:
    """Prefectures add up to the country, and every month follows from the one before."""
    areas = list(names)
    parts = [code for code in areas if code != NATION]
    found = [
        Relation(((column, month, NATION),), tuple((column, month, code) for code in parts))
        for month in months
        for column in STOCK
    ]
    # Before the first month nothing held, unless earlier ones are left out.
    if months and len(months) < MOST_MONTHS:
        found += [_held(months[0], code) for code in areas]
    found += [_held(month, code, before) for before, month in pairwise(months) for code in areas]
    return found


def _held(month: date, code: str, before: date | None = None) -> Relation:
    """What held before, and began, is what ended and what holds now."""
    held = () if before is None else (("in_force", before, code),)
    return Relation((("in_force", month, code), ("ended", month, code)), (*held, ("started", month, code)))


@dataclass
class _Sums:
    """A figure's payments, and what of it each place has."""

    payments: int = 0
    amount_yen: int = 0
    refunds: int = 0
    refund_yen: int = 0
    by_place: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, row: PlaceMonth) -> None:
        self.payments += row.payments
        self.amount_yen += row.amount_yen
        self.refunds += row.refunds
        self.refund_yen += row.refund_yen
        self.by_place[row.place_id] += row.amount_yen

    @property
    def tells_a_place(self) -> bool:
        """Whether it is of fewer than five places, or nearly all of one."""
        places = self.by_place.values()
        return len(places) < LEAST or max(places) > DOMINANT * self.amount_yen


def make_payments() -> pa.Table:
    """For each whole month, prefecture and service with payments: how many, of how much, what was given back."""
    names = _prefectures()
    services = dict(Service.objects.values_list("code", "name")) | {ALL_SERVICES: ALL_SERVICES_NAMES[0]}
    rows = [
        {
            "month": f"{month:%Y-%m}",
            "code": code,
            "prefecture": names[code],
            "service": service,
            "service_name": services[service],
            **row,
        }
        for month in whole_months(first_month())
        for (code, service), row in _month_rows(month)
    ]
    return pa.Table.from_pylist(rows, schema=DATASETS[1].schema)


def _month_rows(month: date) -> Iterator[tuple[Cell, dict[str, Any]]]:
    sums: dict[Cell, _Sums] = defaultdict(_Sums)
    for row in payments_in(month):
        for area in (row.prefecture, NATION):
            for service in (row.service, ALL_SERVICES):
                sums[area, service].add(row)
    relations = _two_ways(sums)
    telling = {cell for cell, one in sums.items() if one.tells_a_place}
    payments = withheld({cell: one.payments for cell, one in sums.items()}, relations, also=telling)
    # Where payments are not told, refunds are not either, and these have small counts of their own.
    refunds = withheld({cell: one.refunds for cell, one in sums.items()}, relations, also=payments)
    for cell in sorted(sums, key=lambda cell: (cell[0], cell[1] != ALL_SERVICES, cell[1])):
        one = sums[cell]
        counts = {name: getattr(one, name) for name in ("payments", "amount_yen", "refunds", "refund_yen")}
        gone = ["payments", "amount_yen"] if cell in payments else []
        yield cell, shown(counts, gone + (["refunds", "refund_yen"] if cell in refunds else []))


def _two_ways(cells: Iterable[Cell]) -> list[Relation]:
    """Services add up to all of them, prefectures to the country."""
    by_area: dict[str, list[Cell]] = defaultdict(list)
    by_service: dict[str, list[Cell]] = defaultdict(list)
    for area, service in sorted(cells):
        if service != ALL_SERVICES:
            by_area[area].append((area, service))
        if area != NATION:
            by_service[service].append((area, service))
    found = [Relation(((area, ALL_SERVICES),), tuple(parts)) for area, parts in by_area.items()]
    return found + [Relation(((NATION, service),), tuple(parts)) for service, parts in by_service.items()]


def _prefectures() -> dict[str, str]:
    return {NATION: NATION_NAMES[0]} | {code: names[0] for code, names in prefecture_names().items()}


MONTH = Column("month", "text", "月", "Month", "終わった月だけ（例 2026-10）", "Months that are over, e.g. 2026-10")
PAID_RULE = (
    f"決済が{LEAST}件未満、{LEAST}か所未満、または1か所が金額の85%を超える場合と、その数がわかる数は公表しません。"
)
PAID_RULE_EN = (
    f"Withheld where there are fewer than {LEAST} payments or {LEAST} places, where one place has more than 85 per "
    "cent of the yen, and where such a figure could be worked out."
)
DATASETS = (
    Dataset(
        name="enrolments-by-month",
        theme="figures",
        title="加盟店登録の推移（月別・都道府県別）",
        title_en="Enrolments by month and prefecture",
        about="店舗・窓口と決済サービスの組を1件と数えた加盟店登録の、開始、終了、月末の数です。",
        about_en="A place with a service is one enrolment: how many began, ended, and held at the end of the month.",
        columns=(
            MONTH,
            CODE,
            PREFECTURE,
            Column("started", "integer", "開始", "Began", "初日がその月にある登録", "First day in the month"),
            Column("ended", "integer", "終了", "Ended", "最終日がその月にある登録", "Last day in the month"),
            Column(
                "in_force",
                "integer",
                "月末に有効な登録",
                "In force at the month's end",
                "前の月末の登録 ＋ 開始 − 終了",
                "Those at the end of the month before, and what began, less what ended",
            ),
            WITHHELD,
        ),
        make=make_enrolments,
    ),
    Dataset(
        name="payments-by-month",
        theme="figures",
        title="決済の推移（月別・都道府県別・決済サービス別）",
        title_en="Payments by month, prefecture and service",
        about=f"この窓口に知らされた決済と返金です。行がない組み合わせは0件です。{PAID_RULE}",
        about_en=f"Payments and refunds told to this counter. A combination without a row had none. {PAID_RULE_EN}",
        columns=(
            MONTH,
            CODE,
            PREFECTURE,
            Column("service", "text", "決済サービスのコード", "Service code", "all はすべて", "all: all of them"),
            Column("service_name", "text", "決済サービス", "Service"),
            Column("payments", "integer", "決済件数", "Payments", f"その月に支払われた件数。{PAID_RULE}", PAID_RULE_EN),
            Column("amount_yen", "integer", "決済金額（円）", "Amount (yen)", "返金を引く前", "Before refunds"),
            Column(
                "refunds",
                "integer",
                "返金件数",
                "Refunds",
                "その月の決済に対する返金。後の月に返したものを含みます。",
                "Of the month's payments, whenever they were made",
            ),
            Column("refund_yen", "integer", "返金額（円）", "Refunded (yen)", "同上", "Of the same refunds"),
            WITHHELD,
        ),
        make=make_payments,
    ),
)
