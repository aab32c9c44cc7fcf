"""What the pages of reward campaigns call things by: `{% load campaign_words %}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from madoguchi.core.errors import Refusal
from madoguchi.rewards.budget import Alarm
from madoguchi.web.campaigns import words
from madoguchi.web.refusals import sentence
from madoguchi.web.templatetags.madoguchi import is_english, jst_date

register = template.Library()


@register.filter
def word(value: object, table: str) -> str:
    """`{{ run.state|word:"RUN_STATES" }}`: what that table of `campaigns.words` calls it."""
    found: Mapping[str, Any] = getattr(words, table)
    return str(found.get(str(value), value))


@register.simple_tag
def status(state: str, table: str) -> SafeString:
    """A state with its mark, in the words of that table."""
    mark = words.MARKS.get(state, "")
    return format_html('<span class="status{}">{}</span>', f" status--{mark}" if mark else "", word(state, table))


@register.filter
def cap(row: Mapping[str, Any]) -> str:
    """The cap of a row of the services' table."""
    return words.cap_words(row)


@register.filter
def credit(row: Mapping[str, Any]) -> str:
    """From when a row's points can be used."""
    return words.credit_words(str(row["credit_rule"]))


@register.filter
def per_cent(bps: int | None) -> str:
    """Hundredths of a percent as `30 %`; nothing for None."""
    return "" if bps is None else f"{bps / 100:g} %"


@register.filter
def points(number: int | str | None) -> str:
    """`1,234`, with a true minus sign below 0; a dash for None."""
    return "–" if number is None or number == "" else f"{number:,}".replace("-", "−")


@register.filter
def at(table: Mapping[str, Any], key: object) -> Any:
    """What a table has for a key, the key itself if nothing."""
    return table.get(key, key)  # type: ignore[call-overload]


@register.filter
def summary(campaign: Any) -> str:
    """What a campaign is for, in the reader's language where there are words for it."""
    return str((is_english() and campaign.summary_en) or campaign.summary)


@register.filter
def days(alarm: Alarm) -> tuple[date | None, ...]:
    """The expected day of an alarm, the earliest and the latest."""
    return alarm.expected_on, alarm.earliest_on, alarm.latest_on


@register.filter
def iso_day(text: str) -> str:
    """A day written 2026-11-21, as people read it."""
    return jst_date(date.fromisoformat(text))


@register.filter
def refusal_words(failure: Mapping[str, str]) -> str:
    """Why a run could not be computed, in the words for that refusal."""
    name, facts = failure["code"], {key: value for key, value in failure.items() if key != "code"}
    return sentence(Refusal(name, **facts))


@register.filter
def month(text: str) -> str:
    """`2026年11月`, in English `Nov 2026`."""
    return words.month_words(text)
