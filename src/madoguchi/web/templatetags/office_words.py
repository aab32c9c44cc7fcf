"""What the office's pages call things by: `{% load office_words %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from madoguchi.core.ids import short_form
from madoguchi.web.office import words

register = template.Library()


@register.filter
def word(value: object, table: str) -> str:
    """`{{ item.state|word:"ITEM_STATES" }}`: what that table of `office.words` calls it, itself if it has no word."""
    found: Mapping[str, Any] = getattr(words, table)
    return str(found.get(str(value), value))


@register.simple_tag
def status(state: str, table: str) -> SafeString:
    """A state with its mark, in the words of that table."""
    found = words.MARKS.get(state, "")
    return format_html('<span class="status{}">{}</span>', f" status--{found}" if found else "", word(state, table))


@register.filter
def told(value: object, field: str) -> str:
    """A fact as people read it."""
    return words.told(field, value)


@register.filter
def at(table: Mapping[str, str], key: str) -> str:
    """What a table has for a key, the key itself if nothing."""
    return table.get(key, key)


@register.filter
def level(found: str, field: str) -> str:
    """How far a fact of two places agrees."""
    return words.level(field, found)


@register.filter
def percent(probability: float) -> str:
    """A probability as `97.3 %`, never rounded up to certainty."""
    return f"{min(probability * 100, 99.99):.1f} %" if probability < 0.9995 else "99.9 %"


@register.filter
def rate(bps: int | None) -> str:
    """Hundredths of a percent as `5 %`; a dash for none."""
    return "–" if bps is None else f"{bps / 100:g} %"


@register.filter
def place_number(place: Any) -> str:
    """The number under which the scheme's operator is told of a place."""
    return short_form(place.id)
