"""A campaign's figures as its public page shows them: pictures, the same as tables, and the rows of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from madoguchi.rewards import charts
from madoguchi.rewards.published import Area, Figures, Part, area_names, prefecture_names
from madoguchi.web.campaigns.charts import burn_picture, day_picture, service_picture
from madoguchi.web.short_numbers import short_number
from madoguchi.web.templatetags.madoguchi import is_english

# A page has room for so many municipalities; the file has them all.
AREAS_SHOWN = 50
FILE_COLUMNS = (
    "part",
    "code",
    "name",
    "first_on",
    "last_on",
    "parts_together",
    "payments",
    "base_yen",
    "granted_points",
)
SUMS = FILE_COLUMNS[-3:]


def figures_shown(figures: Figures, services: Mapping[str, str]) -> dict[str, Any]:
    """What the page's template needs of the figures, in the reader's language."""
    names = area_names(figures)
    by_service = [(_service_name(part, services), part.sums) for part in figures.by_service]
    areas = [(_area_name(area, names), area.sums) for area in figures.by_municipality]
    by_day = {row.last_on: row.sums.granted_points for row in figures.by_day}
    prefectures = [part for part in figures.by_prefecture if part.code]
    shown: dict[str, Any] = {
        "burn": burn_picture(figures.budget),
        "days_picture": day_picture(by_day, pgettext("public campaign", "Points by day")),
        "services_picture": service_picture([(name, sums.granted_points) for name, sums in by_service]),
        "by_service": by_service,
        "areas": areas[:AREAS_SHOWN] if len(areas) > 1 else [],
        "areas_left": max(0, len(areas) - AREAS_SHOWN),
    }
    if len(prefectures) > 1:
        shown["map"] = _map(prefectures)
        shown["by_prefecture"] = [(_prefecture_name(part, names), part.sums) for part in figures.by_prefecture]
    return shown


def file_rows(data: Mapping[str, Any] | None) -> Iterator[list[object]]:
    """The file's rows from `figures_data`: the total, then each part; `parts_together` counts those added up."""
    if data is None:
        return
    yield ["total", "", "", data["by_day"][0]["first_on"], data["as_of"], 1, *(data[name] for name in SUMS)]
    for row in data["by_day"]:
        yield ["day", "", "", row["first_on"], row["last_on"], "", *(row[name] for name in SUMS)]
    kinds = (("service", "service_id"), ("prefecture", "prefecture"), ("municipality", "municipality"))
    for kind, column in kinds:
        for row in data[f"by_{kind}"]:
            # Of small municipalities together, the prefecture they are in.
            code = row[column] or row.get("prefecture") or ""
            yield [kind, code, row["name"] or "", "", "", row["of"], *(row[name] for name in SUMS)]


def _map(prefectures: list[Part]) -> SafeString:
    names = {code: pair[1] if is_english() else _short(pair[0]) for code, pair in prefecture_names().items()}
    words = charts.MapWords(
        title=pgettext("public campaign", "Points by prefecture"),
        description=pgettext("public campaign", "A square for each prefecture, darker where more points were granted."),
        number=short_number,
        empty=pgettext("public campaign", "Nothing was granted yet."),
        to=pgettext("public campaign", " to "),
        nothing=pgettext("public campaign", "None, or too few to be shown"),
    )
    values = {part.code: part.sums.granted_points for part in prefectures}
    return mark_safe(charts.prefecture_map(values, names=names, words=words))  # noqa: S308  # drawn here, escaped


def _short(name: str) -> str:
    """A prefecture's name without its last letter; 北海道 keeps it."""
    return name if name == "北海道" else name[:-1]


def _service_name(part: Part, names: Mapping[str, str]) -> str:
    return (
        names.get(part.code, part.code)
        if part.code
        else pgettext("public campaign", "Others together (%(count)s)") % {"count": part.of}
    )


def _prefecture_name(part: Part, names: Mapping[str, tuple[str, str]]) -> str:
    if not part.code:
        return pgettext("public campaign", "Others together (%(count)s)") % {"count": part.of}
    return names[part.code][is_english()]


def _area_name(area: Area, names: Mapping[str, tuple[str, str]]) -> str:
    if not area.prefecture:
        return pgettext("public campaign", "Other prefectures together (%(count)s)") % {"count": area.of}
    prefecture = names.get(area.prefecture, (area.prefecture, area.prefecture))[is_english()]
    if not area.code:
        return pgettext("public campaign", "%(prefecture)s: others together (%(count)s)") % {
            "prefecture": prefecture,
            "count": area.of,
        }
    name = names.get(area.code, (area.code, area.code))[is_english()]
    return f"{name}, {prefecture}" if is_english() else f"{prefecture}{name}"
