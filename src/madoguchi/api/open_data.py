"""Open data for programs: which datasets there are, their versions, and rows by the page. Open to all; no key."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from ninja import Router

from madoguchi.api.edges import json_answer
from madoguchi.api.open_edges import SHARED_ANSWERS, open_to_all
from madoguchi.core.errors import Refusal
from madoguchi.opendata.catalogue import (
    LATEST,
    LICENCE,
    Entry,
    api_address,
    dataset_facts,
    entries,
    page_address,
    version_facts,
)
from madoguchi.opendata.datasets import find_dataset
from madoguchi.opendata.snapshot_rows import page_of_rows
from madoguchi.opendata.snapshots import find_snapshot, snapshots_of

ROWS, MOST_ROWS = 100, 1_000
VERSIONS_A_PAGE = 100
# Words of the address that are no columns; no dataset has a column of these names.
RESERVED = ("version", "after", "limit")
LARGEST_POSITION = 2**53
router = Router(tags=["open data"])

LIST_DESCRIPTION = {
    "responses": {
        200: {
            "description": "`datasets` in the order of the catalogue: title and meaning in Japanese and English, "
            "`columns`, and of the `newest` version (null before there is one) time, rows and files with SHA-256."
        },
        **SHARED_ANSWERS,
    }
}
ONE_DESCRIPTION = {
    "responses": {
        200: {
            "description": "The dataset as in the list, with `versions`, newest first, 100 at a time; `next` is the "
            "address of those before, null after the first version."
        },
        404: {"description": "There is no such dataset, or no such version to go on from."},
        **SHARED_ANSWERS,
    }
}
ROWS_DESCRIPTION = {
    "parameters": [
        {
            "in": "query",
            "name": "columns",
            "description": "Any column's name with the value that it must equal, e.g. `prefecture=群馬県`; an empty "
            "value asks for rows without one. Several must all hold.",
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ],
    "responses": {
        200: {
            "description": "`rows` in the order of the version's files; `next` (also in the `Link` header) is the "
            "address of those that follow, null at the end. It names the version, so that pages fit together even "
            "where a newer one is published meanwhile."
        },
        404: {"description": "There is no such dataset or version, or the version is no longer kept."},
        422: {"description": "`error` names the column that does not exist, or the value that cannot be one of it."},
        **SHARED_ANSWERS,
    },
}


@router.get("/datasets", summary="Every dataset", openapi_extra=LIST_DESCRIPTION)
@open_to_all
def get_open_datasets(request: HttpRequest) -> HttpResponse:
    """What is published as open data, and under which licence."""
    licence = {"name": LICENCE.name, "name_en": LICENCE.name_en, "address": LICENCE.address}
    return json_answer(
        {
            "licence": licence,
            "catalogue": f"{page_address()}catalog.jsonld",
            "datasets": [dataset_facts(entry) for entry in entries()],
        }
    )


@router.get("/datasets/{name}", summary="One dataset with its versions", openapi_extra=ONE_DESCRIPTION)
@open_to_all
def get_open_dataset(request: HttpRequest, name: str, before: str = "") -> HttpResponse:
    """A dataset and its versions; `before` is the version after which a page of them goes on."""
    found = find_dataset(name)
    snapshots = snapshots_of(name)
    names = [row.version for row in snapshots]
    if before and before not in names:
        raise Refusal("snapshot_unknown", dataset=name, version=before)
    start = names.index(before) + 1 if before else 0
    page = snapshots[start : start + VERSIONS_A_PAGE]
    has_more = len(snapshots) > start + VERSIONS_A_PAGE
    following = f"{api_address(name)}?{urlencode({'before': page[-1].version})}" if has_more else None
    entry = Entry(found, snapshots[0] if snapshots else None, len(snapshots))
    return json_answer({**dataset_facts(entry), "versions": [version_facts(row) for row in page], "next": following})


@router.get("/datasets/{name}/rows", summary="Rows of a dataset", openapi_extra=ROWS_DESCRIPTION)
@open_to_all
def get_open_rows(
    request: HttpRequest, name: str, version: str = LATEST, after: str = "0", limit: str = str(ROWS)
) -> HttpResponse:
    """At most `limit` rows (1,000 at the most) of a version, behind position `after`."""
    dataset = find_dataset(name)
    wanted = {key: str(request.GET[key]) for key in request.GET if key not in RESERVED}
    size = _whole(limit, "limit", 1, MOST_ROWS)
    snapshot = find_snapshot(name, version)
    page = page_of_rows(snapshot, dataset, after=_whole(after, "after", 0, LARGEST_POSITION), limit=size, wanted=wanted)
    following = None
    if page.last is not None:
        query = urlencode({"version": snapshot.version, **wanted, "limit": size, "after": page.last})
        following = f"{api_address(name, 'rows')}?{query}"
    response = json_answer(
        {
            "dataset": name,
            "version": snapshot.version,
            "row_count": snapshot.row_count,
            "rows": [{key: _plain(value) for key, value in row.items()} for row in page.rows],
            "next": following,
        }
    )
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _whole(text: str, field: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise Refusal("field_wrong", field=field)
    return int(text)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
