"""The sales tables: the rows of a page, and the same rows as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from madoguchi.core.ids import short_form
from madoguchi.settlement.sales import CASH, NONE, DueDays, Movement, Names, Sums
from madoguchi.web.templatetags.madoguchi import jst_date, name


@dataclass(frozen=True)
class GroupRow:
    """One row of a table of sums; `filter` narrows the table to what is in it."""

    label: str
    filter: dict[str, str]
    sums: Sums


@dataclass(frozen=True)
class MovementRow:
    """One movement with its names, and when its payout is due; `is_due_expected` while its period is running."""

    movement: Movement
    division: str
    place: str
    item: str
    revenue_account: str
    service: str
    provider: str
    closes_on: date | None
    due_on: date | None
    is_due_expected: bool

    @property
    def kind(self) -> str:
        """What moved, in words."""
        words = {
            "sale": pgettext("movement", "Payment"),
            "refund": pgettext("movement", "Refund"),
            "cash": pgettext("movement", "Cash"),
            "cash_return": pgettext("movement", "Cash returned"),
        }
        return words[self.movement.sort]

    @property
    def state(self) -> str:
        """How it stands, in words."""
        words = {
            "matched": _("Matched"),
            "booked": _("Booked by hand"),
            "unmatched": _("Not matched"),
            "cash": pgettext("movement", "Cash"),
        }
        return words[self.movement.state]


def group_rows(group: str, sums: dict[tuple[Any, ...], Sums], names: Names) -> list[GroupRow]:
    """The sums of a grouping as rows: by name, items in the order of the schedule, days latest first."""
    if group == "day":
        days = sorted(((key[0], row) for key, row in sums.items()), reverse=True, key=lambda pair: pair[0])
        return [GroupRow(jst_date(day), {"sold_from": str(day), "sold_to": str(day)}, row) for day, row in days]
    if group == "item":
        order = {key: position for position, key in enumerate(names.items)}
        keyed = sorted(((key[0], row) for key, row in sums.items()), key=lambda pair: order.get(pair[0], len(order)))
        return [GroupRow(item_name(key, names), {"item": key[1] or NONE}, row) for key, row in keyed]
    label = {"division": division_name, "place": division_name, "service": service_name}[group]
    rows = [GroupRow(label(key[0], names), {group: str(key[0] or NONE)}, row) for key, row in sums.items()]
    return sorted(rows, key=lambda row: (row.filter[group] in {NONE, CASH}, row.label))


def division_name(key: Any, names: Names) -> str:
    """A division's or place's name; what has no order yet belongs to none."""
    if key is None:
        return _("Not matched yet")
    # A place that no longer takes for this principal keeps its old sales.
    return name(names.places[key]) if key in names.places else short_form(key)


def service_name(key: str, names: Names) -> str:
    """A service's name, or cash."""
    if key == CASH:
        return _("Cash")
    return names.services[key].name if key in names.services else key


def item_name(key: tuple[Any, str], names: Names) -> str:
    """A fee item's name; what has no order yet has none."""
    return name(names.items[key]) if key in names.items else _("Not matched yet")


def movement_rows(movements: Iterable[Movement], names: Names) -> Iterator[MovementRow]:
    """Movements with their names, one after another, so that a file can be streamed."""
    days = DueDays()
    for row in movements:
        item = names.items.get((row.principal_id, row.item))
        service = names.services.get(row.service)
        closes_on, due_on = days.of(row)
        yield MovementRow(
            movement=row,
            division=division_name(row.division_id, names),
            place=division_name(row.place_id, names),
            item=item_name((row.principal_id, row.item), names),
            revenue_account=item.revenue_account if item else "",
            service=service_name(row.service, names),
            provider=name(service.provider) if service else "",
            closes_on=closes_on,
            due_on=due_on,
            is_due_expected=row.payout_id is None and due_on is not None,
        )


GROUP_COLUMNS = {
    "division": lambda: _("Division"),
    "place": lambda: _("Place"),
    "service": lambda: _("Service"),
    "item": lambda: _("Fee item"),
    "day": lambda: _("Day"),
}


def group_table(group: str, rows: Iterable[GroupRow], total: Sums) -> tuple[list[str], list[list[object]]]:
    """Head and rows of a table of sums, the sum row last."""
    head = [
        GROUP_COLUMNS[group](),
        _("Sales (number)"),
        _("Sold"),
        _("Given back"),
        _("Takings"),
        _("Fee"),
        _("of it expected"),
        _("Net"),
    ]
    cells = [[row.label, row.sums.sales, *_sum_cells(row.sums)] for row in rows]
    return head, [*cells, [_("Sum"), total.sales, *_sum_cells(total)]]


def _sum_cells(sums: Sums) -> list[object]:
    return [
        sums.sold_yen,
        sums.returned_yen,
        sums.taken_yen,
        sums.fee_yen,
        sums.expected_fee_yen,
        sums.net_yen,
    ]


def movement_head() -> list[str]:
    """The head of the file of single movements."""
    return [
        _("Time (JST)"),
        _("Kind"),
        _("Division"),
        _("Place"),
        _("Fee item"),
        _("Revenue account"),
        _("Service"),
        _("Provider"),
        _("Amount"),
        _("Fee"),
        _("Fee is"),
        _("Net"),
        _("Period closes"),
        _("Payout due"),
        _("Deposited"),
        _("Payout"),
        _("State"),
        _("Order"),
        _("Provider's reference"),
        _("Payment"),
        _("Memo"),
    ]


def movement_cells(rows: Iterable[MovementRow]) -> Iterator[list[object]]:
    """The rows under `movement_head`: fee, net, payout and provider on every one."""
    confirmed, expected = _("confirmed"), _("expected")
    for row in rows:
        movement = row.movement
        fee_is = "" if not row.provider else expected if movement.is_fee_expected else confirmed
        yield [
            movement.moved_at,
            row.kind,
            row.division,
            row.place,
            row.item,
            row.revenue_account,
            row.service,
            row.provider,
            movement.amount_yen,
            movement.fee_yen,
            fee_is,
            movement.net_yen,
            row.closes_on,
            row.due_on,
            movement.deposited_on,
            short_form(movement.payout_id) if movement.payout_id else "",
            row.state,
            movement.order_number,
            movement.reference,
            short_form(movement.payment_id) if movement.payment_id else "",
            movement.memo,
        ]
