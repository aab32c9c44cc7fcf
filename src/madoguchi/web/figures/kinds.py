"""Figures by trade and by service: bars for the country, a map for the one that is chosen, all as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext

from madoguchi.opendata.figure_columns import NATION
from madoguchi.opendata.services import published_service
from madoguchi.web.figures.areas import highest, label_of, split
from madoguchi.web.figures.pictures import bars_picture, prefecture_name, prefecture_picture
from madoguchi.web.figures.reading import Reading
from madoguchi.web.figures.tables import Cell, Filter, Part, Row, Shown, Table, cell, chosen, number
from madoguchi.web.templatetags.madoguchi import is_english

TOTALS = ("places", "total")
NOT_KINDS = ("residents",)
Facts = dict[str, Any]


def by_trade(reading: Reading, asked: Mapping[str, str]) -> Shown:
    """The country's trades as bars, one trade's prefectures as a map, every prefecture with every trade as a table."""
    counts = [one.name for one in reading.dataset.columns if one.kind == "integer" and one.name not in NOT_KINDS]
    total = next(name for name in counts if name in TOTALS)
    has_rate = any(row.get("per_1000") is not None for row in reading.rows)
    labels = {name: label_of(reading, name) for name in [*counts, *(["per_1000"] if has_rate else [])]}
    trade = chosen(asked, "trade", labels)
    rows = {row["code"]: row for row in reading.rows}
    nation = rows.pop(NATION, None) or _sum(reading, counts)
    bars = [(labels[name], nation[name]) for name in counts if name != total and nation[name] is not None]
    title = _most(bars)
    map_title = highest(reading, rows, trade, prefecture_name)
    picture, credit = prefecture_picture(*split(reading, rows, trade), map_title)
    foot = _row(reading, nation, labels, pgettext("statistics", "Japan"))
    table = Table(
        pgettext("statistics", "Every prefecture and trade"),
        [pgettext("statistics", "Prefecture"), *labels.values()],
        [_row(reading, row, labels, prefecture_name(code)) for code, row in sorted(rows.items())],
        foot,
    )
    kinds = [name for name in counts if name != total]
    trades = Table(
        pgettext("statistics", "Trades in all of Japan"),
        [pgettext("statistics", "Trade"), labels[total]],
        [Row(labels[name], [cell(reading, nation, name)]) for name in kinds],
        Row(pgettext("statistics", "Total"), [cell(reading, nation, total)]),
    )
    parts = [
        Part("trades", title, bars_picture(bars, title), [trades]),
        Part("prefectures", map_title, picture, [table]),
    ]
    filters = [Filter("trade", pgettext("statistics", "Shown on the map"), labels, trade)]
    return Shown(parts, filters, (cell(reading, nation, total).text, labels[total]), [credit] if credit else [])


def by_service(reading: Reading, asked: Mapping[str, str]) -> Shown:
    """The country's services as bars, and the prefectures of the one that is chosen as a map and a table."""
    nation = {row["service"]: row for row in reading.rows if row["code"] == NATION}
    names = {code: service_name(code, row["service_name"]) for code, row in nation.items()}
    known = sorted(names, key=lambda code: (-(nation[code]["places"] or 0), code))
    choices = {code: names[code] for code in known}
    service = chosen(asked, "service", choices)
    bars = [(names[code], nation[code]["places"]) for code in known if nation[code]["places"] is not None]
    title = _most(bars)
    label = label_of(reading, "places")
    head = pgettext("statistics", "Service")
    services = Table(
        pgettext("statistics", "Services in all of Japan"),
        [head, label],
        [Row(names[code], [cell(reading, nation[code], "places")]) for code in known],
    )
    note = pgettext("statistics", "A place may take several services, so they have no sum.")
    parts = [Part("services", title, bars_picture(bars, title), [services], note)]
    credits: list[str] = []
    if service:
        part, credit = _service_part(reading, service, names[service])
        parts.append(part)
        credits += [credit] if credit else []
    filters = [Filter("service", pgettext("statistics", "Service"), choices, service)] if choices else []
    return Shown(parts, filters, (number(len(nation)), pgettext("statistics", "services taken")), credits)


def service_name(code: str, name: str) -> str:
    """A service in the reader's language; its own name where no other is known."""
    found = published_service(code)
    return found.name_en if found and is_english() and found.name_en else name


def _service_part(reading: Reading, service: str, name: str) -> tuple[Part, str]:
    rows = {row["code"]: row for row in reading.rows if row["service"] == service}
    nation = rows.pop(NATION)
    title = f"{name} – {highest(reading, rows, 'places', prefecture_name)}"
    picture, credit = prefecture_picture(*split(reading, rows, "places"), title)
    table = Table(
        name,
        [pgettext("statistics", "Prefecture"), label_of(reading, "places")],
        [Row(prefecture_name(code), [cell(reading, row, "places")]) for code, row in sorted(rows.items())],
        Row(pgettext("statistics", "Japan"), [cell(reading, nation, "places")]),
    )
    return Part("prefectures", title, picture, [table]), credit


def _most(bars: list[tuple[str, int]]) -> str:
    if not bars or not max(figure for _, figure in bars):
        return pgettext("statistics", "No figure can be told")
    name, figure = max(bars, key=lambda one: one[1])
    return pgettext("statistics", "%(name)s has the most: %(figure)s") % {"name": name, "figure": number(figure)}


def _row(reading: Reading, row: Facts, columns: Mapping[str, str], name: str) -> Row:
    return Row(name, [cell(reading, row, one) if one in row else Cell("–") for one in columns])


def _sum(reading: Reading, counts: list[str]) -> Facts:
    """The country's row, which a printed table has none of."""
    return {name: sum(row[name] for row in reading.rows) for name in counts}
