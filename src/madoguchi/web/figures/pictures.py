"""The room's pictures, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from madoguchi.opendata.boundaries import municipality_picture
from madoguchi.opendata.figure_lines import LineWords, Month, month_line
from madoguchi.opendata.figure_map import MapWords, area_map, tile_map
from madoguchi.opendata.names import prefecture_names, town_names
from madoguchi.opendata.prefecture_outlines import outlines
from madoguchi.rewards.charts import Words, service_bars
from madoguchi.web.figures.tables import number, withheld_word
from madoguchi.web.short_numbers import short_number
from madoguchi.web.templatetags.madoguchi import MONTHS_EN, is_english

NORTHERNMOST = "北海道"


def prefecture_name(code: str) -> str:
    """A prefecture by its two digits."""
    names = prefecture_names().get(code)
    return names[is_english()] if names else code


def town_name(code: str) -> str:
    """A municipality without its prefecture."""
    names = town_names().get(code)
    if not names:
        return code
    return names[1].split(", ")[0] if is_english() else names[0].removeprefix(prefecture_names()[code[:2]][0])


def town_with_prefecture(code: str) -> str:
    """A municipality with its prefecture."""
    names = town_names().get(code)
    return names[is_english()] if names else code


def prefecture_picture(
    figures: Mapping[str, float | None], withheld: frozenset[str], title: str
) -> tuple[SafeString, str]:
    """The prefectures shaded, and whose outlines they are; squares before the pages' build brought outlines."""
    found = outlines()
    words = _map_words(title)
    if not found["paths"]:
        names = {code: _short(names) for code, names in prefecture_names().items()}
        return _safe(tile_map(figures, withheld=withheld, names=names, words=words)), ""
    names = {code: prefecture_name(code) for code in found["paths"]}
    drawn = area_map(
        figures, withheld=withheld, view_box=found["viewBox"], paths=found["paths"], names=names, words=words
    )
    return _safe(drawn), found["credit"]


def town_picture(
    prefecture: str, figures: Mapping[str, float | None], withheld: frozenset[str], title: str
) -> tuple[SafeString, str]:
    """A prefecture's municipalities shaded, and whose outlines they are; nothing before boundaries were imported."""
    found = municipality_picture(prefecture)
    if not found["paths"]:
        return SafeString(""), ""
    names = {code: town_name(code) for code in found["paths"]}
    drawn = area_map(
        figures,
        withheld=withheld,
        view_box=found["viewBox"],
        paths=found["paths"],
        names=names,
        words=_map_words(title),
    )
    return _safe(drawn), str(found["credit"])


def bars_picture(rows: Sequence[tuple[str, int]], title: str) -> SafeString:
    """A bar for each row, the longest first."""
    words = Words(
        title=title,
        description=pgettext("statistics", "A bar for each, with its figure beside it."),
        number=number,
        empty=pgettext("statistics", "There is no figure to draw."),
    )
    return _safe(service_bars(sorted(rows, key=lambda row: -row[1]), words))


def months_picture(months: Sequence[Month], title: str, unit: str) -> SafeString:
    """A line over the months."""
    words = LineWords(
        title=title,
        description=pgettext(
            "statistics", "A dot for each month, from zero. A dotted upright line is a month withheld."
        ),
        number=short_number,
        empty=pgettext("statistics", "There is no figure to draw."),
        month=short_month,
        withheld=withheld_word(),
        unit=unit,
    )
    return _safe(month_line(months, words))


def month_name(month: str) -> str:
    """`2026年10月`, in English `Oct 2026`."""
    year, digits = month.split("-")
    return f"{MONTHS_EN[int(digits) - 1]} {year}" if is_english() else f"{year}年{int(digits)}月"


def short_month(month: str) -> str:
    """`2026/10`, as an axis has room for."""
    return month.replace("-", "/")


def _map_words(title: str) -> MapWords:
    return MapWords(
        title=title,
        description=pgettext("statistics", "Areas in five steps from light to dark, each with the digit of its step."),
        number=number,
        empty="",
        figure=number,
        to=pgettext("statistics", " to "),
        withheld=withheld_word(),
        none=pgettext("statistics", "none"),
        unknown=pgettext("statistics", "no figure"),
    )


def _short(names: tuple[str, str]) -> str:
    return names[1] if is_english() else names[0] if names[0] == NORTHERNMOST else names[0][:-1]


def _safe(drawn: str) -> SafeString:
    return mark_safe(drawn)  # noqa: S308  # drawn here, every text escaped
