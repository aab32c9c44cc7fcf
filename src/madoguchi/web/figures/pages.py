"""The statistics' pages: what there is, one set of figures, one prefecture's municipalities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from madoguchi.engine.statistics import LEAST
from madoguchi.opendata.datasets import Dataset, datasets
from madoguchi.opendata.names import prefecture_names
from madoguchi.web.figures import areas, kinds, months
from madoguchi.web.figures.pictures import prefecture_name
from madoguchi.web.figures.reading import THEMES, Reading, find_figures, read
from madoguchi.web.figures.tables import Filter, Shown
from madoguchi.web.templatetags.madoguchi import is_english

PAGES: dict[str, Callable[[Reading, Mapping[str, str]], Shown]] = {
    "places-by-municipality": areas.by_prefecture,
    "places-by-prefecture-trade": kinds.by_trade,
    "places-by-service": kinds.by_service,
    "coverage-by-municipality": areas.by_prefecture,
    "enrolments-by-month": months.enrolments,
    "payments-by-month": months.payments,
    "applications-2019": areas.by_prefecture,
    "registrations-2019": kinds.by_trade,
}
BY_MUNICIPALITY = ("places-by-municipality", "coverage-by-municipality", "applications-2019")
FILES = ("csv", "parquet")
HEADLINES: dict[tuple[str, str, bool], tuple[str, str]] = {}
MOST_HEADLINES = 64


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every set of figures with its headline for all of Japan, and of what time it is."""
    rows = [_in_short(dataset) for dataset in datasets() if dataset.theme in THEMES and dataset.name in PAGES]
    live = [row for row in rows if row["theme"] == "figures"]
    printed = [row for row in rows if row["theme"] == "printed"]
    facts = {"live": live, "printed": printed, "least": LEAST, "has_any": any(row["reading"] for row in rows)}
    return render(request, "figures/overview.html", facts)


@require_safe
def figure(request: HttpRequest, dataset: str) -> HttpResponse:
    """A set of figures: `?version=` is a version for good; the other filters choose what is drawn (P-42 … P-44)."""
    found = find_figures(dataset)
    show = PAGES.get(found.name)
    if show is None:
        raise Http404
    reading = read(found, request.GET.get("version", ""))
    shown = show(reading, request.GET) if reading and reading.rows else None
    return render(request, "figures/figure.html", _facts(request, found, reading, shown))


@require_safe
def prefecture(request: HttpRequest, dataset: str, prefecture: str) -> HttpResponse:
    """One prefecture's municipalities, of figures that have them."""
    found = find_figures(dataset)
    if found.name not in BY_MUNICIPALITY or prefecture not in prefecture_names():
        raise Http404
    reading = read(found, request.GET.get("version", ""))
    shown = areas.of_prefecture(reading, request.GET, prefecture) if reading and reading.rows else None
    facts = _facts(request, found, reading, shown)
    facts |= {
        "area": prefecture_name(prefecture),
        "above": reverse("figures:figure", args=[found.name]) + _asked(request.GET, ("version", "measure")),
    }
    return render(request, "figures/figure.html", facts)


def _facts(request: HttpRequest, dataset: Dataset, reading: Reading | None, shown: Shown | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": dataset.name,
        "title": _said(dataset, "title"),
        "about": _said(dataset, "about"),
        "credits": [*([_said(dataset, "credit")] if dataset.credit else []), *(shown.credits if shown else [])],
        "reading": reading,
        "shown": shown,
        "least": LEAST,
        "withholds": any(column.name == "withheld" for column in dataset.columns),
        "columns": [(_said(column, "label"), _said(column, "meaning")) for column in dataset.columns if column.meaning],
        "data_page": reverse("opendata:dataset", args=[dataset.name]),
    }
    if reading:
        filters = shown.filters if shown else ()
        facts["files"] = [
            (kind.upper() if kind == "csv" else kind.title(), _file(reading, kind), size["bytes"])
            for kind, size in reading.snapshot.files.items()
            if kind in FILES
        ]
        facts["permalink"] = request.build_absolute_uri(request.path + _permanent(reading, filters))
        facts["newest_address"] = request.path + _asked(request.GET, [one.name for one in filters])
        facts["version"] = request.GET.get("version", "")
    return facts


def _in_short(dataset: Dataset) -> dict[str, Any]:
    reading = read(dataset)
    figure, counts = _headline(reading, is_english()) if reading and reading.rows else ("", "")
    return {
        "theme": dataset.theme,
        "title": _said(dataset, "title"),
        "address": reverse("figures:figure", args=[dataset.name]),
        "reading": reading,
        "figure": figure or pgettext("statistics", "none yet"),
        "counts": counts,
    }


def _headline(reading: Reading, in_english: bool) -> tuple[str, str]:
    """Kept by version and language, for a version's figure never changes."""
    key = (str(reading.snapshot.id), reading.dataset.name, in_english)
    if key not in HEADLINES:
        if len(HEADLINES) >= MOST_HEADLINES:
            HEADLINES.clear()
        HEADLINES[key] = PAGES[reading.dataset.name](reading, {}).headline
    return HEADLINES[key]


def _file(reading: Reading, kind: str) -> str:
    snapshot = reading.snapshot
    return reverse("opendata:file", kwargs={"dataset": snapshot.dataset, "version": snapshot.version, "kind": kind})


def _permanent(reading: Reading, filters: Any) -> str:
    """The query that shows the same figures for as long as the version is kept."""
    chosen = {one.name: one.value for one in filters if _is_chosen(one)}
    return "?" + urlencode({"version": reading.snapshot.version, **chosen})


def _is_chosen(one: Filter) -> bool:
    return one.value != next(iter(one.choices), "")


def _asked(query: Mapping[str, str], names: Any) -> str:
    kept = {name: query[name] for name in names if query.get(name)}
    return "?" + urlencode(kept) if kept else ""


def _said(thing: Any, name: str) -> str:
    return str(getattr(thing, f"{name}_en" if is_english() else name))
