"""A sheet's broken rows, kept for a day so that they can be fetched, corrected and sent again."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from madoguchi.web.edges import Page

# By application: the name of the session in which its last sheet's answer is kept.
BOXES = "returned_sheets"
KEPT_SECONDS = 24 * 60 * 60


def keep_returned(request: Page, application_id: UUID, facts: Mapping[str, Any], file: bytes | None) -> None:
    """Keep what a sheet came to, and its file of broken rows if there are any, in place of an earlier one.

    The file lies in a session of its own: in the reader's, every page would have to load a megabyte.
    """
    boxes: dict[str, str] = request.session.get(BOXES, {})
    if earlier := boxes.get(str(application_id)):
        _session(earlier).delete()
    box = _session()
    box["facts"] = dict(facts)
    if file is not None:
        box["file"] = b64encode(file).decode()
    box.set_expiry(KEPT_SECONDS)
    box.create()
    boxes[str(application_id)] = str(box.session_key)
    request.session[BOXES] = boxes


def returned_facts(request: Page, application_id: UUID) -> dict[str, Any] | None:
    """What the last sheet came to; None if none was sent or a day has passed."""
    found: dict[str, Any] | None = _box(request, application_id).get("facts")
    return found


def returned_file(request: Page, application_id: UUID) -> bytes | None:
    """The last sheet's broken rows as a file; None if there are none any more."""
    text = _box(request, application_id).get("file")
    return b64decode(text) if text else None


def _box(request: Page, application_id: UUID) -> SessionBase:
    return _session(request.session.get(BOXES, {}).get(str(application_id)))


def _session(key: str | None = None) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store
