"""Figures over time: lines by month of a prefecture and a service, each month in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import pgettext

from madoguchi.opendata.figure_columns import NATION
from madoguchi.opendata.figure_months import ALL_SERVICES
from madoguchi.web.figures.areas import label_of
from madoguchi.web.figures.kinds import service_name
from madoguchi.web.figures.pictures import month_name, months_picture, prefecture_name
from madoguchi.web.figures.reading import Reading
from madoguchi.web.figures.tables import Cell, Filter, Part, Row, Shown, Table, cell, chosen, number, withheld_word
from madoguchi.web.templatetags.madoguchi import is_english

STOCK = ("started", "ended", "in_force")
PAID = ("payments", "amount_yen", "refunds", "refund_yen")
Facts = dict[str, Any]


def enrolments(reading: Reading, asked: Mapping[str, str]) -> Shown:
    """Enrolments at each month's end as a line, what began and ended in a table."""
    areas = _areas(reading)
    area = chosen(asked, "prefecture", areas)
    rows = [row for row in reading.rows if row["code"] == area]
    title = _change(reading, rows, "in_force", areas.get(area, ""))
    labels = {name: label_of(reading, name) for name in STOCK}
    table = Table(
        areas.get(area, ""),
        [pgettext("statistics", "Month"), *labels.values()],
        [Row(month_name(row["month"]), [cell(reading, row, name) for name in STOCK]) for row in reversed(rows)],
        _sum_row(reading, rows, {"started", "ended"}, STOCK),
    )
    parts = [Part("in-force", title, _line(rows, "in_force", title, labels["in_force"]), [table])]
    return Shown(parts, _filter(areas, area), _latest(reading, "in_force", {}))


def payments(reading: Reading, asked: Mapping[str, str]) -> Shown:
    """Payments and their yen as lines, with refunds in a table."""
    areas = _areas(reading)
    area = chosen(asked, "prefecture", areas)
    names = {row["service"]: row["service_name"] for row in reading.rows}
    services = {ALL_SERVICES: pgettext("statistics", "All services")} | {
        code: service_name(code, name) for code, name in sorted(names.items()) if code != ALL_SERVICES
    }
    service = chosen(asked, "service", services)
    months = sorted({row["month"] for row in reading.rows})
    told = {row["month"]: row for row in reading.rows if row["code"] == area and row["service"] == service}
    # A month without a row had none.
    rows = [told.get(month, {"month": month, **dict.fromkeys(PAID, 0)}) for month in months]
    labels = {name: label_of(reading, name) for name in PAID}
    said = (
        f"{areas.get(area, '')}, {services[service]}" if is_english() else f"{areas.get(area, '')}・{services[service]}"
    )
    table = Table(
        said,
        [pgettext("statistics", "Month"), *labels.values()],
        [Row(month_name(row["month"]), [cell(reading, row, name) for name in PAID]) for row in reversed(rows)],
        _sum_row(reading, rows, set(PAID), PAID),
    )
    parts = []
    for name in ("payments", "amount_yen"):
        title = _change(reading, rows, name, said)
        tables = [table] if name == "amount_yen" else []
        parts.append(Part(name.replace("_", "-"), title, _line(rows, name, title, labels[name]), tables))
    filters = [*_filter(areas, area), Filter("service", pgettext("statistics", "Service"), services, service)]
    return Shown(parts, filters, _latest(reading, "payments", {"service": ALL_SERVICES}))


def _areas(reading: Reading) -> dict[str, str]:
    codes = sorted({row["code"] for row in reading.rows})
    return {code: pgettext("statistics", "Japan") if code == NATION else prefecture_name(code) for code in codes}


def _filter(areas: Mapping[str, str], area: str) -> list[Filter]:
    return [Filter("prefecture", pgettext("statistics", "Prefecture"), areas, area)] if areas else []


def _line(rows: Sequence[Facts], column: str, title: str, unit: str) -> Any:
    return months_picture([(row["month"], row[column]) for row in rows], title, unit)


def _change(reading: Reading, rows: Sequence[Facts], column: str, where: str) -> str:
    """A title that says the last month's figure, and the one of the month before."""
    label = label_of(reading, column)
    if not rows or rows[-1][column] is None:
        return pgettext("statistics", "%(where)s: %(measure)s by month") % {"where": where, "measure": label}
    facts = {
        "where": where,
        "measure": label,
        "figure": number(rows[-1][column]),
        "month": month_name(rows[-1]["month"]),
    }
    if len(rows) > 1 and rows[-2][column] is not None:
        facts["before"] = number(rows[-2][column])
        return pgettext("statistics", "%(where)s, %(measure)s: %(figure)s in %(month)s after %(before)s") % facts
    return pgettext("statistics", "%(where)s, %(measure)s: %(figure)s in %(month)s") % facts


def _sum_row(reading: Reading, rows: Sequence[Facts], summed: set[str], columns: Sequence[str]) -> Row:
    """The sum of the months, of the columns that have one; not where a month is withheld."""
    cells = []
    for name in columns:
        if name not in summed:
            cells.append(Cell("–"))
        elif any(reading.is_withheld(row, name) for row in rows):
            cells.append(Cell(withheld_word(), is_withheld=True))
        else:
            cells.append(Cell(number(sum(row[name] for row in rows))))
    return Row(pgettext("statistics", "Total"), cells)


def _latest(reading: Reading, column: str, where: Mapping[str, str]) -> tuple[str, str]:
    """The country's figure of the last month."""
    wanted = {"code": NATION, **where}
    rows = [row for row in reading.rows if all(row[name] == value for name, value in wanted.items())]
    if not rows:
        return "0", label_of(reading, column)
    last = max(rows, key=lambda row: str(row["month"]))
    return cell(reading, last, column).text, f"{label_of(reading, column)} ({month_name(last['month'])})"
