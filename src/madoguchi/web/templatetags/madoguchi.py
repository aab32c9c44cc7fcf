"""What every page may use without loading it: yen, Japanese times, names in the reader's language, icons."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from madoguchi.core import clock
from madoguchi.core.ids import short_form
from madoguchi.core.yen import format_yen

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
# Written out, so that the words do not depend on the machine's locale.
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_english() -> bool:
    """Whether the reader chose English; everybody else reads Japanese."""
    return (get_language() or "").startswith("en")


@register.filter
def yen(amount_yen: int | None) -> str:
    """`¥1,234`, or `−¥1,234` with a true minus sign; nothing for None."""
    return "" if amount_yen is None else format_yen(int(amount_yen))


@register.filter
def jst(instant: datetime | None) -> str:
    """`2026年11月21日（土） 10:31`, in English `21 Nov 2026 (Sat) 10:31`; nothing for None."""
    return "" if instant is None else f"{jst_date(instant)} {jst_time(instant)}"


@register.filter
def jst_date(day: date | datetime | None) -> str:
    """The date in Japan: `2026年11月21日（土）`, in English `21 Nov 2026 (Sat)`; nothing for None."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.jst_date(day)
    if is_english():
        return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year} ({WEEKDAYS_EN[day.weekday()]})"
    return clock.format_date_ja(day)


@register.filter
def jst_time(instant: datetime | None) -> str:
    """The time of day in Japan, `10:31`; nothing for None."""
    return "" if instant is None else f"{instant.astimezone(clock.JST):%H:%M}"


@register.filter
def short_id(identifier: UUID | None) -> str:
    """An identifier in the form that people read out and type; nothing for None."""
    return "" if identifier is None else short_form(identifier)


@register.filter
def postal(code: str | None) -> str:
    """Seven digits as they are written on an envelope, `〒370-2316`; anything else as it is, nothing for None."""
    return f"〒{code[:3]}-{code[3:]}" if code and len(code) == 7 else code or ""


@register.filter
def town(municipality: object) -> str:
    """A municipality with its prefecture: `群馬県富岡市`, in English `Tomioka City, Gunma`; nothing for None."""
    if municipality is None:
        return ""
    if is_english():
        return f"{getattr(municipality, 'name_en', '')}, {getattr(municipality, 'prefecture_en', '')}"
    return f"{getattr(municipality, 'prefecture', '')}{getattr(municipality, 'name', '')}"


@register.filter
def name(thing: object) -> str:
    """`name_en` if English is read and the thing has one, else `name`, else the thing as text; nothing for None."""
    if thing is None:
        return ""
    english = getattr(thing, "name_en", "") if is_english() else ""
    return english or str(getattr(thing, "name", thing))


@lru_cache
def _drawing(icon_name: str) -> str:
    """What stands between a drawing's svg tags. Raises FileNotFoundError for a name that is not in static/icons."""
    text = (ICONS / f"{icon_name}.svg").read_text(encoding="utf-8")
    return text[text.index(">") + 1 : text.rindex("</svg>")]


@register.simple_tag
def icon(icon_name: str, label: str = "") -> SafeString:
    """A drawing from static/icons, in the colour and size of the text around it.

    Without `label` it is decoration beside words that say the same, and is hidden from screen readers.
    """
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke-width="2.25" stroke-linecap="round"'
        ' stroke-linejoin="round" focusable="false" {}>{}</svg>',
        said,
        mark_safe(_drawing(icon_name)),  # noqa: S308  # our own file
    )
