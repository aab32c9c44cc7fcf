"""The list's page, drawn once for each shape it can have, with blanks for what a search puts into it."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from madoguchi.opendata.finder import Found
from madoguchi.opendata.names import prefecture_names, town_names
from madoguchi.web.blanks import Drawn, blank
from madoguchi.web.edges import page_of
from madoguchi.web.finder.asking import Asked
from madoguchi.web.finder.parts import count_of, filters_html, hidden_html, rows_html, words_input_html
from madoguchi.web.templatetags.madoguchi import is_english

_FRAMES: dict[tuple[str, bool, bool], Drawn] = {}


class Shape(NamedTuple):
    """Which pieces a page of the list has: nothing else of it is the template's to decide."""

    language: str
    asks_town: bool
    asks_near: bool
    asks_box: bool
    asks_nothing: bool
    has_places: bool
    has_next: bool
    has_first: bool
    has_map: bool
    map_narrows: bool
    map_credit: str


def content_html(asked: Asked, found: Found, shown: dict[str, Any] | None) -> SafeString:
    """The content of the page: the form with what was asked, the places found, the map if there is one."""
    town = town_name(asked.fields["town"])
    shape = Shape(
        language=get_language() or "",
        asks_town=bool(town),
        asks_near=asked.query.near is not None,
        asks_box=asked.query.box is not None,
        asks_nothing=asked.query.is_empty,
        has_places=bool(found.places),
        has_next=bool(found.next),
        has_first=bool(asked.query.after),
        has_map=shown is not None,
        map_narrows=bool(shown and shown["narrows"]),
        map_credit=shown["credit"] if shown else "",
    )
    values = {
        **_form_pieces(asked),
        "count": count_of(found),
        "rows": rows_html(found),
        "town": escape(town),
        "all_of_map": escape(asked.address(near="", bbox="")),
        "all_towns": escape(asked.address(town="")),
        "next": escape(asked.address(after=found.next)),
        "first": escape(asked.address()),
        "map_config": escape(shown["config"]) if shown else "",
    }
    return _content(shape).filled(values)


@lru_cache(maxsize=500)
def _content(shape: Shape) -> Drawn:
    blanks = {name: blank(name) for name in ("words", "service", "rate", "kind", "hidden", "count", "rows")}
    links = {name: blank(name) for name in ("town", "all_of_map", "all_towns", "next", "first")}
    shown = {
        "config": blank("map_config"),
        "credit": shape.map_credit,
        "is_place": False,
        "narrows": shape.map_narrows,
    }
    facts = {**blanks, **links, "shape": shape, "map": shown if shape.has_map else None}
    return Drawn.of(render_to_string("finder/_found.html", facts))


def mistakes_html(asked: Asked) -> SafeString:
    """The content where an address cannot be read: the form, and what is wrong with it."""
    return render_to_string("finder/_found.html", {**_form_pieces(asked), "asked": asked})


def _form_pieces(asked: Asked) -> dict[str, str]:
    return {**filters_html(asked), "words": words_input_html(asked), "hidden": hidden_html(asked)}


def page_around(request: HttpRequest, content: SafeString, *, has_map: bool) -> SafeString:
    """The whole page as visitors see it."""
    key = (get_language() or "", has_map, settings.DEMO)
    if key not in _FRAMES:
        facts = {"content": blank("content"), "map": has_map, "here": blank("here")}
        _FRAMES[key] = Drawn.of(render_to_string("finder/finder.html", facts, request))
    return _FRAMES[key].filled({"content": content, "here": escape(page_of(request))})


def town_name(code: str) -> str:
    """The name of a town or prefecture whose code was chosen."""
    names = prefecture_names() if len(code) == 2 else town_names()
    return names.get(code, ("", ""))[is_english()]
