"""Downloads of versions: streamed, with checksum, conditions and ranges, so that programs read what they need."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.views.decorators.http import require_safe

from madoguchi.opendata.catalogue import LATEST
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.snapshots import MEDIA_TYPES, find_snapshot, path_of

CHUNK_BYTES = 256 * 1024
ONE_YEAR_SECONDS = 365 * 24 * 60 * 60
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
GZIP = re.compile(r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*(\d(?:\.\d{1,3})?)\s*)?(?=,|$)", re.IGNORECASE)
EXPOSED = "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Range, ETag, Repr-Digest"


@dataclass(frozen=True)
class Sent:
    """The bytes that a reader gets to choose parts of: a file as it is, or its compressed twin."""

    path: Path
    size: int
    sha256: str
    encoding: str = ""

    @property
    def etag(self) -> str:
        # Two representations of one file must not have one tag, or a cache would mix their ranges.
        return f'"{self.sha256}-{self.encoding}"' if self.encoding else f'"{self.sha256}"'


@require_safe
def file(request: HttpRequest, dataset: str, version: str, kind: str) -> HttpResponseBase:
    """A version's file; `latest` leads on to the newest version, which never changes."""
    snapshot = find_snapshot(dataset, version)
    if version == LATEST:
        return _open(_to_version("opendata:file", dataset=dataset, version=snapshot.version, kind=kind))
    sent = _choose(request, snapshot, kind)
    shared = _headers(snapshot, kind, sent)
    if _is_known(request, snapshot, sent):
        kept = ("ETag", "Cache-Control", "Vary", "Last-Modified")
        return _open(HttpResponse(status=304, headers={name: shared[name] for name in kept}))
    part = _part(request, snapshot, sent)
    if part is None:
        return _open(HttpResponse(status=416, headers={"Content-Range": f"bytes */{sent.size}"}))
    first, last, is_part = part
    shared["Content-Length"] = str(last - first + 1)
    if is_part:
        shared["Content-Range"] = f"bytes {first}-{last}/{sent.size}"
    status = 206 if is_part else 200
    if request.method == "HEAD":
        return _open(HttpResponse(status=status, headers=shared))
    chunks = _chunks(sent.path, first, last - first + 1)
    return _open(StreamingHttpResponse(chunks, status=status, headers=shared))


@require_safe
def checksums(request: HttpRequest, dataset: str, version: str) -> HttpResponseBase:
    """The SHA-256 of each of a version's files, as `sha256sum --check` reads them."""
    snapshot = find_snapshot(dataset, version)
    if version == LATEST:
        return _open(_to_version("opendata:checksums", dataset=dataset, version=snapshot.version))
    lines = [f"{facts['sha256']}  {dataset}.{kind}\n" for kind, facts in snapshot.files.items()]
    response = HttpResponse("".join(lines), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={ONE_YEAR_SECONDS}, immutable"
    return _open(response)


def _open(response: HttpResponseBase) -> HttpResponseBase:
    """Any site's scripts may read what is open."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _to_version(route: str, **names: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse(route, kwargs=names))
    response["Cache-Control"] = "no-cache"
    return response


def _choose(request: HttpRequest, snapshot: Snapshot, kind: str) -> Sent:
    path = path_of(snapshot, kind)
    facts = snapshot.files[kind]
    twin = facts.get("gzip")
    compressed = path.with_name(f"{path.name}.gz")
    # Somebody who wants a part counts in the file's own bytes.
    if twin and "Range" not in request.headers and _takes_gzip(request) and compressed.is_file():
        return Sent(compressed, twin["bytes"], twin["sha256"], "gzip")
    return Sent(path, facts["bytes"], facts["sha256"])


def _takes_gzip(request: HttpRequest) -> bool:
    found = GZIP.search(request.headers.get("Accept-Encoding", ""))
    return found is not None and float(found[1] or 1) > 0


def _headers(snapshot: Snapshot, kind: str, sent: Sent) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(sent.sha256)).decode()
    headers = {
        "Content-Type": MEDIA_TYPES[kind],
        "Content-Disposition": f'attachment; filename="{snapshot.dataset}.{kind}"',
        "ETag": sent.etag,
        "Repr-Digest": f"sha-256=:{digest}:",
        "Last-Modified": http_date(snapshot.made_at.timestamp()),
        "Cache-Control": f"public, max-age={ONE_YEAR_SECONDS}, immutable",
        "Accept-Ranges": "bytes",
        "Vary": "Accept-Encoding",
    }
    return {**headers, "Content-Encoding": sent.encoding} if sent.encoding else headers


def _is_known(request: HttpRequest, snapshot: Snapshot, sent: Sent) -> bool:
    """Whether the reader has these bytes already; a tag counts before a time (RFC 9110, 13.2.2)."""
    if tags := request.headers.get("If-None-Match"):
        return any(tag in {"*", sent.etag} for tag in (tag.removeprefix("W/") for tag in parse_etags(tags)))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(snapshot.made_at.timestamp()) <= since


def _part(request: HttpRequest, snapshot: Snapshot, sent: Sent) -> tuple[int, int, bool] | None:
    """First and last byte, and whether that is a part; None where the wanted part lies outside.

    Several ranges at once, other units and a part of other bytes (`If-Range`) get the whole, as the standard allows.
    """
    whole = (0, sent.size - 1, False)
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    made_at = http_date(snapshot.made_at.timestamp())
    if (
        found is None
        or not any(found.groups())
        or request.headers.get("If-Range", sent.etag) not in {sent.etag, made_at}
    ):
        return whole
    if not found[1]:
        length = min(int(found[2]), sent.size)
        return (sent.size - length, sent.size - 1, True) if length else None
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return whole
    last = min(int(found[2]), sent.size - 1) if found[2] else sent.size - 1
    return (first, last, True) if first < sent.size else None


def _chunks(path: Path, first: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(first)
        while left > 0 and (chunk := source.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def facts_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """A version's files as the pages show them."""
    names = {"dataset": snapshot.dataset, "version": snapshot.version}
    return [
        {
            "kind": kind,
            "address": reverse("opendata:file", kwargs={**names, "kind": kind}),
            "bytes": facts["bytes"],
            "sha256": facts["sha256"],
        }
        for kind, facts in snapshot.files.items()
    ]
