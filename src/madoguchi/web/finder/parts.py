"""Pieces of the list's page that cost most to draw, drawn once or without a template.

Measured with 20 places on the page: Django draws a select of 27 services from 28 templates, and the whole form took
9 ms of a page's 20; each row from the template engine a fifth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from madoguchi.opendata.finder import Found
from madoguchi.opendata.finder_statements import ListedPlace
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import service_names
from madoguchi.opendata.search_words import LONGEST_QUERY
from madoguchi.web.finder import words
from madoguchi.web.finder.asking import LABELS, RATES, Asked
from madoguchi.web.templatetags.madoguchi import is_english

SERVICES_IN_LIST = 6
SELECTS = ("service", "rate", "kind")


def filters_html(asked: Asked) -> dict[str, SafeString]:
    """Label and select of each filter; its words and what is chosen decide everything about it."""
    services = tuple(service_names().items())
    language = get_language() or ""
    return {
        name: _select_html(language, services, name, asked.fields[name][:40], is_wrong=name in asked.mistakes)
        for name in SELECTS
    }


@lru_cache(maxsize=500)
def _select_html(
    language: str, services: tuple[tuple[str, str], ...], name: str, chosen: str, *, is_wrong: bool
) -> SafeString:
    choices = {"service": services, "rate": RATES.items(), "kind": words.PLACE_CLASSES.items()}[name]
    about = {"id": f"id_{name}"} | ({"aria-invalid": "true"} if is_wrong else {})
    select = forms.Select(choices=[("", gettext("Any")), *choices]).render(name, chosen, about)
    return format_html('<label for="id_{}">{}</label>{}', name, LABELS[name], select)


def rows_html(found: Found) -> SafeString:
    """The places of a list: name and link, reward, class, distance, address, services.

    Escaped piece by piece: twenty rows of `format_html` took three times as long.
    """
    english, names = is_english(), service_names()
    reward, example = escape(pgettext("place", "Reward")), escape(pgettext("place", "Example"))
    rows = []
    for place in found.places:
        marks = f' <span class="status status--good">{reward} {rate}</span>' if (rate := rate_of(place)) else ""
        if place.place_class != "fixed":
            marks += f' <span class="status">{escape(str(words.PLACE_CLASSES[place.place_class]))}</span>'
        if place.is_demo:
            marks += f' <span class="status">{example}</span>'
        if (metres := found.metres.get(place.place_id)) is not None:
            marks += f' <span class="num quiet">{metres:,} m</span>'
        # An address written out: `reverse` for each row is a fifth of the whole page's time.
        rows.append(
            f'<li class="places__one"><a class="places__name" href="/map/places/{place.place_id}/">'
            f"{escape((english and place.name_en) or place.name)}</a>{marks}"
            f"<p>{escape(where_of(place, english=english))}</p>"
            f'<p class="quiet">{escape(services_of(place, names, english=english))}</p></li>'
        )
    return SafeString("\n".join(rows))


def services_of(place: ListedPlace, names: Mapping[str, str], *, english: bool) -> str:
    """The first services of a place by name, and how many more there are."""
    taken = [names.get(code, code) for code in place.services]
    shown = (", " if english else "、").join(taken[:SERVICES_IN_LIST])
    return f"{shown} +{len(taken) - SERVICES_IN_LIST}" if len(taken) > SERVICES_IN_LIST else shown


def where_of(place: ListedPlace | PublishedPlace, *, english: bool) -> str:
    """Where a place is, as an address is written in the reader's language."""
    return f"{place.municipality_en}, {place.prefecture_en}" if english else address_of(place)


def address_of(place: ListedPlace | PublishedPlace) -> str:
    """The whole address in Japanese; some are kept with the town's name and some without."""
    if place.address.startswith(place.prefecture):
        return place.address
    # 富岡市富岡1-1 has its town already.
    rest = place.address.removeprefix(place.municipality)
    return f"{place.prefecture}{place.municipality}{rest}"


def rate_of(place: ListedPlace | PublishedPlace) -> str:
    """`5%`, or nothing where no rewards are earned."""
    return f"{place.rate_bps / 100:g}%" if place.rate_bps else ""


def words_input_html(asked: Asked) -> SafeString:
    """The field of words with its label."""
    wrong = ' aria-invalid="true"' if "q" in asked.mistakes else ""
    return SafeString(
        f'<label for="id_q">{escape(str(LABELS["q"]))}</label>'
        f'<input type="search" name="q" id="id_q" value="{escape(asked.fields["q"])}" maxlength="{LONGEST_QUERY}"'
        f' autocomplete="off" enterkeyhint="search"{wrong}>'
    )


def hidden_html(asked: Asked) -> SafeString:
    """The town that was chosen, which stays while other things are searched for."""
    town = asked.fields["town"]
    return SafeString(f'<input type="hidden" name="town" value="{escape(town)}">' if town else "")


def count_of(found: Found) -> str:
    """How many places there are, in words."""
    if found.is_more:
        return gettext("More than %(number)s places") % {"number": found.count}
    return ngettext("%(counter)s place", "%(counter)s places", found.count) % {"counter": found.count}
