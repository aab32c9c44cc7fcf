"""How the pages of open data write formats, kinds and values: `{% load opendata_words %}`."""

from __future__ import annotations

from typing import Any

from django import template

from madoguchi.opendata.catalogue import FORMATS
from madoguchi.web.opendata.words import KINDS, THEMES

register = template.Library()


@register.filter
def format_name(kind: str) -> str:
    """`GeoJSON` for `geojson`."""
    return FORMATS.get(kind, kind)


@register.filter
def kind_name(kind: str) -> str:
    """What a column's kind is called."""
    return str(KINDS.get(kind, kind))


@register.filter
def theme_name(theme: str) -> str:
    """What the datasets of a theme are called together."""
    return str(THEMES[theme])


@register.filter
def grouped(number: int) -> str:
    """`1,741`."""
    return f"{number:,}"


@register.filter
def is_number(value: Any) -> bool:
    """Whether a cell stands at the right."""
    return isinstance(value, int | float)


@register.filter
def shown(value: Any) -> str:
    """A cell of a preview: figures with commas, anything else as it is."""
    return f"{value:,}" if isinstance(value, int) else str(value)
