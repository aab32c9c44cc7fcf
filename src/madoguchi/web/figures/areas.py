"""Figures by area: a map of the prefectures, rankings, and for each prefecture its municipalities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext

from madoguchi.engine.statistics import Ends, Ranked, ends
from madoguchi.opendata import figure_coverage
from madoguchi.opendata.figure_columns import NATION
from madoguchi.opendata.names import prefecture_names
from madoguchi.web.figures.pictures import (
    prefecture_name,
    prefecture_picture,
    town_name,
    town_picture,
    town_with_prefecture,
)
from madoguchi.web.figures.reading import Reading
from madoguchi.web.figures.tables import Cell, Filter, Part, Row, Shown, Table, cell, chosen, number
from madoguchi.web.templatetags.madoguchi import is_english

RANKED = 10
COVERAGE = (*figure_coverage.COUNTS, figure_coverage.ALONE)
# Of a municipality 1 or 0; of wider areas a count.
YES_OR_NO = (figure_coverage.ALONE,)
Facts = dict[str, Any]


def by_prefecture(reading: Reading, asked: Mapping[str, str]) -> Shown:
    """A map and a table of the prefectures, and the municipalities with most and least."""
    columns = measures(reading)
    measure = chosen(asked, "measure", columns)
    rows = {row["code"]: row for row in _with_sums(reading)}
    prefectures = {code: rows[code] for code in rows if len(code) == 2 and code != NATION}
    towns = {code: row for code, row in rows.items() if len(code) == 5}
    title = highest(reading, prefectures, measure, prefecture_name)
    picture, credit = prefecture_picture(*split(reading, prefectures, measure), title)
    version = asked.get("version", "")
    table = _table(
        reading,
        prefectures,
        columns,
        prefecture_name,
        pgettext("statistics", "Prefecture"),
        foot=rows[NATION],
        address=lambda code: _address("figures:prefecture", reading, version, measure, prefecture=code),
    )
    parts = [
        Part("prefectures", title, picture, [table]),
        *_rankings(reading, towns, measure, town_with_prefecture),
    ]
    nation = rows[NATION]
    count = next(iter(columns))
    headline = (cell(reading, nation, count).text, columns[count])
    return Shown(parts, _filters(columns, measure), headline, [credit] if credit else [])


def of_prefecture(reading: Reading, asked: Mapping[str, str], prefecture: str) -> Shown:
    """A map, a ranking and a table of one prefecture's municipalities."""
    columns = measures(reading)
    measure = chosen(asked, "measure", columns)
    rows = {row["code"]: row for row in _with_sums(reading)}
    towns = {code: row for code, row in rows.items() if len(code) == 5 and code[:2] == prefecture}
    if measure in YES_OR_NO:
        title = _told(reading, rows[prefecture], measure)
    else:
        title = highest(reading, towns, measure, town_name)
    picture, credit = town_picture(prefecture, *split(reading, towns, measure), title)
    place = pgettext("statistics", "Municipality")
    table = _table(reading, towns, columns, town_name, place, foot=rows[prefecture], foot_name=prefecture)
    note = "" if picture else pgettext("statistics", "A map stands here once outlines of municipalities are imported.")
    parts = [
        Part("municipalities", title, picture, [table], note),
        *_rankings(reading, towns, measure, town_name),
    ]
    return Shown(parts, _filters(columns, measure), credits=[credit] if credit else [])


def measures(reading: Reading) -> dict[str, str]:
    """The columns that can be shown, with their labels: counts, and per 1,000 residents where that is known."""
    names = ("places", "applications", "per_1000", *COVERAGE)
    labels = {column.name: column.label_en if is_english() else column.label for column in reading.dataset.columns}
    has_rate = any(row.get("per_1000") is not None for row in reading.rows)
    return {name: labels[name] for name in names if name in labels and (name != "per_1000" or has_rate)}


def highest(reading: Reading, rows: Mapping[str, Facts], column: str, name: Any) -> str:
    """A title that says which area has most; another where no figure may be told."""
    found = ends(_figures(reading, rows, column), 1).top
    if not found or not found[0].figure:
        return pgettext("statistics", "No area has a figure that can be told")
    tied = sum(row[column] == found[0].figure for row in rows.values() if row[column] is not None)
    facts = {"area": name(found[0].code), "figure": number(found[0].figure), "measure": label_of(reading, column)}
    if tied > 1:
        facts["count"] = str(tied)
        return pgettext("statistics", "%(measure)s: %(count)s areas have the most, %(figure)s") % facts
    return pgettext("statistics", "%(measure)s: %(area)s has the most, %(figure)s") % facts


def _told(reading: Reading, row: Facts, column: str) -> str:
    """A title that says an area's figure."""
    facts = {"measure": label_of(reading, column), "figure": cell(reading, row, column).text}
    return pgettext("statistics", "%(measure)s: %(figure)s") % facts


def label_of(reading: Reading, column: str) -> str:
    """A column's name for people."""
    found = next(one for one in reading.dataset.columns if one.name == column)
    return found.label_en if is_english() else found.label


def split(reading: Reading, rows: Mapping[str, Facts], column: str) -> tuple[dict[str, float | None], frozenset[str]]:
    """The figures that are told, and the codes of those withheld."""
    withheld = frozenset(code for code, row in rows.items() if reading.is_withheld(row, column))
    figures = {code: figure for code, figure in _figures(reading, rows, column).items() if figure is not None}
    return dict(figures), withheld


def _rankings(reading: Reading, towns: Mapping[str, Facts], column: str, name: Any) -> list[Part]:
    """The ranking of municipalities, where their figures are more than yes and no."""
    return [] if column in YES_OR_NO else [ranking(reading, towns, column, name)]


def ranking(reading: Reading, rows: Mapping[str, Facts], column: str, name: Any) -> Part:
    """Both ends of the areas' ranking; those withheld are in neither, which is said."""
    found = ends(_figures(reading, rows, column), RANKED)
    label = label_of(reading, column)
    tables = [_ranked(pgettext("statistics", "The highest"), found.top, found.top_tied, label, name)]
    if found.bottom:
        tables.append(_ranked(pgettext("statistics", "The lowest"), found.bottom, found.bottom_tied, label, name))
    return Part("ranking", _ranking_title(found, label, name), tables=tables, note=_left_out(reading, rows, column))


def _ranking_title(found: Ends, label: str, name: Any) -> str:
    if not found.top:
        return pgettext("statistics", "There is nothing to rank")
    facts = {"area": name(found.top[0].code), "measure": label}
    if [row.rank for row in found.top].count(1) > 1:
        return pgettext("statistics", "%(measure)s: ranking of the municipalities") % facts
    return pgettext("statistics", "%(measure)s: %(area)s leads the municipalities") % facts


def _left_out(reading: Reading, rows: Mapping[str, Facts], column: str) -> str:
    withheld = sum(reading.is_withheld(row, column) for row in rows.values())
    if not withheld:
        return ""
    return pgettext("statistics", "%(count)s withheld are not ranked.") % {"count": withheld}


def _ranked(caption: str, rows: Iterable[Ranked], tied: int, label: str, name: Any) -> Table:
    lines = [Row(name(row.code), [Cell(f"{row.rank:,}"), Cell(number(row.figure))]) for row in rows]
    if tied:
        lines.append(Row(pgettext("statistics", "and %(count)s more with the same") % {"count": tied}, []))
    return Table(caption, [pgettext("statistics", "Area"), pgettext("statistics", "Rank"), label], lines)


def _figures(reading: Reading, rows: Mapping[str, Facts], column: str) -> dict[str, float | None]:
    return {code: reading.figure(row, column) for code, row in rows.items()}


def _table(
    reading: Reading,
    rows: Mapping[str, Facts],
    columns: Mapping[str, str],
    name: Any,
    head: str,
    *,
    foot: Facts,
    foot_name: str = "",
    address: Any = lambda _: "",
) -> Table:
    lines = [
        Row(name(code), [cell(reading, row, one) for one in columns], address(code))
        for code, row in sorted(rows.items())
    ]
    said = prefecture_name(foot_name) if foot_name else pgettext("statistics", "Japan")
    last = Row(said, [cell(reading, foot, one) for one in columns])
    return Table(", ".join(columns.values()), [head, *columns.values()], lines, last)


def _filters(columns: Mapping[str, str], measure: str) -> list[Filter]:
    if len(columns) < 2:
        return []
    return [Filter("measure", pgettext("statistics", "What is shown"), columns, measure)]


def _address(route: str, reading: Reading, version: str, measure: str, **more: str) -> str:
    address = reverse(route, kwargs={"dataset": reading.dataset.name, **more})
    first = next(iter(measures(reading)))
    asked = [f"version={version}"] * bool(version) + [f"measure={measure}"] * (measure != first)
    return f"{address}?{'&'.join(asked)}" if asked else address


def _with_sums(reading: Reading) -> list[Facts]:
    """Its rows; those of a printed table with the sums of prefectures and the country, which it has no rows of."""
    if "level" in reading.rows[0]:
        return list(reading.rows)
    sums: dict[str, int] = dict.fromkeys([NATION, *prefecture_names()], 0)
    for row in reading.rows:
        for code in (row["code"][:2], NATION):
            sums[code] += row["applications"]
    return [{"code": code, "applications": total} for code, total in sums.items()] + list(reading.rows)
