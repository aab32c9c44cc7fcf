"""The catalogue and each dataset's page, and the catalogue for programs."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.core.clock import jst_date
from madoguchi.core.errors import Refusal
from madoguchi.opendata.catalogue import LICENCE, Entry, dcat, entries, file_address, page_address
from madoguchi.opendata.datasets import Column, Dataset, find_dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.retention import KEEP_DAYS, kept_until
from madoguchi.opendata.snapshot_rows import page_of_rows
from madoguchi.opendata.snapshots import is_whole, snapshots_of
from madoguchi.web.opendata.files import facts_of
from madoguchi.web.opendata.words import THEMES
from madoguchi.web.templatetags.madoguchi import is_english

ROWS_SHOWN = 20
VERSIONS_A_PAGE = 30


def in_language(thing: Any, name: str) -> str:
    """`title` or `title_en` of a dataset, a column or the licence, as the reader reads."""
    return str(getattr(thing, f"{name}_en" if is_english() else name))


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every dataset: what it is, of what time, in which formats, under which terms."""
    found = entries()
    themes = [(theme, [_in_short(entry) for entry in found if entry.dataset.theme == theme]) for theme in THEMES]
    return render(request, "opendata/catalogue.html", {"themes": themes, **shared()})


@require_safe
def catalogue_file(_request: HttpRequest) -> HttpResponse:
    """The catalogue as DCAT in JSON-LD."""
    text = json.dumps(dcat(entries()), ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/ld+json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def dataset(request: HttpRequest, dataset: str) -> HttpResponse:
    """One dataset: its first rows, what each column means, every version, how to cite it."""
    found = find_dataset(dataset)
    snapshots = snapshots_of(found.name)
    newest = snapshots[0] if snapshots else None
    page = Paginator(snapshots, VERSIONS_A_PAGE).get_page(request.GET.get("page"))
    ends = kept_until(snapshots, found)
    facts = {
        **_in_short(Entry(found, newest, len(snapshots))),
        **shared(),
        "keep": "",
        "page": page,
        "versions": [(row, facts_of(row), ends[row.version]) for row in page],
        "keep_days": KEEP_DAYS,
        "heads": [_column(column) for column in found.columns],
        "preview": _preview(newest, found) if newest else [],
        "citation": _citation(found, newest) if newest else "",
        "api_example": f"/api/v1/open/datasets/{found.name}/rows?limit=100",
        "public_url": settings.PUBLIC_URL,
        "latest": [(kind, file_address(found.name, "latest", kind)) for kind in newest.files] if newest else [],
    }
    return render(request, "opendata/dataset.html", facts)


def shared() -> dict[str, Any]:
    """What each page says in the same words."""
    return {"licence": in_language(LICENCE, "name"), "licence_address": LICENCE.address}


def _in_short(entry: Entry) -> dict[str, Any]:
    found, newest = entry.dataset, entry.newest
    return {
        "name": found.name,
        "title": in_language(found, "title"),
        "about": in_language(found, "about"),
        "credit": in_language(found, "credit"),
        "is_daily": found.refresh == "daily",
        "columns": [_column(column) for column in found.columns],
        "newest": newest,
        "files": facts_of(newest) if newest else [],
        "is_whole": newest is not None and is_whole(newest),
        "version_count": entry.versions,
    }


def _column(column: Column) -> dict[str, str]:
    label, meaning = in_language(column, "label"), in_language(column, "meaning")
    return {"name": column.name, "kind": column.kind, "label": label, "meaning": meaning}


def _preview(newest: Snapshot, found: Dataset) -> list[list[Any]]:
    """The first rows; nothing if the version's file is gone, which the page then says."""
    try:
        rows = page_of_rows(newest, found, limit=ROWS_SHOWN).rows
    except Refusal:
        return []
    return [[_plain(value) for value in row.values()] for row in rows]


def _plain(value: Any) -> Any:
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def _citation(found: Dataset, newest: Snapshot) -> str:
    day = jst_date(newest.data_at).isoformat()
    title = in_language(found, "title")
    address = f"{page_address(found.name)}{newest.version}/"
    if is_english():
        return f"{title}, version {newest.version} ({day}), Madoguchi open data, CC BY 4.0, {address}checksums.txt"
    return f"「{title}」版 {newest.version}（{day}）、窓口 オープンデータ、CC BY 4.0、{address}checksums.txt"
